"""Which loader takes a model."""

from .model import ModelUnusable


def load(setup):
    loader = setup["loader"]
    path = setup["path"]
    if loader == "mlflow":
        from .mlflow_folder import load_mlflow

        return load_mlflow(path)
    if loader == "pickle":
        from .pickled import load_pickled

        return load_pickled(path)
    if loader == "torchserve":
        from .torchserve_archive import load_archive

        return load_archive(path, setup["scratch"])
    if loader == "tensorflow":
        from .saved_model import load_saved_model

        return load_saved_model(path)
    if loader == "bentoml":
        from .bentoml_service import load_service

        return load_service(path)
    raise ModelUnusable(f"this worker has no loader {loader}")
