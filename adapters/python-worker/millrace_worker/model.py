"""A loaded model as the loop sees it."""

import numpy as np

from .wire import DATATYPES, Spec


class ModelUnusable(Exception):
    """Why a model cannot be served: a sentence for the person who deploys it."""


class InputMistake(Exception):
    """The caller sent what this model cannot take."""


class Answer:
    """A model's own answer: bytes, or an iterable of pieces."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body


class Model:
    """`compute` takes and gives arrays in the order of the specs; `invoke` answers raw requests. Either may be missing."""

    def __init__(self, platform, inputs=(), outputs=(), compute=None, invoke=None):
        self.platform = platform
        self.inputs = list(inputs)
        self.outputs = list(outputs)
        self._compute = compute
        self.invoke = invoke

    def as_json(self):
        return {
            "platform": self.platform,
            "inputs": [spec.as_json() for spec in self.inputs],
            "outputs": [spec.as_json() for spec in self.outputs],
            "raw": self.invoke is not None,
        }

    def predict(self, arrays):
        given = self._compute(arrays)
        if len(given) != len(self.outputs):
            raise ValueError(f"the model gave {len(given)} outputs, {len(self.outputs)} when it was loaded")
        return [fitted(spec, array) for spec, array in zip(self.outputs, given)]


def fitted(spec, array):
    """The array in the datatype that was promised; a shape that was not promised is an error of the model."""
    if spec.dtype is None:
        array = texts(array)
    elif array.dtype != spec.dtype:
        array = array.astype(spec.dtype)
    if array.ndim != len(spec.shape) or any(
        size not in (-1, have) for size, have in zip(spec.shape, array.shape)
    ):
        raise ValueError(
            f'the model gave "{spec.name}" in the shape {list(array.shape)}; it had {list(spec.shape)} when it was loaded'
        )
    return array


def texts(array):
    """An array of objects as texts; what is no text is given as JSON."""
    import json

    def text(value):
        if isinstance(value, str):
            return value
        if isinstance(value, bytes):
            return value.decode("utf-8", "replace")
        if isinstance(value, (dict, list, tuple)):
            return json.dumps(value, default=str)
        return str(value)

    out = np.empty(array.shape, dtype=object)
    flat, source = out.reshape(-1), array.reshape(-1)
    for index in range(len(source)):
        flat[index] = text(source[index])
    return out


def spec_of(name, array, rows):
    """What an output looked like in the probe; its first dimension varies when it was the number of rows."""
    dtype = array.dtype.newbyteorder("<") if array.dtype.byteorder == ">" else array.dtype
    datatype = DATATYPES.get(dtype, "BYTES")
    shape = list(array.shape)
    if shape and shape[0] == rows:
        shape[0] = -1
    return Spec(name, datatype, shape)


def named_outputs(value):
    """Whatever a model gave, as (name, array): a table's columns, a dictionary's entries, or `predictions`."""
    columns = getattr(value, "columns", None)
    if columns is not None and hasattr(value, "iloc"):
        return [(str(name), plain(value.iloc[:, index])) for index, name in enumerate(columns)]
    if isinstance(value, dict):
        return [(str(name), plain(entry)) for name, entry in value.items()]
    return [("predictions", plain(value))]


def plain(value):
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    if hasattr(value, "toarray") and not isinstance(value, np.ndarray):
        value = value.toarray()
    if isinstance(value, (list, tuple)) and value and isinstance(value[0], (dict, str, bytes)):
        array = np.empty(len(value), dtype=object)
        array[:] = list(value)
        return array
    array = np.asarray(value)
    if array.dtype.kind in "US":
        return array.astype(object)
    if array.dtype.kind == "M":
        return array.astype(str).astype(object)
    return np.atleast_1d(array)
