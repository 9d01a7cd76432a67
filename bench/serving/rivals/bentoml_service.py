"""A BentoML service around the iris model."""

import bentoml
import numpy

from iris_model import train


@bentoml.service(workers=1, traffic={"timeout": 30})
class Iris:
    def __init__(self):
        self.model = train()

    @bentoml.api
    async def predict(self, rows: list[list[float]]) -> list[list[float]]:
        return self.model.predict_proba(numpy.asarray(rows, numpy.float32)).tolist()
