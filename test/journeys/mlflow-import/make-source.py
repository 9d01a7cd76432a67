"""Fills a tracking address with MLflow's own client, with one of everything it knows. Usage: make-source.py URI FOLDER"""

import os
import random
import sys
import tempfile

import mlflow
import pandas
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

address, root = sys.argv[1], sys.argv[2]
mlflow.set_tracking_uri(address)
client = MlflowClient()
random.seed(1)
location = f"file://{root}/alpha" if "://" in address else None
alpha = client.create_experiment("alpha", artifact_location=location, tags={"team": "a", "mlflow.note.content": "**A**"})
gone = client.create_experiment("gone")
mlflow.set_experiment("alpha")

folder = tempfile.mkdtemp()
os.makedirs(f"{folder}/deep/er")
with open(f"{folder}/a.txt", "w") as file:
    file.write("hello")
with open(f"{folder}/deep/er/big.bin", "wb") as file:
    file.write(random.randbytes(3_000_000))


class Echo(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input):
        return model_input


with mlflow.start_run(run_name="parent", description="a parent"):
    mlflow.log_params({"lr": "0.1", "long": "x" * 3000, "ünï": "ß€😀"})
    for step in range(50):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    mlflow.log_metric("odd", float("nan"), step=3)
    mlflow.log_metric("odd", float("inf"), step=4)
    mlflow.log_metric("odd", -float("inf"), step=-5)
    mlflow.log_metric("same", 1.0, step=1, timestamp=1700000000000)
    mlflow.log_metric("same", 2.0, step=1, timestamp=1700000000000)
    mlflow.log_metric("wide", 1.0, step=9007199254740993)
    mlflow.log_artifacts(folder, "files")
    mlflow.log_text("x", "t ext/ö 100%.txt")
    frame = pandas.DataFrame({"a": [1.0, 2.0, 3.0]})
    data = mlflow.data.from_pandas(frame, name="frame", source="/none.csv")
    mlflow.log_input(data, context="training", tags={"k": "v"})
    with mlflow.start_run(run_name="child", nested=True):
        mlflow.log_metric("acc", 0.5)
        model = mlflow.pyfunc.log_model(name="model", python_model=Echo(), params={"depth": "3"}, pip_requirements=[])
        mlflow.log_metric("model_acc", 0.75, step=1, model_id=model.model_id)
        for _ in range(3):
            mlflow.register_model(model.model_uri, "forest", tags={"a": "b"})
client.delete_model_version("forest", "2")
client.set_registered_model_alias("forest", "champion", "3")
client.update_registered_model("forest", "A forest")
client.set_registered_model_tag("forest", "key", "value")
client.transition_model_version_stage("forest", "1", "Production")
client.update_model_version("forest", "1", "first")

bulk = client.create_run(alpha, run_name="bulk", start_time=1600000000000).info.run_id
points = [Metric(f"m{i % 5}", random.random(), 1600000000000 + i, i // 5) for i in range(1000)]
client.log_batch(bulk, metrics=points, params=[Param("p", "1")], tags=[RunTag("t", "1")])
client.set_terminated(bulk, "FAILED", 1600000099000)
deleted = client.create_run(alpha, run_name="deleted").info.run_id
client.log_metric(deleted, "x", 1.0)
client.log_text(deleted, "still here", "d.txt")
client.delete_run(deleted)
client.create_run(gone)
client.delete_experiment(gone)
with mlflow.start_run(experiment_id="0", run_name="in default"):
    mlflow.log_metric("z", 1)

mlflow.genai.register_prompt("greet", "Hello {{name}}", commit_message="first", tags={"lang": "en"})
mlflow.genai.register_prompt("greet", "Hi {{name}}")
mlflow.genai.set_prompt_alias("greet", "prod", 2)


@mlflow.trace(name="inner", span_type="RETRIEVER")
def inner(x):
    return [x, "doc"]


@mlflow.trace(name="outer")
def outer(x):
    mlflow.update_current_trace(tags={"fruit": "apple"})
    return {"y": inner(x)}


@mlflow.trace
def fail():
    raise ValueError("no")


outer(3)
try:
    fail()
except ValueError:
    pass
mlflow.flush_trace_async_logging()
traces = mlflow.search_traces(locations=[alpha], return_type="list")
mlflow.log_feedback(trace_id=traces[0].info.trace_id, name="good", value=True, rationale="because")
mlflow.log_expectation(trace_id=traces[0].info.trace_id, name="want", value={"a": 1})
