"""Estimators called with numpy, by the shortest way that gives the same figures as their own `predict`."""

import numpy as np

from .model import Model, ModelUnusable, named_outputs, plain, spec_of
from .wire import Spec

# Their `predict` is the class of the greatest probability, so that one computation gives both.
GREATEST_PROBABILITY = {
    "LogisticRegression",
    "LogisticRegressionCV",
    "RandomForestClassifier",
    "ExtraTreesClassifier",
    "DecisionTreeClassifier",
    "ExtraTreeClassifier",
    "GaussianNB",
    "BernoulliNB",
    "MultinomialNB",
    "ComplementNB",
    "LinearDiscriminantAnalysis",
    "QuadraticDiscriminantAnalysis",
    "MLPClassifier",
}


def model_of(estimator, columns, function):
    """
    A model of an estimator. `columns` are (name, datatype) of a table all of numbers, or None for one matrix;
    `function` is the one method to call, or None for `predict` with the probabilities beside it where there are any.
    """
    one_thread(estimator)
    compute = shortest(estimator, function)
    if columns is None:
        width = width_of(estimator)
        inputs = [Spec("input-0", matrix_datatype(estimator), (-1, -1 if width is None else width))]
        matrix = lambda arrays: arrays[0]
    else:
        inputs = [Spec(name, datatype, (-1, 1)) for name, datatype in columns]
        matrix = (lambda arrays: arrays[0]) if len(inputs) == 1 else (lambda arrays: np.concatenate(arrays, axis=1))
    return probed(f"{family(estimator)}_python", inputs, lambda arrays: compute(matrix(arrays)))


def probed(platform, inputs, compute, sample=None):
    """Learns the outputs from a run of two rows: of the sample where there is one, else of zeros."""
    arrays = sample if sample is not None else [zeros(spec) for spec in inputs]
    rows = len(arrays[0]) if arrays else 1
    try:
        given = compute(arrays)
    except Exception as error:
        raise ModelUnusable(
            f"the model could not compute two rows of zeros, so its outputs are not known: {type(error).__name__}: {error}. "
            "Log it with MLflow, with a signature and an input example."
        ) from error
    outputs = [spec_of(name, array, rows) for name, array in given]
    names = [spec.name for spec in outputs]
    by_row = [spec.shape[:1] == (-1,) for spec in outputs]

    def ordered(arrays):
        found = compute(arrays)
        if [name for name, _ in found] != names:
            found = in_order(names, dict(found))
        given = [array for _, array in found]
        for name, array, varies in zip(names, given, by_row):
            if varies and arrays and len(array) != len(arrays[0]):
                raise ValueError(f'the model gave "{name}" with {len(array)} rows for {len(arrays[0])}')
        return given

    return Model(platform, inputs, outputs, ordered)


def in_order(names, by_name):
    missing = [name for name in names if name not in by_name]
    if missing:
        raise ValueError(f'the model did not give "{missing[0]}", which it gave when it was loaded')
    return [(name, by_name[name]) for name in names]


def zeros(spec):
    shape = (2, *(1 if size < 0 else size for size in spec.shape[1:])) if spec.shape[:1] == (-1,) else tuple(
        1 if size < 0 else size for size in spec.shape
    )
    if spec.dtype is not None:
        return np.zeros(shape, spec.dtype)
    return np.full(shape, "", dtype=object)


def shortest(estimator, function):
    if function not in (None, "predict"):
        method = getattr(estimator, function)
        return lambda x: named(function, method(x))
    kind = family(estimator)
    if kind == "xgboost":
        return xgboost_way(estimator, function)
    if kind == "lightgbm":
        return lightgbm_way(estimator, function)
    if not hasattr(estimator, "predict"):
        if hasattr(estimator, "transform"):
            return lambda x: [("transformed", plain(estimator.transform(x)))]
        if callable(estimator):
            return lambda x: named_outputs(estimator(x))
        raise ModelUnusable(f"a {type(estimator).__name__} has no method predict")
    if function == "predict" or not hasattr(estimator, "predict_proba"):
        return lambda x: named_outputs(estimator.predict(x))
    last = estimator[-1] if hasattr(estimator, "named_steps") else estimator
    if type(last).__name__ in GREATEST_PROBABILITY and np.ndim(getattr(estimator, "classes_", ())[:1]) == 1:
        classes = np.asarray(estimator.classes_)

        def both(x):
            probabilities = estimator.predict_proba(x)
            return [("predictions", plain(classes[probabilities.argmax(axis=1)])), ("probabilities", probabilities)]

        if not isinstance(estimator.classes_, list):
            return both
    return lambda x: [("predictions", plain(estimator.predict(x))), *probabilities_of(estimator.predict_proba(x))]


def probabilities_of(value):
    """Several targets have a matrix each."""
    if isinstance(value, list):
        return [(f"probabilities_{index}", plain(entry)) for index, entry in enumerate(value)]
    return [("probabilities", plain(value))]


def named(function, value):
    name = {"predict_proba": "probabilities"}.get(function, function)
    return [(name, plain(value))]


def xgboost_way(estimator, function):
    import xgboost

    if isinstance(estimator, xgboost.Booster):
        booster = estimator
        return lambda x: [("predictions", booster.inplace_predict(x))]
    booster = estimator.get_booster()
    best = getattr(booster, "best_iteration", None) if getattr(estimator, "early_stopping_rounds", None) else None
    span = (0, 0) if best is None else (0, best + 1)
    missing = getattr(estimator, "missing", np.nan)
    raw = lambda x: booster.inplace_predict(x, iteration_range=span, missing=missing)
    if getattr(estimator, "booster", None) == "gblinear":
        return lambda x: [("predictions", plain(estimator.predict(x)))]
    if not hasattr(estimator, "classes_") or not hasattr(estimator, "predict_proba"):
        return lambda x: [("predictions", plain(raw(x)))]
    classes = np.asarray(estimator.classes_)
    if getattr(estimator, "objective", "") not in ("binary:logistic", "multi:softprob"):
        return lambda x: [("predictions", plain(estimator.predict(x))), *probabilities_of(estimator.predict_proba(x))]

    def both(x):
        given = raw(x)
        if given.ndim == 1:
            given = np.stack((1 - given, given), axis=1)
        found = [("predictions", plain(classes[given.argmax(axis=1)]))]
        return found if function == "predict" else [*found, ("probabilities", given)]

    return both


def lightgbm_way(estimator, function):
    import lightgbm

    if isinstance(estimator, lightgbm.Booster):
        return lambda x: [("predictions", plain(estimator.predict(x, num_threads=1)))]
    booster = estimator.booster_
    best = getattr(estimator, "best_iteration_", 0) or -1
    raw = lambda x: plain(booster.predict(x, num_threads=1, num_iteration=best))
    if not isinstance(estimator, lightgbm.LGBMClassifier) or callable(getattr(estimator, "objective_", None)):
        if isinstance(estimator, lightgbm.LGBMClassifier):
            return lambda x: [("predictions", plain(estimator.predict(x)))]
        return lambda x: [("predictions", raw(x))]
    classes = np.asarray(estimator.classes_)

    def both(x):
        given = raw(x)
        if given.ndim == 1:
            given = np.stack((1 - given, given), axis=1)
        found = [("predictions", plain(classes[given.argmax(axis=1)]))]
        return found if function == "predict" else [*found, ("probabilities", given)]

    return both


def family(estimator):
    module = type(estimator).__module__.split(".")[0]
    return module if module in ("sklearn", "xgboost", "lightgbm", "torch") else "sklearn" if module == "imblearn" else "python"


def matrix_datatype(estimator):
    return "FP32" if family(estimator) == "xgboost" else "FP64"


def width_of(estimator):
    for name in ("n_features_in_", "n_features_"):
        found = getattr(estimator, name, None)
        if isinstance(found, (int, np.integer)):
            return int(found)
    for name in ("num_features", "num_feature"):
        method = getattr(estimator, name, None)
        if callable(method):
            return int(method())
    if hasattr(estimator, "steps"):
        return width_of(estimator.steps[0][1])
    return None


def one_thread(estimator):
    if family(estimator) == "xgboost":
        booster = estimator.get_booster() if hasattr(estimator, "get_booster") else estimator
        booster.set_param({"nthread": 1})
    elif family(estimator) == "sklearn" and hasattr(estimator, "n_jobs"):
        for target in (estimator, *[step for _, step in getattr(estimator, "steps", [])]):
            if getattr(target, "n_jobs", None) is not None:
                target.n_jobs = 1
