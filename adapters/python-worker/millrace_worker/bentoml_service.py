"""BentoML services (1.2 and later): a folder or file with a class marked `@bentoml.service`, its methods as routes."""

import importlib.util
import inspect
import json
import os
import sys

from .model import Answer, InputMistake, Model, ModelUnusable


def load_service(path):
    try:
        import bentoml  # noqa: F401  (a service cannot be imported without it)
    except ModuleNotFoundError as error:
        raise ModelUnusable(f"a BentoML service needs the Python package {error.name} in its environment") from error
    file = path if os.path.isfile(path) else service_file(path)
    folder = os.path.dirname(file)
    sys.path.insert(0, folder)
    os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")
    spec = importlib.util.spec_from_file_location("millrace_bento_service", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules["millrace_bento_service"] = module
    spec.loader.exec_module(module)
    services = [found for found in vars(module).values() if hasattr(found, "apis") and hasattr(found, "inner")]
    if not services:
        raise ModelUnusable(f"{os.path.basename(file)} has no class marked @bentoml.service")
    service = services[-1]
    instance = service.inner()
    methods = {}
    for name, api in service.apis.items():
        route = getattr(api, "route", None) or f"/{name}"
        methods[route.lstrip("/")] = methods[name] = getattr(instance, name)
    return Model("bentoml_python", invoke=lambda route, headers, body: invoke(methods, route, headers, body))


def service_file(folder):
    for places in (("bentofile.yaml", "service"),):
        path = os.path.join(folder, places[0])
        if os.path.isfile(path):
            import yaml

            with open(path, encoding="utf-8") as file:
                named = str((yaml.safe_load(file) or {}).get(places[1], "service:svc")).split(":")[0]
            found = os.path.join(folder, named if named.endswith(".py") else f"{named.replace('.', '/')}.py")
            if os.path.isfile(found):
                return found
    for found in (os.path.join(folder, "service.py"), os.path.join(folder, "src", "service.py")):
        if os.path.isfile(found):
            return found
    raise ModelUnusable("the folder has no service.py, and its bentofile.yaml names none")


def invoke(methods, route, headers, body):
    method = methods.get((route or "").strip("/"))
    if method is None:
        known = ", ".join(f"/{name}" for name in methods)
        return answer_json(404, {"error": f"This service has no route /{(route or '').strip('/')}; it has {known}."})
    arguments = arguments_of(method, headers, body)
    given = method(**arguments)
    if inspect.iscoroutine(given):
        import asyncio

        given = asyncio.run(given)
    if inspect.isgenerator(given):
        return Answer(200, {"content-type": "text/plain; charset=utf-8"}, given)
    if isinstance(given, str):
        return Answer(200, {"content-type": "text/plain; charset=utf-8"}, given.encode())
    if isinstance(given, (bytes, bytearray)):
        return Answer(200, {"content-type": "application/octet-stream"}, bytes(given))
    return answer_json(200, given)


def arguments_of(method, headers, body):
    """JSON names the method's parameters; arrays become what the annotation says."""
    parameters = inspect.signature(method).parameters
    if not body and not parameters:
        return {}
    if headers.get("content-type", "application/json").split(";")[0].strip() != "application/json":
        if len(parameters) == 1:
            return {next(iter(parameters)): body if parameters_take_bytes(parameters) else body.decode()}
        raise InputMistake("send the arguments as JSON")
    try:
        named = json.loads(body or b"{}")
    except ValueError as error:
        raise InputMistake(f"the body is no JSON: {error}") from error
    if not isinstance(named, dict):
        raise InputMistake("the body must be a JSON object with the method's arguments")
    unknown = [name for name in named if name not in parameters]
    if unknown:
        raise InputMistake(f'the method has no argument "{unknown[0]}"; it has {", ".join(parameters)}')
    missing = [name for name, found in parameters.items() if found.default is found.empty and name not in named]
    if missing:
        raise InputMistake(f'the argument "{missing[0]}" is missing')
    return {name: typed(parameters[name].annotation, value) for name, value in named.items()}


def parameters_take_bytes(parameters):
    return next(iter(parameters.values())).annotation in (bytes, bytearray)


def typed(annotation, value):
    text = str(annotation)
    if "ndarray" in text:
        import numpy as np

        return np.asarray(value)
    if "DataFrame" in text:
        import pandas

        return pandas.DataFrame(value)
    validate = getattr(annotation, "model_validate", None)
    return value if validate is None else validate(value)


def answer_json(status, value):
    return Answer(status, {"content-type": "application/json"}, json.dumps(value, default=as_json).encode())


def as_json(value):
    for name in ("tolist", "model_dump"):
        if hasattr(value, name):
            return getattr(value, name)()
    if hasattr(value, "to_dict"):
        return value.to_dict("records")
    return str(value)
