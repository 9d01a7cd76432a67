"""KServe's Python server around the iris model."""

import numpy
from kserve import InferOutput, InferResponse, Model, ModelServer

from iris_model import train


class Iris(Model):
    def __init__(self):
        super().__init__("iris")
        self.model = train()
        self.ready = True

    def load(self):
        return True

    async def predict(self, payload, headers=None, response_headers=None):
        rows = payload.inputs[0].as_numpy()
        values = self.model.predict_proba(rows)
        output = InferOutput("probabilities", list(values.shape), "FP64", values.flatten().tolist())
        return InferResponse(payload.id or "1", self.name, [output])


if __name__ == "__main__":
    ModelServer(workers=1, enable_docs_url=False).start([Iris()])
