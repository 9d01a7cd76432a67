"""`ts.torch_handler.base_handler` for archives whose environment has no TorchServe: the same contract, on torch alone."""

import importlib.util
import inspect
import json
import os
from abc import ABC


def list_classes_from_module(module, parent_class=None):
    """The classes that a module defines itself."""
    return [
        found
        for _, found in inspect.getmembers(module, inspect.isclass)
        if found.__module__ == module.__name__ and (parent_class is None or issubclass(found, parent_class))
    ]


class BaseHandler(ABC):
    """initialize, then for each request preprocess, inference, postprocess."""

    def __init__(self):
        self.model = None
        self.mapping = None
        self.device = None
        self.initialized = False
        self.context = None
        self.manifest = None
        self.map_location = None
        self.explain = False

    def initialize(self, context):
        import torch

        self.context = context
        self.manifest = context.manifest
        properties = context.system_properties
        folder = properties.get("model_dir")
        described = self.manifest["model"]
        self.map_location = "cpu"
        self.device = torch.device("cpu")
        weights = os.path.join(folder, described.get("serializedFile", ""))
        if described.get("modelFile"):
            self.model = self._load_pickled_model(folder, described["modelFile"], weights)
        elif os.path.isfile(weights):
            self.model = torch.jit.load(weights, map_location=self.device)
        if self.model is not None:
            self.model.to(self.device)
            self.model.eval()
        names = os.path.join(folder, "index_to_name.json")
        if os.path.isfile(names):
            with open(names, encoding="utf-8") as file:
                self.mapping = json.load(file)
        self.initialized = True

    def _load_pickled_model(self, folder, model_file, weights):
        import torch

        spec = importlib.util.spec_from_file_location("model_file", os.path.join(folder, model_file))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        classes = list_classes_from_module(module, torch.nn.Module)
        if len(classes) != 1:
            raise ValueError(f"{model_file} must define one torch.nn.Module; it defines {len(classes)}")
        model = classes[0]()
        if os.path.isfile(weights):
            model.load_state_dict(torch.load(weights, map_location=self.map_location))
        return model

    def preprocess(self, data):
        import torch

        return torch.as_tensor([row.get("data") or row.get("body") for row in data], device=self.device)

    def inference(self, data, *arguments, **named):
        import torch

        with torch.inference_mode():
            return self.model(data.to(self.device), *arguments, **named)

    def postprocess(self, data):
        return data.tolist()

    def handle(self, data, context):
        self.context = context
        return self.postprocess(self.inference(self.preprocess(data)))
