"""KServe's own clients, REST of both versions and gRPC, against a server."""

import asyncio
import sys

import numpy as np
from kserve import InferInput, InferRequest, InferenceGRPCClient, InferenceRESTClient
from kserve.inference_client import RESTConfig
from tensors import EDGES, same, saw

http, grpc = f"http://{sys.argv[1]}", sys.argv[2]


def request(model, array, kind, binary):
    made = InferInput("x", list(array.shape), kind)
    made.set_data_from_numpy(array, binary_data=binary)
    return InferRequest(model_name=model, infer_inputs=[made])


async def main():
    ones = np.ones([1, 4], np.float32)
    v1 = InferenceRESTClient(RESTConfig(protocol="v1"))
    saw("v1", [await v1.is_model_ready(http, "linear"), await v1.infer(http, {"instances": [[1, 1, 1, 1]]}, model_name="linear")])
    v2 = InferenceRESTClient(RESTConfig(protocol="v2"))
    ready = [await v2.is_server_live(http), await v2.is_server_ready(http), await v2.is_model_ready(http, "linear")]
    forms = [await v2.infer(http, request("linear", ones, "FP32", binary), model_name="linear") for binary in (False, True)]
    saw("v2", [ready, [answer.outputs[0].as_numpy().tolist() for answer in forms]])
    client = InferenceGRPCClient(grpc)
    saw("grpc", [await client.is_server_live(), await client.is_server_ready(), await client.is_model_ready("linear")])
    wrong = []
    for kind, array in EDGES.items():
        for binary in (False, True):
            if kind == "FP16" and not binary:
                continue  # it has no typed form
            answer = await client.infer(request("echo_" + kind.lower(), array, kind, binary))
            if not same(array, answer.outputs[0].as_numpy()):
                wrong.append([kind, binary])
    saw("wrong", wrong)


asyncio.run(main())
