"""tritonclient over HTTP against a server: every datatype in every form, compression, description, and exact refusals."""

import sys

import numpy as np
import tritonclient.http as triton
from tensors import EDGES, same, saw
from tritonclient.utils import InferenceServerException

client = triton.InferenceServerClient(sys.argv[1])


def refused(work):
    try:
        work()
    except InferenceServerException as error:
        return [int(error.status()), str(error)]
    return None


def tensor(array, kind, name="x", binary=True):
    made = triton.InferInput(name, array.shape, kind)
    made.set_data_from_numpy(array, binary_data=binary)
    return made


ONES = tensor(np.ones([1, 4], np.float32), "FP32")
saw("health", [client.is_server_live(), client.is_server_ready(), client.is_model_ready("linear"), client.is_model_ready("nope")])
saw("metadata", client.get_model_metadata("linear", "1"))
config = client.get_model_config("linear")
saw("config", [config["input"], config["output"], config["max_batch_size"] > 0])
saw("index", sorted(model["name"] for model in client.get_model_repository_index() if model["state"] == "READY"))

wrong = []
for kind, array in EDGES.items():
    for there in (True, False):
        for back in (True, False):
            for encoding in (None, "gzip", "deflate"):
                if kind == "FP16" and not there:
                    continue  # the client has no such form
                result = client.infer(
                    "echo_" + kind.lower(),
                    [tensor(array, kind, binary=there)],
                    outputs=[triton.InferRequestedOutput("y", binary_data=back)],
                    request_id="mine",
                    request_compression_algorithm=encoding,
                    response_compression_algorithm=encoding,
                )
                got = result.as_numpy("y")
                if kind == "BYTES" and not back:
                    got = np.array([[text if isinstance(text, bytes) else text.encode() for text in row] for row in got], dtype=object)
                if not same(array, got) or result.get_response()["id"] != "mine":
                    wrong.append([kind, there, back, encoding])
saw("wrong", wrong)

large = np.random.rand(16, 1 << 17).astype(np.float32)
saw("8 MB", same(large, client.infer("echo_fp32", [tensor(large, "FP32")]).as_numpy("y")))
classes = client.infer("linear", [ONES], outputs=[triton.InferRequestedOutput("y", class_count=2)]).as_numpy("y")
saw("classes", [[text.decode() for text in row] for row in classes])
saw("schedule", client.infer("linear", [ONES], priority=1, timeout=5_000_000).as_numpy("y").tolist())
saw("statistics", client.get_inference_statistics("linear", "1")["model_stats"][0]["inference_stats"]["success"]["count"] > 0)
saw("refusals", {
    "model": refused(lambda: client.infer("nope", [ONES])),
    "version": refused(lambda: client.infer("linear", [ONES], model_version="9")),
    "name": refused(lambda: client.infer("linear", [tensor(np.ones([1, 4], np.float32), "FP32", "z")])),
    "datatype": refused(lambda: client.infer("linear", [tensor(np.ones([1, 4], np.int32), "INT32")])),
    "shape": refused(lambda: client.infer("linear", [tensor(np.ones([1, 3], np.float32), "FP32")])),
    "output": refused(lambda: client.infer("linear", [ONES], outputs=[triton.InferRequestedOutput("q")])),
    "memory": refused(lambda: client.register_system_shared_memory("a", "/a", 10)),
    "load": refused(lambda: client.load_model("linear")),
})
saw("memory", [client.get_system_shared_memory_status(), client.get_cuda_shared_memory_status()])
