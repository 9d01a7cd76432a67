"""More of what teams do with MLflow's own client, against Millrace: autologging, evaluation, its command line. Prints one JSON line per thing it saw."""

import csv
import json
import os
import subprocess
import sys
import tempfile

import lightgbm
import mlflow
import numpy as np
import pandas as pd
import xgboost
from mlflow.tracking import MlflowClient
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split

columns = ["a", "b", "c", "d"]
features, labels = make_classification(n_samples=300, n_features=4, random_state=7)
table = pd.DataFrame(features, columns=columns)
train_x, test_x, train_y, test_y = train_test_split(table, labels, random_state=7)


def say(what, value):
    print(json.dumps({"what": what, "value": value}), flush=True)


def equal(first, second):
    return bool(np.allclose(np.asarray(first), np.asarray(second)))


def model_of(client, run_id):
    return client.get_run(run_id).outputs.model_outputs[0].model_id


def sklearn_autologging(client):
    mlflow.sklearn.autolog()
    with mlflow.start_run(run_name="logistic") as run:
        fitted = LogisticRegression(C=0.5, max_iter=200).fit(train_x, train_y)
    mlflow.sklearn.autolog(disable=True)
    data = client.get_run(run.info.run_id).data
    loaded = mlflow.pyfunc.load_model(f"models:/{model_of(client, run.info.run_id)}")
    artifacts = sorted(file.path for file in client.list_artifacts(run.info.run_id))
    say("sklearn", {
        "params": {key: data.params[key] for key in ("C", "max_iter")},
        "metrics": sorted(data.metrics),
        "estimator": data.tags["estimator_name"],
        "equal": equal(loaded.predict(test_x), fitted.predict(test_x)),
        "confusion": "training_confusion_matrix.png" in artifacts,
        "dataset": client.get_run(run.info.run_id).inputs.dataset_inputs[0].tags[0].value,
    })


def grid_search(client, experiment):
    mlflow.sklearn.autolog(max_tuning_runs=2)
    with mlflow.start_run(run_name="grid") as run:
        GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2).fit(train_x, train_y)
    mlflow.sklearn.autolog(disable=True)
    children = client.search_runs([experiment], f"tags.mlflow.parentRunId = '{run.info.run_id}'")
    say("grid", sorted(child.data.params["C"] for child in children))


def boosting(client):
    mlflow.xgboost.autolog()
    with mlflow.start_run(run_name="xgboost") as run:
        matrix = xgboost.DMatrix(train_x, train_y)
        booster = xgboost.train({"max_depth": 2}, matrix, 5, evals=[(matrix, "train")], verbose_eval=False)
    mlflow.xgboost.autolog(disable=True)
    loaded = mlflow.xgboost.load_model(f"models:/{model_of(client, run.info.run_id)}")
    say("xgboost", {
        "points": len(client.get_metric_history(run.info.run_id, "train-rmse")),
        "depth": client.get_run(run.info.run_id).data.params["max_depth"],
        "equal": equal(loaded.predict(xgboost.DMatrix(test_x)), booster.predict(xgboost.DMatrix(test_x))),
    })
    mlflow.lightgbm.autolog()
    with mlflow.start_run(run_name="lightgbm") as run:
        data = lightgbm.Dataset(train_x, train_y)
        booster = lightgbm.train({"num_leaves": 4, "verbose": -1}, data, 5, valid_sets=[data])
    mlflow.lightgbm.autolog(disable=True)
    loaded = mlflow.lightgbm.load_model(f"models:/{model_of(client, run.info.run_id)}")
    say("lightgbm", {
        "points": len(client.get_metric_history(run.info.run_id, "training-l2")),
        "leaves": client.get_run(run.info.run_id).data.params["num_leaves"],
        "equal": equal(loaded.predict(test_x), booster.predict(test_x)),
    })


def registry(client):
    fitted = LogisticRegression().fit(train_x, train_y)
    with mlflow.start_run(run_name="registered"):
        info = mlflow.sklearn.log_model(fitted, name="model", input_example=test_x[:2], registered_model_name="wide")
    client.set_registered_model_alias("wide", "champion", "1")
    loaded = mlflow.sklearn.load_model("models:/wide@champion")
    say("registry", {
        "equal": equal(loaded.predict_proba(test_x), fitted.predict_proba(test_x)),
        "signature": loaded is not None and info.signature is not None,
        "model": info.model_id in client.get_model_version("wide", "1").source,
    })
    return info


def nested(client, experiment):
    with mlflow.start_run(run_name="parent") as parent:
        for number in range(3):
            with mlflow.start_run(run_name=f"child {number}", nested=True):
                mlflow.log_metric("number", number)
    best = client.search_runs(
        [experiment], f"tags.mlflow.parentRunId = '{parent.info.run_id}'", order_by=["metrics.number DESC"]
    )
    say("nested", [run.info.run_name for run in best])


def evaluation(client, experiment, info):
    data = test_x.assign(label=test_y)
    dataset = mlflow.data.from_pandas(data, name="held out", targets="label")
    with mlflow.start_run(run_name="evaluation") as run:
        result = mlflow.models.evaluate(
            info.model_uri,
            dataset,
            model_type="classifier",
            evaluator_config={"log_model_explainability": False, "log_explainer": False},
        )
        mlflow.log_metric("checked", 0.5, model_id=info.model_id, dataset=dataset)
    seen = client.get_run(run.info.run_id)
    found = client.search_runs([experiment], "dataset.name = 'held out'")
    models = client.search_logged_models(
        [experiment], "metrics.checked > 0.4", datasets=[{"dataset_name": "held out"}]
    )
    say("evaluation", {
        "equal": equal(seen.data.metrics["accuracy_score"], result.metrics["accuracy_score"]),
        "found": [one.info.run_id == run.info.run_id for one in found],
        "models": [one.model_id == info.model_id for one in models],
        "artifacts": len(client.list_artifacts(run.info.run_id)) > 0,
    })


def command_line(client, experiment):
    def run(*words):
        ended = subprocess.run([sys.executable, "-m", "mlflow", *words], capture_output=True, text=True)
        if ended.returncode != 0:
            raise RuntimeError(f"mlflow {' '.join(words)}: {ended.stderr}")
        return ended.stdout

    found = client.search_runs([experiment], "attributes.run_name = 'logistic'")[0].info.run_id
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "runs.csv")
        run("experiments", "csv", "-x", experiment, "-o", path)
        with open(path) as file:
            rows = list(csv.DictReader(file))
        downloaded = run("artifacts", "download", "-r", found, "-d", folder).strip().splitlines()[-1]
        files = sorted(os.listdir(downloaded))
    run("runs", "delete", "--run-id", found)
    deleted = client.get_run(found).info.lifecycle_stage
    run("runs", "restore", "--run-id", found)
    say("command line", {
        "csv": len(rows) == len(client.search_runs([experiment])),
        "names": "logistic" in run("runs", "list", "--experiment-id", experiment),
        "described": json.loads(run("runs", "describe", "--run-id", found))["info"]["run_name"],
        "listed": "estimator.html" in run("artifacts", "list", "-r", found),
        "downloaded": "estimator.html" in files,
        "deleted": deleted,
        "restored": client.get_run(found).info.lifecycle_stage,
        "experiments": "journeys/wide" in run("experiments", "search"),
    })


def main():
    mlflow.set_tracking_uri(sys.argv[1])
    client = MlflowClient(sys.argv[1])
    experiment = mlflow.set_experiment("journeys/wide").experiment_id
    sklearn_autologging(client)
    grid_search(client, experiment)
    boosting(client)
    nested(client, experiment)
    info = registry(client)
    evaluation(client, experiment, info)
    command_line(client, experiment)


main()
