"""A pytest plugin: where MLflow's own tests start MLflow's server, they get Millrace's instead. With MILLRACE_SIDE=upstream it does nothing."""

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import threading

root = {"uri": None}


def start(flags, env=None, port=0):
    folder = tempfile.mkdtemp(prefix="millrace-own-tests-")
    command = [os.environ["MILLRACE_NODE"], os.environ["MILLRACE_SERVER"]]
    listen = ["--host", "127.0.0.1", "--port", str(port), "--data-dir", folder, "--log-level", "error"]
    process = subprocess.Popen(
        [*command, *listen, *flags], stdout=subprocess.PIPE, env={**os.environ, **(env or {})}, text=True
    )
    for line in process.stdout:
        found = re.search(r"https?://[^\s]+", line)
        if found:
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return process, found.group(0).rstrip("/"), folder
    raise RuntimeError("Millrace's server ended before it listened")


def stop(process, folder):
    process.kill()
    process.wait()
    shutil.rmtree(folder, ignore_errors=True)


def root_flags(uri):
    return ["--default-artifact-root", uri] if uri else []


class Server:
    """Stands for the tests' own ServerThread."""

    def __init__(self, _app, port):
        self.port = port

    def __enter__(self):
        self.process, self.url, self.folder = start(root_flags(root["uri"]), port=self.port)
        return self.url

    def __exit__(self, *_error):
        stop(self.process, self.folder)


@contextlib.contextmanager
def init_server(backend_uri, root_artifact_uri, extra_env=None, app=None, server_type="fastapi"):
    """Stands for the tests' own _init_server."""
    import mlflow

    mlflow.set_tracking_uri(None)
    account = ["--app-name", "basic-auth"] if app and "auth" in app else []
    env = {name: str(value) for name, value in (extra_env or {}).items()}
    process, url, folder = start([*root_flags(root_artifact_uri), *account], env)
    try:
        yield url
    finally:
        stop(process, folder)


if os.environ["MILLRACE_SIDE"] == "millrace":
    import mlflow.server.handlers as handlers
    import tests.tracking.integration_test_utils as utils

    upstream = handlers.initialize_backend_stores

    def initialize(backend_store_uri=None, registry_store_uri=None, default_artifact_root=None, **more):
        root["uri"] = default_artifact_root
        return upstream(backend_store_uri, registry_store_uri, default_artifact_root, **more)

    handlers.initialize_backend_stores = initialize
    utils.ServerThread = Server
    utils._init_server = init_server
