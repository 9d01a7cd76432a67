"""Pickle and joblib files of estimators."""

import os
import pickle

from .estimator import model_of
from .model import ModelUnusable


def load_pickled(path):
    return model_of(unpickle(path), None, None)


def unpickle(path):
    name = os.path.basename(path)
    try:
        native = booster_of(path)
        if native is not None:
            return native
        if path.endswith(".joblib") or not is_pickle(path):
            import joblib

            return joblib.load(path)
        with open(path, "rb") as file:
            return pickle.load(file)
    except ModuleNotFoundError as error:
        raise ModelUnusable(
            f"{name} needs the Python package {error.name}, which its environment lacks. "
            "Name it in the model's requirements, or give an interpreter that has it with --serving-python."
        ) from error
    except AttributeError as error:
        # joblib files are often called .pkl, and a pickle of joblib's wrappers fails in its own way.
        try:
            import joblib

            return joblib.load(path)
        except Exception:
            raise ModelUnusable(
                f"{name} cannot be unpickled: {error}. It was made with other versions or with code that is not here; log it with "
                "MLflow (code_paths) or export it to ONNX."
            ) from error
    except ModelUnusable:
        raise
    except Exception as error:
        raise ModelUnusable(f"{name} cannot be unpickled: {type(error).__name__}: {error}") from error


def booster_of(path):
    """XGBoost's and LightGBM's own files: JSON, UBJSON, or LightGBM's text. None for anything else."""
    with open(path, "rb") as file:
        head = file.read(5)
    if head.startswith(b"tree"):
        import lightgbm

        return lightgbm.Booster(model_file=path)
    if path.endswith((".json", ".ubj", ".xgb", ".bst", ".model")) and head[:1] == b"{":
        import xgboost

        return xgboost.Booster(model_file=path)
    return None


def is_pickle(path):
    """Protocol 2 and later begin so; joblib's compressed files do not, and its plain ones hold arrays in between."""
    with open(path, "rb") as file:
        head = file.read(4096)
    return head[:1] == b"\x80" and b"joblib" not in head
