"""TensorFlow Serving's own stubs with TensorFlow's tensors against a server."""

import json
import sys
import urllib.request

import grpc
import numpy as np
import tensorflow as tf
from google.protobuf import json_format
from tensorflow.core.framework import tensor_pb2
from tensorflow_serving.apis import (
    classification_pb2, get_model_metadata_pb2, get_model_status_pb2, inference_pb2, model_service_pb2_grpc,
    predict_pb2, prediction_service_pb2_grpc, regression_pb2,
)
from tensors import EDGES, same, saw

channel = grpc.insecure_channel(sys.argv[1], options=[("grpc.max_receive_message_length", -1)])
stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
models = model_service_pb2_grpc.ModelServiceStub(channel)


def request(model, **tensors):
    made = predict_pb2.PredictRequest()
    made.model_spec.name = model
    for name, value in tensors.items():
        made.inputs[name].CopyFrom(value if isinstance(value, tensor_pb2.TensorProto) else tf.make_tensor_proto(value))
    return made


def refused(work):
    try:
        work()
    except grpc.RpcError as error:
        return [error.code().name, error.details()]
    return None


FIELDS = {"FP32": "float_val", "FP64": "double_val", "INT64": "int64_val", "UINT64": "uint64_val", "UINT32": "uint32_val",
          "BOOL": "bool_val", "BYTES": "string_val", "FP16": "half_val"}


def typed(kind, array):
    proto = tf.make_tensor_proto(array)
    content = array.view(np.uint16) if kind == "FP16" else array
    for field in ("tensor_content", *FIELDS.values(), "int_val"):
        proto.ClearField(field)
    getattr(proto, FIELDS.get(kind, "int_val")).extend(content.ravel().tolist())
    return proto


wrong = []
for kind, array in EDGES.items():
    for proto in (tf.make_tensor_proto(array), typed(kind, array)):
        got = tf.make_ndarray(stub.Predict(request("echo_" + kind.lower(), x=proto)).outputs["y"])
        if not same(array, got):
            wrong.append(kind)
saw("wrong", wrong)
large = np.random.rand(4, 1 << 19).astype(np.float32)
saw("8 MB", same(large, tf.make_ndarray(stub.Predict(request("echo_fp32", x=large)).outputs["y"])))

asked = request("two", a=[[1.0, 2.0]], b=[[3.0, 4.0]])
asked.model_spec.version.value = 1
asked.output_filter.append("sum")
answer = stub.Predict(asked)
saw("predict", [{name: list(tensor.float_val) for name, tensor in answer.outputs.items()}, answer.model_spec.version.value])

status = get_model_status_pb2.GetModelStatusRequest()
status.model_spec.name = "linear"
saw("status", [[found.version, found.state] for found in models.GetModelStatus(status).model_version_status])
metadata = get_model_metadata_pb2.GetModelMetadataRequest()
metadata.model_spec.name = "linear"
metadata.metadata_field.append("signature_def")
signature = get_model_metadata_pb2.SignatureDefMap()
stub.GetModelMetadata(metadata).metadata["signature_def"].Unpack(signature)
saw("signature", [dim.size for dim in signature.signature_def["serving_default"].inputs["x"].tensor_shape.dim])
with urllib.request.urlopen(f"http://{sys.argv[2]}/v1/models/linear/metadata") as body:
    text = json.dumps(json.load(body)["metadata"]["signature_def"])
strict = json_format.Parse(text, get_model_metadata_pb2.SignatureDefMap())
saw("strict JSON", list(strict.signature_def))


def example(*values):
    return tf.train.Example(features=tf.train.Features(feature={"x": tf.train.Feature(float_list=tf.train.FloatList(value=values))}))


classify = classification_pb2.ClassificationRequest()
classify.model_spec.name = "linear"
classify.input.example_list.examples.append(example(1, 1, 1, 1))
saw("classify", [[found.label, found.score] for found in stub.Classify(classify).result.classifications[0].classes])
regress = regression_pb2.RegressionRequest()
regress.model_spec.name = "echo_fp32"
regress.input.example_list.examples.append(example(2.5))
saw("regress", [found.value for found in stub.Regress(regress).result.regressions])
saw("refusals", {
    "model": refused(lambda: stub.Predict(request("nope"))),
    "missing": refused(lambda: stub.Predict(request("linear"))),
    "dtype": refused(lambda: stub.Predict(request("linear", x=[[1, 2, 3, 4]]))),
    "several": refused(lambda: stub.MultiInference(inference_pb2.MultiInferenceRequest())),
})
