"""Will it rain in Seattle tomorrow? A small sweep, as any team writes it with MLflow: nothing here knows of Millrace.

    export MLFLOW_TRACKING_URI=http://127.0.0.1:7400 MLFLOW_EXPERIMENT_NAME=rain-tomorrow
    python train.py PATH-OR-URL-OF-WEATHER.CSV [TRIALS]

Trains on all years but the last, judges on the last.
"""

import sys

import mlflow
import numpy
import pandas
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

WEATHER = ["precipitation", "temp_max", "temp_min", "wind"]
TRIALS = [
    ("logistic", {"C": 1.0}),
    ("forest", {"n_estimators": 60, "max_depth": 5}),
    ("boosting", {"n_estimators": 80, "learning_rate": 0.05, "max_depth": 2}),
    ("boosting", {"n_estimators": 80, "learning_rate": 0.4, "max_depth": 4}),
    ("logistic", {"C": 0.01}),
]


def features(days):
    season = 2 * numpy.pi * pandas.to_datetime(days["date"]).dt.day_of_year / 365.25
    return days[WEATHER].assign(sin=numpy.sin(season), cos=numpy.cos(season))


def make(kind, params):
    if kind == "logistic":
        return make_pipeline(StandardScaler(), LogisticRegression(**params))
    model = RandomForestClassifier if kind == "forest" else GradientBoostingClassifier
    return model(random_state=7, **params)


def train(kind, params, days, source):
    data = features(days).iloc[:-1]
    rain = (days["precipitation"].shift(-1) > 0).iloc[:-1].astype(int)
    year = pandas.to_datetime(days["date"]).dt.year.iloc[:-1]
    held = year == year.max()
    with mlflow.start_run(run_name=kind, nested=True):
        mlflow.log_params({"model": kind, "seed": 7, **params})
        mlflow.log_input(mlflow.data.from_pandas(days, source=source, name="seattle-weather"), context="training")
        model = make(kind, params).fit(data[~held], rain[~held])
        stages = model.staged_predict_proba if kind == "boosting" else lambda rows: [model.predict_proba(rows)]
        for step, probabilities in enumerate(stages(data[held]), 1):
            probability = probabilities[:, 1]
            mlflow.log_metric("holdout/log_loss", log_loss(rain[held], probability), step=step)
        mlflow.log_metrics({
            "holdout/auc": roc_auc_score(rain[held], probability),
            "train/log_loss": log_loss(rain[~held], model.predict_proba(data[~held])[:, 1]),
        })
        mlflow.sklearn.log_model(model, name="model", pip_requirements=["scikit-learn"], serialization_format="cloudpickle")


if __name__ == "__main__":
    path = sys.argv[1]
    trials = TRIALS[: int(sys.argv[2])] if len(sys.argv) > 2 else TRIALS
    weather = pandas.read_csv(path)
    with mlflow.start_run(run_name="sweep"):
        mlflow.log_param("trials", len(trials))
        for kind, params in trials:
            train(kind, params, weather, path)
