"""Answers with the champion, whichever version that is, and leaves a trace of each answer. MLflow's client alone.

    export MLFLOW_TRACKING_URI=http://127.0.0.1:7400 MLFLOW_EXPERIMENT_NAME=rain-tomorrow
    python answer.py WEATHER.CSV 2015-11-03
"""

import sys

import mlflow
import pandas

from train import features


@mlflow.trace(span_type="RETRIEVER")
def look_up(path, date):
    days = pandas.read_csv(path)
    return days[days["date"] == date]


@mlflow.trace(span_type="CHAIN")
def will_it_rain(path, date):
    model = mlflow.sklearn.load_model("models:/rain-tomorrow@champion")
    return float(model.predict_proba(features(look_up(path, date)))[0, 1])


if __name__ == "__main__":
    print(f"{will_it_rain(sys.argv[1], sys.argv[2]):.4f}")
    mlflow.flush_trace_async_logging()
