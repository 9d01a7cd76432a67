"""tritonclient over gRPC against a server, with the standard health and reflection clients."""

import sys

import grpc
import numpy as np
import tritonclient.grpc as triton
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from tensors import EDGES, same, saw
from tritonclient.utils import InferenceServerException

client = triton.InferenceServerClient(sys.argv[1])


def refused(work):
    try:
        work()
    except InferenceServerException as error:
        return [error.status(), error.message()]
    return None


def tensor(array, kind, name="x"):
    made = triton.InferInput(name, array.shape, kind)
    made.set_data_from_numpy(array)
    return made


ONES = tensor(np.ones([1, 4], np.float32), "FP32")
saw("health", [client.is_server_live(), client.is_server_ready(), client.is_model_ready("linear")])
saw("metadata", client.get_model_metadata("linear", as_json=True))
saw("config", client.get_model_config("linear", as_json=True)["config"]["input"])
saw("statistics", client.get_inference_statistics("linear", as_json=True)["model_stats"][0]["name"])

edges = dict(EDGES, BYTES=np.array([["ä".encode(), b"plain"]], dtype=object))
wrong = []
for kind, array in edges.items():
    for encoding in (None, "gzip", "deflate"):
        result = client.infer("echo_" + kind.lower(), [tensor(array, kind)], request_id="mine", compression_algorithm=encoding)
        if not same(array, result.as_numpy("y")) or result.get_response().id != "mine":
            wrong.append([kind, encoding])
saw("wrong", wrong)
large = np.random.rand(16, 1 << 17).astype(np.float32)
saw("8 MB", [same(large, client.infer("echo_fp32", [tensor(large, "FP32")], compression_algorithm=how).as_numpy("y")) for how in (None, "gzip")])
saw("refusals", {
    "model": refused(lambda: client.infer("nope", [ONES])),
    "name": refused(lambda: client.infer("linear", [tensor(np.ones([1, 4], np.float32), "FP32", "z")])),
    "shape": refused(lambda: client.infer("linear", [tensor(np.ones([1, 3], np.float32), "FP32")])),
    "memory": refused(lambda: client.register_system_shared_memory("a", "/a", 10)),
})

answers = []
client.start_stream(callback=lambda result, error: answers.append("no" if error else result.get_response().id))
for number in range(500):
    client.async_stream_infer("nope" if number == 3 else "linear", [ONES], request_id=str(number))
client.stop_stream()
saw("stream", answers == ["no" if number == 3 else str(number) for number in range(500)])

channel = grpc.insecure_channel(sys.argv[1])
health = health_pb2_grpc.HealthStub(channel)
saw("standard health", [health.Check(health_pb2.HealthCheckRequest(service=name)).status for name in ("", "linear")])
watch = health.Watch(health_pb2.HealthCheckRequest())
saw("watch", next(watch).status)
watch.cancel()
database = ProtoReflectionDescriptorDatabase(channel)
pool = DescriptorPool(database)
saw("services", {name: len(pool.FindServiceByName(name).methods) for name in database.get_services()})
