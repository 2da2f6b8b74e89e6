"""Pooling as ONNX can have it from JAX: the converter takes the axes of images for more windows."""

from functools import reduce
from typing import Any

import jax.numpy as jnp
import keras

from brainscan.models.window import Window, taps


class _MaxPooling2D(keras.layers.MaxPooling2D):
    """The largest of what each tap of the window sees."""

    def call(self, inputs: Any) -> Any:
        """Return the largest value of each window."""
        return reduce(jnp.maximum, _taps(self, inputs, -jnp.inf))


class _AveragePooling2D(keras.layers.AveragePooling2D):
    """The mean of what each tap of the window sees, of those inside the image."""

    def call(self, inputs: Any) -> Any:
        """Return the mean of each window."""
        inside = jnp.ones((1, *inputs.shape[1:3], 1), inputs.dtype)
        return sum(_taps(self, inputs, 0)) / sum(_taps(self, inside, 0))


_OURS: dict[type, type] = {
    keras.layers.MaxPooling2D: _MaxPooling2D,
    keras.layers.AveragePooling2D: _AveragePooling2D,
}


def pool_by_taps(model: keras.Model) -> None:
    """Make the pooling layers of a model, and of those inside it, add up taps; in place."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            pool_by_taps(layer)
        elif type(layer) in _OURS and layer.data_format == "channels_last":
            object.__setattr__(layer, "__class__", _OURS[type(layer)])


def _taps(layer: Any, inputs: Any, fill: float) -> list[Any]:
    window = Window(tuple(layer.strides), layer.padding)
    return list(taps(inputs, tuple(layer.pool_size), window, fill))
