"""boto3, OpenAI's package and Databricks' SDK, each with a token, against a server with accounts."""

import io
import json
import sys
import warnings

import boto3
import numpy as np
import openai
import requests
from botocore.exceptions import ClientError
from databricks.sdk import WorkspaceClient
from tensors import saw

warnings.filterwarnings("ignore")
http, token = f"http://{sys.argv[1]}", sys.argv[2]
ROW = [5.1, 3.5, 1.4, 0.2]


def sagemaker(key):
    return boto3.client(
        "sagemaker-runtime",
        endpoint_url=http,
        region_name="eu-west-1",
        aws_access_key_id=key,
        aws_secret_access_key="any",
    )


def code_of(call):
    try:
        call()
        return "answered"
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]]


runtime = sagemaker(token)
csv = runtime.invoke_endpoint(EndpointName="matrix", ContentType="text/csv", Body="5.1,3.5,1.4,0.2\n")
saw("sagemaker csv", [csv["Body"].read().decode(), csv["InvokedProductionVariant"], csv["CustomAttributes"][:14]])
packed = io.BytesIO()
np.save(packed, np.array([ROW]))
array = runtime.invoke_endpoint(
    EndpointName="matrix", ContentType="application/x-npy", Accept="application/x-npy", Body=packed.getvalue()
)
saw("sagemaker npy", np.load(io.BytesIO(array["Body"].read())).tolist())
target = runtime.invoke_endpoint(
    EndpointName="iris", TargetModel="matrix.tar.gz", TargetVariant="v1", ContentType="application/json", Body=json.dumps([ROW])
)
saw("sagemaker target", json.loads(target["Body"].read()))
stream = runtime.invoke_endpoint_with_response_stream(
    EndpointName="matrix", ContentType="application/json", Body=json.dumps([ROW])
)
saw("sagemaker stream", b"".join(event["PayloadPart"]["Bytes"] for event in stream["Body"]).decode())
saw(
    "sagemaker refusals",
    {
        "endpoint": code_of(lambda: runtime.invoke_endpoint(EndpointName="nope", Body="1")),
        "model": code_of(
            lambda: runtime.invoke_endpoint(EndpointName="matrix", ContentType="application/json", Body="[[1,2]]")
        ),
        "unknown key": code_of(lambda: sagemaker("AKIAIOSFODNN7EXAMPLE").invoke_endpoint(EndpointName="matrix", Body="1")),
        "unknown token": code_of(lambda: sagemaker("mlr_" + "0" * 64).invoke_endpoint(EndpointName="matrix", Body="1")),
    },
)

workspace = WorkspaceClient(host=http, token=token, auth_type="pat")
saw("databricks", workspace.serving_endpoints.query("matrix", inputs=[ROW]).predictions)
records = [dict(zip(["sl", "sw", "pl", "pw"], ROW))]
saw("databricks records", workspace.serving_endpoints.query("iris", dataframe_records=records).predictions)
saw("databricks endpoint", workspace.serving_endpoints.get("matrix").state.ready.value)

client = openai.OpenAI(base_url=http + "/v1", api_key=token, max_retries=0)
messages = [{"role": "user", "content": "hi"}]
answer = client.chat.completions.create(model="writer", messages=messages)
saw("openai", [answer.choices[0].message.content, answer.model])
pieces = client.chat.completions.create(model="writer", messages=messages, stream=True)
saw("openai stream", [piece.choices[0].delta.content for piece in pieces])
saw("openai embeddings", client.embeddings.create(model="writer", input="x").data[0].embedding)
refusals = {}
for name, asked in {"model": (client, "nope"), "key": (client.with_options(api_key="sk-none"), "writer")}.items():
    try:
        asked[0].chat.completions.create(model=asked[1], messages=messages)
    except openai.APIStatusError as error:
        refusals[name] = type(error).__name__
saw("openai refusals", refusals)

bearer = {"Authorization": f"Bearer {token}"}
text = requests.post(http + "/predictions/upper", data="hello", headers={**bearer, "content-type": "text/plain"})
form = requests.post(http + "/predictions/upper/1.0", files={"data": ("x.txt", b"hello")}, headers=bearer)
saw("torchserve archive", [text.json(), form.json()])
