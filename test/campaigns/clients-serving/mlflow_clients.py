"""MLflow's scoring client and `mlflow.deployments`, with answers compared to those of `mlflow models serve`."""

import json
import os
import socket
import subprocess
import sys
import time

import pandas as pd
import requests
from mlflow.deployments import get_deploy_client
from mlflow.pyfunc.scoring_server.client import ScoringServerClient
from tensors import saw

many, one, model = sys.argv[1:4]
FRAME = pd.DataFrame([[5.1, 3.5, 1.4, 0.2], [6.2, 2.9, 4.3, 1.3], [7.0, 3.2, 6.0, 2.2]], columns=["sl", "sw", "pl", "pw"])
JSON = "application/json"
RECORDS = FRAME.to_dict(orient="records")
BODIES = {
    "split": (JSON, json.dumps({"dataframe_split": FRAME.to_dict(orient="split")})),
    "records": (JSON, json.dumps({"dataframe_records": RECORDS})),
    "instances": (JSON, json.dumps({"instances": RECORDS})),
    "inputs": (JSON, json.dumps({"inputs": {name: FRAME[name].tolist() for name in FRAME}})),
    "csv": ("text/csv", FRAME.to_csv(index=False)),
    "extra column": (JSON, json.dumps({"dataframe_records": [{**RECORDS[0], "other": 1}]})),
    "other order": (JSON, json.dumps({"dataframe_records": [dict(reversed(RECORDS[0].items()))]})),
    "missing column": (JSON, json.dumps({"dataframe_records": [{"sl": 1.0}]})),
    "text for number": (JSON, json.dumps({"dataframe_records": [{**RECORDS[0], "sl": "x"}]})),
    "bare list": (JSON, "[1]"),
    "no JSON": (JSON, "{"),
    "two fields": (JSON, json.dumps({"instances": [1], "inputs": [1]})),
    "plain text": ("text/plain", "x"),
    "charset": (JSON + "; charset=latin1", "{}"),
}

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", model, "--env-manager", "local", "-h", "127.0.0.1"]
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
theirs = subprocess.Popen([*command, "-p", str(port)], env={**os.environ, "PATH": path}, start_new_session=True, **quiet)
try:
    for _ in range(240):
        try:
            if requests.get(f"http://127.0.0.1:{port}/ping", timeout=2).status_code == 200:
                break
        except requests.ConnectionError:
            time.sleep(0.5)

    def asked(base, kind, body):
        answer = requests.post(f"{base}/invocations", data=body, headers={"content-type": kind}, timeout=60)
        said = answer.json() if answer.headers["content-type"].startswith(JSON) else {}
        return [answer.status_code, said.get("predictions"), said.get("error_code")]

    for name, (kind, body) in BODIES.items():
        theirs_said = asked(f"http://127.0.0.1:{port}", kind, body)
        for base in (f"http://{one}", f"http://{many}/endpoints/iris"):
            ours = asked(base, kind, body)
            if ours != theirs_said:
                saw(f"different: {name}", [theirs_said, ours])
    saw("compared", len(BODIES))
finally:
    os.killpg(theirs.pid, 15)
    theirs.wait()

host, own_port = one.split(":")
client = ScoringServerClient(host, int(own_port))
client.ping()
saw("scoring client", [client.get_version(), client.invoke(FRAME).get_predictions()[0].tolist()])
deployments = get_deploy_client(f"http://{many}")
saw("deployments", deployments.predict(endpoint="iris", inputs={"dataframe_records": RECORDS})["predictions"])
saw("deployments endpoint", deployments.get_endpoint("iris").name)
