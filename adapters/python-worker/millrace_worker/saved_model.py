"""TensorFlow SavedModel folders, where TensorFlow is in the environment."""

import os

import numpy as np

from .model import Model, ModelUnusable
from .wire import DATATYPES, Spec


def load_saved_model(path):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        import tensorflow as tf
    except ModuleNotFoundError as error:
        raise ModelUnusable(
            f"a SavedModel needs the Python package {error.name}, which the environment lacks; "
            "give an interpreter with TensorFlow by --serving-python, or convert the model to ONNX with tf2onnx"
        ) from error
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    loaded = tf.saved_model.load(path)
    signatures = loaded.signatures
    name = "serving_default" if "serving_default" in signatures else next(iter(signatures), None)
    if name is None:
        raise ModelUnusable("the SavedModel has no signature; save it with signatures={'serving_default': …}")
    function = signatures[name]
    inputs = [spec_of(key, spec) for key, spec in sorted(function.structured_input_signature[1].items())]
    outputs = [spec_of(key, spec) for key, spec in sorted(function.structured_outputs.items())]

    def compute(arrays):
        given = function(**{spec.name: tensor_of(tf, spec, array) for spec, array in zip(inputs, arrays)})
        return [given[spec.name].numpy() for spec in outputs]

    model = Model("tensorflow_savedmodel", inputs, outputs, compute)
    model.loaded = loaded  # the function holds no reference to its variables
    return model


def spec_of(name, spec):
    dtype = spec.dtype.as_numpy_dtype
    datatype = "BYTES" if dtype is object else DATATYPES.get(np.dtype(dtype))
    if datatype is None:
        raise ModelUnusable(f'the tensor "{name}" has the type {spec.dtype.name}, which no protocol carries')
    if spec.shape.rank is None:
        raise ModelUnusable(f'the tensor "{name}" has no fixed number of dimensions; save the model with a shape')
    return Spec(name, datatype, [-1 if size is None else size for size in spec.shape.as_list()])


def tensor_of(tf, spec, array):
    if spec.dtype is None:
        return tf.constant([str(text).encode() for text in array.reshape(-1)], shape=array.shape, dtype=tf.string)
    return tf.constant(array)
