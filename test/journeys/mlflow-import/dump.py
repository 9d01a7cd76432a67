"""Everything that MLflow's own client reads of a tracking address, as JSON on standard output, in a fixed order.

Ids of experiments and addresses of artifacts are written as names, since they may differ between two servers.
"""

import hashlib
import json
import sys
import tempfile
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.entities import ViewType

address = sys.argv[1]
mlflow.set_tracking_uri(address)
client = MlflowClient()


def pages(ask):
    token = None
    while True:
        page = ask(token)
        yield from page
        token = page.token
        if not token:
            return


def digests(uri):
    with tempfile.TemporaryDirectory() as folder:
        try:
            root = Path(mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=folder))
        except Exception:
            return {}
        return {
            str(file.relative_to(root)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(root.rglob("*"))
            if file.is_file()
        }


experiments = list(pages(lambda token: client.search_experiments(view_type=ViewType.ALL, page_token=token)))
names = {experiment.experiment_id: experiment.name for experiment in experiments}


def of_experiment(experiment):
    return {
        "name": experiment.name,
        "stage": experiment.lifecycle_stage,
        "tags": dict(experiment.tags),
        "created": None if experiment.name == "Default" else experiment.creation_time,
    }


def of_run(run):
    info, data = run.info, run.data
    history = {}
    for key in data.metrics:
        points = client.get_metric_history(info.run_id, key)
        history[key] = sorted([str(point.value), point.timestamp, point.step] for point in points)
    inputs = [
        [i.dataset.name, i.dataset.digest, i.dataset.source_type, i.dataset.source, i.dataset.schema, i.dataset.profile,
         sorted([tag.key, tag.value] for tag in i.tags)]
        for i in run.inputs.dataset_inputs
    ]
    return {
        "id": info.run_id,
        "experiment": names[info.experiment_id],
        "name": info.run_name,
        "status": info.status,
        "start": info.start_time,
        "end": info.end_time,
        "user": info.user_id,
        "stage": info.lifecycle_stage,
        "params": dict(data.params),
        "tags": dict(data.tags),
        "latest": {key: str(value) for key, value in data.metrics.items()},
        "history": history,
        "inputs": inputs,
        "models": sorted(output.model_id for output in (run.outputs.model_outputs if run.outputs else [])),
        "artifacts": digests(info.artifact_uri),
    }


def of_logged_model(model):
    return {
        "id": model.model_id,
        "name": model.name,
        "experiment": names[model.experiment_id],
        "run": model.source_run_id,
        "status": str(model.status),
        "type": model.model_type or "",
        "params": dict(model.params),
        "tags": dict(model.tags),
        "created": model.creation_timestamp,
        "metrics": sorted([m.key, str(m.value), m.step, m.timestamp, m.run_id] for m in model.metrics or []),
        "artifacts": digests(model.artifact_location),
    }


def of_model(model):
    quoted = model.name.replace("'", "\\'")
    found = client.search_model_versions(f"name = '{quoted}'")
    versions = [client.get_model_version(model.name, version.version) for version in found]
    return {
        "name": model.name,
        "description": model.description or "",
        "tags": dict(model.tags),
        "created": model.creation_timestamp,
        "updated": model.last_updated_timestamp,
        "aliases": {alias: str(version) for alias, version in model.aliases.items()},
        "versions": sorted(
            [
                int(v.version), v.current_stage, v.description or "", v.source, v.run_id or "", v.status, dict(v.tags),
                v.creation_timestamp, v.last_updated_timestamp, sorted(v.aliases),
                digests(f"models:/{model.name}/{v.version}") if not v.source.endswith("dummy-source") else {},
            ]
            for v in versions
        ),
    }


def of_trace(trace):
    info = trace.info
    hidden = ("mlflow.artifactLocation", "mlflow.trace.spansLocation")
    return {
        "id": info.trace_id,
        "state": str(info.state),
        "start": info.request_time,
        "duration": info.execution_duration,
        "request": info.request_preview,
        "response": info.response_preview,
        "tags": {key: value for key, value in info.tags.items() if key not in hidden},
        "metadata": {k: v for k, v in info.trace_metadata.items() if k != "mlflow.trace.infoFinalized"},
        "assessments": sorted(
            [a.assessment_id, a.name, str(a.value), a.rationale, str(a.source.source_type), a.create_time_ms]
            for a in info.assessments
        ),
        "spans": sorted(
            [s.span_id, s.parent_id or "", s.name, s.span_type, s.start_time_ns, s.end_time_ns, str(s.status.status_code),
             json.dumps(s.inputs), json.dumps(s.outputs), [event.name for event in s.events]]
            for s in trace.data.spans
        ),
    }


ids = sorted(names)
active = sorted(id for id in ids if client.get_experiment(id).lifecycle_stage == "active")
runs = list(pages(lambda token: client.search_runs(ids, run_view_type=ViewType.ALL, page_token=token)))
logged = list(pages(lambda token: client.search_logged_models(ids, page_token=token)))
models = list(pages(lambda token: client.search_registered_models(page_token=token)))
prompts = list(pages(lambda token: client.search_registered_models("tags.`mlflow.prompt.is_prompt` = 'true'", page_token=token)))


def of_prompt(model):
    versions = client.search_model_versions(f"name = '{model.name}' AND tags.`mlflow.prompt.is_prompt` = 'true'")
    return [model.name, dict(model.tags), model.description or "", {a: str(v) for a, v in model.aliases.items()},
            sorted([int(v.version), dict(v.tags), v.description or "", v.creation_timestamp] for v in versions)]


traces = list(pages(lambda token: client.search_traces(locations=active, page_token=token)))
json.dump(
    {
        "experiments": sorted((of_experiment(e) for e in experiments), key=lambda e: e["name"]),
        "runs": sorted((of_run(run) for run in runs), key=lambda run: run["id"]),
        "loggedModels": sorted((of_logged_model(model) for model in logged), key=lambda model: model["id"]),
        "models": sorted((of_model(model) for model in models), key=lambda model: model["name"]),
        "prompts": sorted(of_prompt(prompt) for prompt in prompts),
        "traces": sorted((of_trace(trace) for trace in traces), key=lambda trace: trace["id"]),
    },
    sys.stdout,
    indent=1,
    ensure_ascii=False,
    sort_keys=True,
)
