"""Makes the model of a run a version of "rain-tomorrow", with MLflow's client. Prints its number.

    MLFLOW_TRACKING_URI=http://127.0.0.1:7400 python register.py RUN-ID
"""

import sys

import mlflow

print(mlflow.register_model(f"runs:/{sys.argv[1]}/model", "rain-tomorrow").version)
