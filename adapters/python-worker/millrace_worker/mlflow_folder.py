"""MLflow model folders: the native flavor called with numpy where the signature is all numbers, else a table, else pyfunc."""

import json
import os
import sys

import numpy as np

from .estimator import model_of, probed, shortest, family, one_thread
from .model import InputMistake, ModelUnusable, named_outputs
from .wire import DATATYPES, Spec

# MLflow's column types as tensors. What has no element of fixed size is text: binary as base64, dates as ISO 8601, the
# nested types as JSON.
COLUMN = {
    "boolean": "BOOL",
    "integer": "INT32",
    "long": "INT64",
    "float": "FP32",
    "double": "FP64",
    "string": "BYTES",
    "binary": "BYTES",
    "datetime": "BYTES",
    "any": "BYTES",
    "object": "BYTES",
    "array": "BYTES",
    "map": "BYTES",
    "sparkml_vector": "BYTES",
}
NESTED = {"any", "object", "array", "map", "sparkml_vector"}


def load_mlflow(folder):
    described = read_mlmodel(folder)
    flavors = described.get("flavors", {})
    pyfunc = flavors.get("python_function", {})
    code = pyfunc.get("code")
    if code:
        sys.path.insert(0, os.path.join(folder, code))
    signature = described.get("signature") or {}
    columns = json.loads(signature["inputs"]) if signature.get("inputs") else None
    example = sample_of(folder, described, columns)
    native = native_of(folder, flavors, pyfunc)
    if native is not None:
        made = native_model(native, columns, pyfunc.get("predict_fn"), example)
        if made is not None:
            return made
    if not pyfunc:
        raise ModelUnusable(
            f"the folder has the flavors {', '.join(flavors) or 'none'}; it can be served when python_function is one of them"
        )
    return pyfunc_model(folder, columns, example)


def read_mlmodel(folder):
    """MLmodel is YAML, and MLflow itself needs a reader of it, so that its environments have one."""
    given = os.path.join(folder, "MLmodel")
    try:
        import yaml
    except ModuleNotFoundError as error:
        raise ModelUnusable("the environment lacks the Python package pyyaml, which MLflow itself needs") from error
    with open(given, encoding="utf-8") as file:
        return yaml.safe_load(file)


def native_of(folder, flavors, pyfunc):
    """The model of a flavor that needs no MLflow; None where there is none."""
    if pyfunc.get("loader_module") == "mlflow.pyfunc.model":
        return None
    try:
        if "sklearn" in flavors:
            return sklearn_of(folder, flavors["sklearn"])
        if "xgboost" in flavors:
            return xgboost_of(folder, flavors["xgboost"])
        if "lightgbm" in flavors:
            return lightgbm_of(folder, flavors["lightgbm"])
    except ModuleNotFoundError as error:
        raise ModelUnusable(
            f"the model needs the Python package {error.name}, which its environment lacks. Name it in the model's requirements, "
            "or give an interpreter that has it with --serving-python."
        ) from error
    return None


def sklearn_of(folder, flavor):
    path = os.path.join(folder, flavor.get("pickled_model", "model.pkl"))
    return deserialized(path, flavor)


def deserialized(path, flavor):
    if flavor.get("serialization_format") == "skops" or path.endswith(".skops"):
        import skops.io

        return skops.io.load(path, trusted=flavor.get("skops_trusted_types") or [])
    from .pickled import unpickle

    return unpickle(path)


def xgboost_of(folder, flavor):
    import importlib

    name = flavor.get("model_class", "xgboost.core.Booster")
    module, _, kind = name.rpartition(".")
    model = getattr(importlib.import_module(module), kind)()
    model.load_model(os.path.join(folder, flavor.get("data", "model.xgb")))
    return model


def lightgbm_of(folder, flavor):
    path = os.path.join(folder, flavor.get("data", "model.lgb"))
    if path.endswith((".pkl", ".skops")):
        return deserialized(path, flavor)
    import lightgbm

    return lightgbm.Booster(model_file=path)


def native_model(native, columns, function, example):
    """None when this model wants a table that only MLflow itself knows to make."""
    if columns is None:
        return model_of(native, None, None)
    if columns[0].get("type") == "tensor":
        if len(columns) != 1:
            return None
        one_thread(native)
        compute = shortest(native, None if function in (None, "predict") else function)
        spec = tensor_spec(columns[0])
        return probed(f"{family(native)}_python", [spec], lambda arrays: compute(arrays[0]), example)
    kinds = [COLUMN.get(column["type"]) for column in columns]
    wanted = None if function in (None, "predict") else function
    # Booleans and optional columns need the table's own rules (missing values, categories).
    if all(kind in ("FP32", "FP64", "INT32", "INT64") for kind in kinds) and all(
        column.get("required", True) for column in columns
    ):
        if is_native_table(native):
            return None
        names = [column_name(column, index) for index, column in enumerate(columns)]
        if not in_order(native, names):
            return None
        return model_of(native, list(zip(names, kinds)), wanted)
    if family(native) != "sklearn":
        return None
    one_thread(native)
    compute = shortest(native, wanted)
    table = Table(columns)
    return probed("sklearn_python", table.specs, lambda arrays: compute(table.frame(arrays)), example)


def is_native_table(native):
    """A pipeline that picks columns by name has to see names."""
    text = repr(type(native))
    steps = getattr(native, "steps", [])
    return "ColumnTransformer" in text or any("ColumnTransformer" in repr(type(step)) or "FunctionTransformer" in repr(type(step)) for _, step in steps)


def in_order(native, names):
    """numpy has no names: only columns in the order of the training are the same without them."""
    known = getattr(native, "feature_names_in_", None)
    return known is None or [str(name) for name in known] == names


def column_name(column, index):
    return column.get("name") or f"input-{index}"


def tensor_spec(column):
    described = column["tensor-spec"]
    dtype = np.dtype(described["dtype"]) if described["dtype"] not in ("str", "string", "bytes") else None
    datatype = DATATYPES.get(dtype, "BYTES") if dtype is not None and dtype.kind in "biufc" else "BYTES"
    return Spec(column.get("name") or "input-0", datatype, described["shape"])


class Table:
    """Columns of the signature's types as a DataFrame."""

    def __init__(self, columns):
        self._columns = columns
        self.specs = [
            Spec(column_name(column, index), COLUMN.get(column["type"], "BYTES"), (-1, 1))
            for index, column in enumerate(columns)
        ]

    def frame(self, arrays):
        import pandas

        return pandas.DataFrame(
            {
                spec.name: self._values(column, array)
                for spec, column, array in zip(self.specs, self._columns, arrays)
            }
        )

    def _values(self, column, array):
        values = array.reshape(len(array))
        kind = column["type"]
        try:
            if kind == "datetime":
                import pandas

                return pandas.to_datetime(values)
            if kind == "binary":
                import base64

                return [base64.b64decode(value) for value in values]
            if kind in NESTED:
                return [json.loads(value) for value in values]
        except ValueError as error:
            raise InputMistake(f'the column "{column.get("name")}" is {kind}: {error}') from error
        return values


def pyfunc_model(folder, columns, example):
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    try:
        import mlflow.pyfunc
    except ModuleNotFoundError as error:
        raise ModelUnusable(
            f"the model needs the Python package {error.name}, which its environment lacks (mlflow itself must be in it)"
        ) from error
    model = mlflow.pyfunc.load_model(folder)
    if columns is None:
        spec = Spec("input-0", "FP64", (-1, width_inside(model)))
        return probed("mlflow_pyfunc", [spec], lambda arrays: named_outputs(model.predict(arrays[0])), example)
    if columns[0].get("type") == "tensor":
        specs = [tensor_spec(column) for column in columns]
        unnamed = len(specs) == 1 and not columns[0].get("name")

        def compute(arrays):
            given = arrays[0] if unnamed else {spec.name: array for spec, array in zip(specs, arrays)}
            return named_outputs(model.predict(given))

        return probed("mlflow_pyfunc", specs, compute, example)
    table = Table(columns)
    predict = lambda arrays: named_outputs(model.predict(table.frame(arrays)))
    return probed("mlflow_pyfunc", table.specs, predict, example)


def width_inside(model):
    from .estimator import width_of

    try:
        return width_of(model.get_raw_model()) or -1
    except Exception:
        return -1


def sample_of(folder, described, columns):
    """The logged input example in the signature's columns; None where there is none that fits."""
    info = described.get("saved_input_example_info") or {}
    path = os.path.join(folder, info.get("artifact_path", ""))
    if columns is None or columns[0].get("type") == "tensor" or info.get("type") != "dataframe" or not os.path.isfile(path):
        return None
    try:
        with open(path, encoding="utf-8") as file:
            split = json.load(file)
        rows = split["data"][:2]
        if len(rows) == 0 or "columns" not in split:
            return None
        places = [split["columns"].index(column.get("name")) for column in columns]
        return [values_of(column, [row[place] for row in rows]) for column, place in zip(columns, places)]
    except (ValueError, KeyError, TypeError, IndexError):
        return None


def values_of(column, values):
    spec = Spec("", COLUMN.get(column["type"], "BYTES"), (-1, 1))
    if spec.dtype is not None:
        return np.asarray(values).astype(spec.dtype).reshape(-1, 1)
    out = np.empty((len(values), 1), dtype=object)
    for index, value in enumerate(values):
        out[index, 0] = json.dumps(value) if column["type"] in NESTED else str(value)
    return out
