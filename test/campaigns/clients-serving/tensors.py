"""A tensor for each datatype, with values at the edges of its range; and how scripts say what they saw."""

import json

import numpy as np

EDGES = {
    "BOOL": np.array([[True, False]]),
    "UINT8": np.array([[255, 0]], np.uint8),
    "UINT16": np.array([[65535, 0]], np.uint16),
    "UINT32": np.array([[2**32 - 1, 0]], np.uint32),
    "UINT64": np.array([[2**64 - 1, 2**53 + 1]], np.uint64),
    "INT8": np.array([[-128, 127]], np.int8),
    "INT16": np.array([[-32768, 32767]], np.int16),
    "INT32": np.array([[-(2**31), 2**31 - 1]], np.int32),
    "INT64": np.array([[-(2**63), 2**53 + 1]], np.int64),
    "FP16": np.array([[1.5, -0.1]], np.float16),
    "FP32": np.array([[1.5, 1e-38]], np.float32),
    "FP64": np.array([[1e300, -0.1]], np.float64),
    "BYTES": np.array([["ä".encode(), b"plain"]], dtype=object),
}


def saw(what, value):
    print(json.dumps({"what": what, "value": value}))


def same(one, other):
    return one.dtype == other.dtype and np.array_equal(one, other)
