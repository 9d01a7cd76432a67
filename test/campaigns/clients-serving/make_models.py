"""Writes ONNX models into a folder: one that gives back its input for each datatype, a linear one, and one of two inputs."""

import os
import sys

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)


def write(name, nodes, inputs, outputs, weights=()):
    graph = h.make_graph(nodes, name, inputs, outputs, list(weights))
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, os.path.join(folder, name + ".onnx"))


def value(name, kind, *shape):
    return h.make_tensor_value_info(name, kind, list(shape))


KINDS = {
    "bool": T.BOOL, "uint8": T.UINT8, "uint16": T.UINT16, "uint32": T.UINT32, "uint64": T.UINT64,
    "int8": T.INT8, "int16": T.INT16, "int32": T.INT32, "int64": T.INT64,
    "fp16": T.FLOAT16, "fp32": T.FLOAT, "fp64": T.DOUBLE, "bytes": T.STRING,
}
for name, kind in KINDS.items():
    write("echo_" + name, [h.make_node("Identity", ["x"], ["y"])], [value("x", kind, None, None)], [value("y", kind, None, None)])

weights = h.make_tensor("w", T.FLOAT, [4, 3], np.arange(12, dtype=np.float32))
write("linear", [h.make_node("MatMul", ["x", "w"], ["y"])], [value("x", T.FLOAT, None, 4)], [value("y", T.FLOAT, None, 3)], [weights])
two = [value("a", T.FLOAT, None, 2), value("b", T.FLOAT, None, 2)]
nodes = [h.make_node("Add", ["a", "b"], ["sum"]), h.make_node("Sub", ["a", "b"], ["difference"])]
write("two", nodes, two, [value("sum", T.FLOAT, None, 2), value("difference", T.FLOAT, None, 2)])
