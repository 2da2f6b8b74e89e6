"""How a model turns raw 0-255 images into what its backbone expects, once, inside the model."""

from collections.abc import Callable
from typing import Any

import keras

from brainscan._core.registry import Registry

scalings: Registry[Any] = Registry("scaling")
"""The input scalings by name: functions that return what scales raw images in 0 to 255.

It is made of layers of Keras itself, so that a saved model can load wherever Keras is.
"""


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


@scalings.register("symmetric_127")
def _symmetric_127() -> keras.layers.Layer:
    return keras.layers.Rescaling(1 / 128, offset=-127 / 128, name="scaling")


@scalings.register("torch")
def _torch() -> keras.layers.Layer:
    """Each channel less ImageNet's mean, over its standard deviation."""
    mean = [255 * value for value in (0.485, 0.456, 0.406)]
    variance = [(255 * value) ** 2 for value in (0.229, 0.224, 0.225)]
    return keras.layers.Normalization(mean=mean, variance=variance, name="scaling")


@scalings.register("caffe")
def _caffe() -> Callable[[Any], Any]:
    """Blue first, each channel less ImageNet's mean."""
    less_mean = keras.layers.Normalization(
        mean=[103.939, 116.779, 123.68], variance=[1.0, 1.0, 1.0], name="scaling"
    )

    def scale(image: Any) -> Any:
        return less_mean(keras.ops.flip(image, axis=-1))

    return scale


@scalings.register("standardized")
def _standardized() -> keras.layers.Layer:
    """Mean 0 and standard deviation 1 over all pixels and channels of an image, as the paper."""
    return keras.layers.LayerNormalization(
        axis=[1, 2, 3],  # pyright: ignore[reportArgumentType]  Keras documents it so
        epsilon=1e-3,
        center=False,
        scale=False,
        name="scaling",
    )
