"""Sends artifacts through MLflow's own client: small ones by the server, large ones to the store itself."""

import hashlib
import json
import os
import sys

import mlflow
from mlflow.tracking import MlflowClient

folder = sys.argv[1]
mlflow.set_tracking_uri(os.environ["MLFLOW_TRACKING_URI"])
mlflow.set_experiment("stores")
large = os.path.join(folder, "large.bin")
with open(large, "wb") as file:
    for block in range(25):
        file.write(bytes([block]) * (1 << 20))
with mlflow.start_run() as run:
    mlflow.log_artifact(large, "big")
    mlflow.log_text("hello", "notes/a b.txt")
client = MlflowClient()
run_id = run.info.run_id
paths = sorted(
    info.path for top in client.list_artifacts(run_id) for info in client.list_artifacts(run_id, top.path)
)
back = client.download_artifacts(run_id, "big/large.bin", os.path.join(folder))


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


assert digest(back) == digest(large)
text = mlflow.artifacts.load_text(f"runs:/{run_id}/notes/a b.txt")
print(json.dumps({"run": run_id, "root": run.info.artifact_uri, "paths": paths, "digest": digest(large), "text": text}))
