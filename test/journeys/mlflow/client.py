"""What a data scientist does with MLflow's own client, against Millrace. Prints one JSON line per thing it saw."""

import json
import math
import os
import sys
import tempfile

import mlflow
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient


def say(what, value):
    print(json.dumps({"what": what, "value": value}), flush=True)


def refused(act):
    try:
        act()
    except MlflowException as error:
        return error.error_code
    return "accepted"


def track(client):
    experiment = mlflow.set_experiment("journeys/mlflow")
    with mlflow.start_run(run_name="first", tags={"team": "flights"}) as active:
        run_id = active.info.run_id
        mlflow.log_param("model", "logistic")
        mlflow.log_params({"learning_rate": 0.1, "rows": 3_000_000})
        for step in range(1, 6):
            mlflow.log_metric("log_loss", 1 / step, step=step)
        mlflow.log_metrics({"auc": 0.652, "broken": float("nan")}, step=5)
        mlflow.set_tag("stage", "trial")
        mlflow.log_dict({"features": ["hour", "distance"]}, "model/features.json")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "big.bin")
            with open(path, "wb") as file:
                file.write(b"\x00\x01" * 500_000)
            mlflow.log_artifact(path, "model")
    with mlflow.start_run(run_name="second") as second:
        mlflow.log_metric("log_loss", 0.9)
    run = client.get_run(run_id)
    say("experiment", {"name": experiment.name, "id": experiment.experiment_id})
    say("run", {
        "name": run.info.run_name,
        "status": run.info.status,
        "params": run.data.params,
        "log_loss": run.data.metrics["log_loss"],
        "broken_is_nan": math.isnan(run.data.metrics["broken"]),
        "stage": run.data.tags["stage"],
    })
    history = client.get_metric_history(run_id, "log_loss")
    say("history", [[point.step, point.value] for point in history])
    return run_id, second.info.run_id


def artifacts(client, run_id):
    say("artifacts", [[file.path, file.is_dir, file.file_size] for file in client.list_artifacts(run_id, "model")])
    with tempfile.TemporaryDirectory() as folder:
        with open(client.download_artifacts(run_id, "model/features.json", folder)) as file:
            say("downloaded", json.load(file))
        whole = client.download_artifacts(run_id, "model", folder)
        say("folder", sorted(os.listdir(whole)))


def search(client, run_id):
    found = mlflow.search_runs(
        experiment_names=["journeys/mlflow"],
        filter_string="metrics.log_loss < 0.5 and params.model = 'logistic' and tags.team LIKE 'fl%'",
        output_format="list",
    )
    say("found", [run.info.run_id == run_id for run in found])
    ordered = mlflow.search_runs(
        experiment_names=["journeys/mlflow"], order_by=["metrics.log_loss DESC"], output_format="list"
    )
    say("ordered", [run.info.run_name for run in ordered])
    say("experiments", [one.name for one in client.search_experiments(filter_string="name LIKE 'journeys/%'")])


def nested(client):
    source = mlflow.data.meta_dataset.MetaDataset(
        mlflow.data.http_dataset_source.HTTPDatasetSource("http://localhost/flights.csv"), name="flights", digest="1"
    )
    with mlflow.start_run(run_name="outer") as outer:
        with mlflow.start_run(run_name="child", nested=True):
            mlflow.log_input(source, context="training", tags={"part": "january"})
    experiment = outer.info.experiment_id
    children = client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{outer.info.run_id}'")
    say("nested", [run.info.run_name for run in children])
    used = client.get_run(children[0].info.run_id).inputs.dataset_inputs[0]
    say("data", {
        "name": used.dataset.name,
        "digest": used.dataset.digest,
        "tags": {tag.key: tag.value for tag in used.tags},
    })
    found = client.search_runs([experiment], "dataset.name = 'flights' and dataset.context = 'training'")
    say("found by data", [run.info.run_name == "child" for run in found])


def refusals(client, run_id, second_id):
    client.delete_run(second_id)
    say("refused", {
        "param": refused(lambda: client.log_param(run_id, "model", "tree")),
        "filter": refused(lambda: client.search_runs(["1"], "metrics.a > 1 OR metrics.b > 1")),
        "run": refused(lambda: client.get_run("0" * 32)),
        "deleted": refused(lambda: client.log_metric(second_id, "a", 1)),
        "experiment": refused(lambda: client.create_experiment("journeys/mlflow")),
    })
    client.restore_run(second_id)
    client.log_metric(second_id, "after", 1)


class Doubler(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input * 2


def registry(client):
    with mlflow.start_run(run_name="third"):
        info = mlflow.pyfunc.log_model(
            name="doubler", python_model=Doubler(), registered_model_name="Doubler", pip_requirements=[]
        )
        run_id = mlflow.active_run().info.run_id
        client.log_metric(run_id, "doubled", 2, model_id=info.model_id, dataset_name="flights", dataset_digest="1")
    measured = client.get_logged_model(info.model_id).metrics[0]
    say("measured", {"key": measured.key, "value": measured.value, "dataset": measured.dataset_name})
    experiment = client.get_run(run_id).info.experiment_id
    models = client.search_logged_models([experiment], "metrics.doubled >= 2 AND name = 'doubler'")
    say("models found", [model.name for model in models])
    client.set_registered_model_alias("Doubler", "champion", "1")
    client.set_model_version_tag("Doubler", "1", "checked", "yes")
    version = client.get_model_version_by_alias("Doubler", "champion")
    say("version", {"version": version.version, "status": version.status, "tags": version.tags})
    say("versions", [[one.name, one.version] for one in client.search_model_versions("name = 'Doubler'")])
    model = client.get_registered_model("Doubler")
    say("model", {"aliases": {alias: str(number) for alias, number in model.aliases.items()}})
    loaded = mlflow.pyfunc.load_model("models:/Doubler@champion")
    say("predicted", int(loaded.predict(21)))
    say("unknown alias", refused(lambda: client.get_model_version_by_alias("Doubler", "none")))


def main():
    mlflow.set_tracking_uri(sys.argv[1])
    client = MlflowClient(sys.argv[1])
    run_id, second_id = track(client)
    artifacts(client, run_id)
    search(client, run_id)
    nested(client)
    refusals(client, run_id, second_id)
    registry(client)
    say("done", run_id)


main()
