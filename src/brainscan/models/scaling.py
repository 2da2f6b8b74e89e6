"""How a model turns raw 0-255 images into what its backbone expects, once, inside the model."""

from typing import Any

import keras

from brainscan._core.registry import Registry

scalings: Registry[Any] = Registry("scaling")
"""The input scalings by name: functions that return a layer over raw images in 0 to 255.

They are layers of Keras itself, so that a saved model loads wherever Keras is.
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
