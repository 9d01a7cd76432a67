"""Models for the clients of scoring protocols: an MLflow folder, a pickle, a TorchServe archive with a handler of its own."""

import os
import pickle
import shutil
import subprocess
import sys

import mlflow
from mlflow.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

HANDLER = '''
class Handler:
    def initialize(self, context):
        self.initialized = True

    def handle(self, data, context):
        bodies = [row.get("data") or row.get("body") for row in data]
        texts = [body.decode() if isinstance(body, (bytes, bytearray)) else body for body in bodies]
        return [{"upper": str(text).upper(), "length": len(text)} for text in texts]
'''

folder = sys.argv[1]
os.makedirs(folder)
features, label = load_iris(return_X_y=True, as_frame=True)
features.columns = ["sl", "sw", "pl", "pw"]
model = LogisticRegression(max_iter=500).fit(features, label)
signature = infer_signature(features, model.predict(features))
# No requirements: the interpreter that serves it has them.
mlflow.sklearn.save_model(model, os.path.join(folder, "iris"), signature=signature, pip_requirements=[])
matrix = LogisticRegression(max_iter=500).fit(features.to_numpy(), label)
with open(os.path.join(folder, "matrix.pkl"), "wb") as file:
    pickle.dump(matrix, file)
work = folder + "-work"
os.makedirs(work)
with open(os.path.join(work, "handler.py"), "w") as file:
    file.write(HANDLER)
with open(os.path.join(work, "weights.bin"), "w") as file:
    file.write("none")
archiver = os.path.join(os.path.dirname(sys.executable), "torch-model-archiver")
named = ["--model-name", "upper", "--version", "1.0", "--handler", os.path.join(work, "handler.py")]
subprocess.run(
    [archiver, *named, "--extra-files", os.path.join(work, "weights.bin"), "--export-path", folder, "--force"],
    check=True,
    capture_output=True,
)
shutil.rmtree(work)
