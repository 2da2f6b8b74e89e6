"""How a model turns raw 0-255 images into what its backbone expects, once, inside the model."""

from typing import Any

import keras

from brainscan._core.registry import Registry

scalings: Registry[Any] = Registry("scaling")
"""The input scalings by name: functions that return a layer over raw images in 0 to 255."""


@keras.saving.register_keras_serializable(package="brainscan")
class Standardization(keras.layers.Layer):
    """Give each image mean 0 and standard deviation 1, as the paper does.

    The moments are taken over all pixels and channels of one image. A constant image becomes 0.
    """

    def call(self, images: Any) -> Any:
        """Standardise ``(n, height, width, channels)`` images one by one."""
        images = keras.ops.cast(images, self.compute_dtype)
        mean = keras.ops.mean(images, axis=(1, 2, 3), keepdims=True)
        deviation = keras.ops.std(images, axis=(1, 2, 3), keepdims=True)
        return (images - mean) / keras.ops.maximum(deviation, 1e-6)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the input's shape."""
        return input_shape


@scalings.register("none")
def _none() -> keras.layers.Layer:
    return keras.layers.Rescaling(1.0, name="scaling")


@scalings.register("unit")
def _unit() -> keras.layers.Layer:
    return keras.layers.Rescaling(1 / 255, name="scaling")


@scalings.register("symmetric")
def _symmetric() -> keras.layers.Layer:
    return keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="scaling")


@scalings.register("symmetric_128")
def _symmetric_128() -> keras.layers.Layer:
    return keras.layers.Rescaling(1 / 128, offset=-1.0, name="scaling")


@scalings.register("standardized")
def _standardized() -> keras.layers.Layer:
    return Standardization(name="scaling")
