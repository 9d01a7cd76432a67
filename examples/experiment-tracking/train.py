"""Will it rain in Seattle tomorrow? A small sweep, as any team writes it with MLflow: nothing here knows of Millrace.

    MLFLOW_TRACKING_URI=http://127.0.0.1:7400 python train.py PATH-OR-URL-OF-WEATHER.CSV

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
    ("logistic", {"C": 0.01}),
    ("logistic", {"C": 1.0}),
    ("forest", {"n_estimators": 60, "max_depth": 5}),
    ("boosting", {"n_estimators": 80, "learning_rate": 0.05, "max_depth": 2}),
    ("boosting", {"n_estimators": 80, "learning_rate": 0.4, "max_depth": 4}),
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
        if kind == "boosting":
            for step, probability in enumerate(model.staged_predict_proba(data[held]), 1):
                mlflow.log_metric("holdout/log_loss", log_loss(rain[held], probability[:, 1]), step=step)
        probability = model.predict_proba(data[held])[:, 1]
        mlflow.log_metrics({
            "log_loss": log_loss(rain[held], probability),
            "auc": roc_auc_score(rain[held], probability),
            "train/log_loss": log_loss(rain[~held], model.predict_proba(data[~held])[:, 1]),
        })
        mlflow.sklearn.log_model(model, name="model", pip_requirements=["scikit-learn"], serialization_format="cloudpickle")


if __name__ == "__main__":
    path = sys.argv[1]
    weather = pandas.read_csv(path)
    mlflow.set_experiment("rain-tomorrow")
    with mlflow.start_run(run_name="sweep"):
        mlflow.log_param("trials", len(TRIALS))
        for kind, params in TRIALS:
            train(kind, params, weather, path)
