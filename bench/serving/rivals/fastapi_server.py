"""FastAPI as it is usually written around a model: fastapi_server.py onnx|sklearn PORT."""

import sys

import numpy
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from iris_model import train

kind, port = sys.argv[1], int(sys.argv[2])
app = FastAPI()
model = train()

if kind == "onnx":
    import onnxruntime
    from skl2onnx import to_onnx

    proto = to_onnx(model, numpy.zeros((1, 4), numpy.float32), options={"zipmap": False})
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(proto.SerializeToString(), options)
    feed = session.get_inputs()[0].name

    def run(rows):
        return session.run(None, {feed: rows})[1].tolist()

else:

    def run(rows):
        return model.predict_proba(rows).tolist()


class Request(BaseModel):
    rows: list[list[float]]


@app.get("/health")
async def health():
    return {}


@app.post("/predict")
async def predict(request: Request):
    return {"probabilities": run(numpy.asarray(request.rows, numpy.float32))}


uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)
