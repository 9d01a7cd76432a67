"""TorchServe archives (`.mar`): custom handlers as they are, and what handlers import from the `ts` package."""

import importlib.util
import inspect
import json
import os
import sys
import types
import zipfile

from .model import Answer, InputMistake, Model, ModelUnusable


def load_archive(path, scratch):
    folder = unpack(path, os.path.join(scratch, "model"))
    with open(os.path.join(folder, "MAR-INF", "MANIFEST.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    described = manifest.get("model", {})
    provide_ts()
    sys.path.insert(0, folder)
    context = Context(described, folder, manifest)
    handle = handler_of(described.get("handler", ""), folder, context)
    return Model("torchserve_python", invoke=invoker(handle, context))


def unpack(path, target):
    if os.path.isdir(path):
        return path
    with zipfile.ZipFile(path) as archive:
        if "MAR-INF/MANIFEST.json" not in archive.namelist():
            raise ModelUnusable("the archive has no MAR-INF/MANIFEST.json; make it with torch-model-archiver")
        if sum(entry.file_size for entry in archive.infolist()) > 32 << 30:
            raise ModelUnusable("the archive holds more than 32 GiB")
        # `extractall` keeps every entry inside the target.
        archive.extractall(target)
    return target


class RequestProcessor:
    """What handlers read of a request and set on its answer."""

    def __init__(self, headers):
        self._request = {name.lower(): value for name, value in headers.items()}
        self.status = 200
        self.response = {}

    def get_request_property(self, name):
        return self._request.get(name.lower())

    def get_request_properties(self):
        return self._request

    def report_status(self, code, reason_phrase=None):
        self.status = int(code)

    def add_response_property(self, name, value):
        self.response[name] = str(value)

    def get_response_header(self):
        return self.response


class Metrics:
    """Handlers may count what they like; the server measures requests itself."""

    def __getattr__(self, _name):
        return lambda *_arguments, **_named: self


class Context:
    """The context object of TorchServe's handlers."""

    def __init__(self, described, folder, manifest):
        self.model_name = described.get("modelName", "model")
        self.manifest = manifest
        self._system = {
            "model_dir": folder,
            "gpu_id": None,
            "batch_size": 1,
            "server_name": "millrace",
            "server_version": "0.12.0",
            "limit_max_image_pixels": True,
        }
        self.model_yaml_config = read_config(folder, described.get("configFile"))
        self.metrics = Metrics()
        self.request_ids = {}
        self._processors = [RequestProcessor({})]
        self.explain = False
        self.send_intermediate = None

    @property
    def system_properties(self):
        return self._system

    @property
    def request_processor(self):
        return self._processors

    @request_processor.setter
    def request_processor(self, processors):
        self._processors = processors

    def get_request_id(self, index=0):
        return self.request_ids.get(index)

    def get_request_header(self, index, name):
        return self._processors[index].get_request_property(name)

    def get_all_request_header(self, index):
        return self._processors[index].get_request_properties()

    def set_response_content_type(self, index, value):
        self._processors[index].add_response_property("content-type", value)

    def get_response_content_type(self, index):
        return self._processors[index].response.get("content-type")

    def set_response_status(self, code=200, phrase="", idx=0):
        self._processors[idx].report_status(code, phrase)

    def get_response_status(self, index):
        return self._processors[index].status, ""

    def set_response_header(self, index, name, value):
        self._processors[index].add_response_property(name, value)

    def set_all_response_status(self, code=200, phrase=""):
        for processor in self._processors:
            processor.report_status(code, phrase)

    def get_response_headers(self, index):
        return self._processors[index].response


def read_config(folder, name):
    if not name:
        return {}
    import yaml

    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return yaml.safe_load(file) or {}


def handler_of(named, folder, context):
    """`file.py`, `file.py:function`, or the name of a standard handler."""
    file, _, function = named.partition(":")
    path = os.path.join(folder, file)
    if not os.path.isfile(path) and os.path.isfile(path + ".py"):
        path += ".py"
    module = module_at(path) if os.path.isfile(path) else standard_handler(file)
    if function and function != "handle" or (function == "handle" and callable(getattr(module, "handle", None))):
        entry = getattr(module, function, None)
        if not callable(entry):
            raise ModelUnusable(f'the handler "{file}" has no function "{function}"')
        return warmed(entry, context)
    if callable(getattr(module, "handle", None)):
        return warmed(module.handle, context)
    classes = [
        found
        for _, found in inspect.getmembers(module, inspect.isclass)
        if found.__module__ == module.__name__ and callable(getattr(found, "handle", None))
    ]
    if not classes:
        raise ModelUnusable(f'the handler "{file}" has neither a function "handle" nor a class with one')
    handler = classes[-1]()
    if hasattr(handler, "initialize"):
        handler.initialize(context)
    return handler.handle


def warmed(function, context):
    """TorchServe calls a function once without data, so that it may load its model."""
    function(None, context)
    return function


def module_at(path):
    name = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except ModuleNotFoundError as error:
        raise ModelUnusable(
            f"the handler needs the Python package {error.name}, which its environment lacks. Put it into the archive's requirements."
        ) from error
    return module


def standard_handler(name):
    try:
        return importlib.import_module(f"ts.torch_handler.{name}")
    except ModuleNotFoundError as error:
        raise ModelUnusable(
            f'the standard handler "{name}" needs the Python package {error.name}; '
            "name torch, torchvision and torchserve in the archive's requirements, or give a handler of your own"
        ) from error


def provide_ts():
    """Handlers derive from classes of the `ts` package; without TorchServe in the environment, these stand in."""
    if importlib.util.find_spec("ts") is not None:
        return
    for name in ("ts", "ts.torch_handler", "ts.context", "ts.utils", "ts.utils.util", "ts.handler_utils"):
        module = types.ModuleType(name)
        module.__path__ = []
        sys.modules[name] = module
    from . import torch_handlers

    sys.modules["ts.context"].Context = Context
    sys.modules["ts.torch_handler.base_handler"] = torch_handlers
    sys.modules["ts.torch_handler"].base_handler = torch_handlers
    sys.modules["ts"].torch_handler = sys.modules["ts.torch_handler"]
    sys.modules["ts.utils.util"].list_classes_from_module = torch_handlers.list_classes_from_module
    sys.modules["ts.utils.util"].PredictionException = PredictionException


class PredictionException(Exception):
    """A handler's own refusal, with a status."""

    def __init__(self, message, error_code=500):
        super().__init__(message)
        self.message = message
        self.error_code = error_code


def invoker(handle, context):
    def invoke(_route, headers, body):
        processor = RequestProcessor(headers)
        context.request_processor = [processor]
        context.request_ids = {0: headers.get("x-request-id", "")}
        given = request_of(headers, body)
        try:
            answers = handle([given], context)
        except Exception as error:
            code = getattr(error, "error_code", None)
            if not isinstance(code, int):
                raise
            return Answer(code, {"content-type": "application/json"}, json.dumps({"code": code, "type": type(error).__name__, "message": str(error)}).encode())
        if not isinstance(answers, (list, tuple)) or len(answers) != 1:
            raise ValueError("the handler must answer a list with one entry for each request")
        kind, data = encoded(answers[0])
        return Answer(processor.status, {"content-type": kind, **{name.lower(): value for name, value in processor.response.items()}}, data)

    return invoke


def request_of(headers, body):
    """TorchServe's request: form fields by name, JSON read, all else as bytes under `body`."""
    kind = headers.get("content-type", "")
    plain = kind.split(";")[0].strip().lower()
    if plain == "multipart/form-data":
        return parts_of(kind, body)
    if plain == "application/x-www-form-urlencoded":
        from urllib.parse import parse_qsl

        return dict(parse_qsl(body.decode("utf-8", "replace")))
    if plain == "application/json":
        try:
            return {"body": json.loads(body)}
        except ValueError as error:
            raise InputMistake(f"the body is no JSON: {error}") from error
    return {"body": bytearray(body)}


def parts_of(kind, body):
    from email.parser import BytesParser
    from email.policy import HTTP

    message = BytesParser(policy=HTTP).parsebytes(b"content-type: " + kind.encode() + b"\r\n\r\n" + body)
    if not message.is_multipart():
        raise InputMistake("the body is no multipart form")
    found = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition") or "body"
        data = part.get_payload(decode=True) or b""
        found[name] = bytearray(data)
    return found


def encoded(value):
    if isinstance(value, (bytes, bytearray)):
        return "application/octet-stream", bytes(value)
    if isinstance(value, str):
        return "text/plain; charset=utf-8", value.encode()
    return "application/json", json.dumps(value, default=as_json).encode()


def as_json(value):
    if hasattr(value, "tolist"):
        return value.tolist()
    return str(value)
