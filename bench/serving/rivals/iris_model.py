"""Trains the iris model that rivals serve: iris_model.py PATH [mlflow]."""

import sys

import joblib
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression


def train():
    x, y = load_iris(return_X_y=True)
    return LogisticRegression(max_iter=1000).fit(x, y)


if __name__ == "__main__":
    path = sys.argv[1]
    if sys.argv[2:] == ["mlflow"]:
        import mlflow.sklearn

        mlflow.sklearn.save_model(train(), path)
    else:
        joblib.dump(train(), path)
