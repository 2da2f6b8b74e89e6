"""What stands on a backbone's feature map, by name."""

from collections.abc import Callable

import keras

from brainscan._core.registry import Registry

Head = Callable[[keras.KerasTensor], keras.KerasTensor]

heads: Registry[Head] = Registry("head")
"""The heads by name: functions from a feature map to what the output layer stands on."""


@heads.register("paper")
def paper(features: keras.KerasTensor) -> keras.KerasTensor:
    """Flatten, Dense 1024 with ReLU, Dropout 0.2: the head of the paper."""
    x = keras.layers.Flatten(name="flatten")(features)
    x = keras.layers.Dense(1024, activation="relu", name="dense")(x)
    return keras.layers.Dropout(0.2, name="dropout")(x)


@heads.register("global_average")
def global_average(features: keras.KerasTensor) -> keras.KerasTensor:
    """Global average pooling and Dropout 0.2: few parameters, for few images."""
    x = keras.layers.GlobalAveragePooling2D(name="pool")(features)
    return keras.layers.Dropout(0.2, name="dropout")(x)


@heads.register("global_max")
def global_max(features: keras.KerasTensor) -> keras.KerasTensor:
    """Global max pooling and Dropout 0.2: a small sign anywhere in the image counts in full."""
    x = keras.layers.GlobalMaxPooling2D(name="pool")(features)
    return keras.layers.Dropout(0.2, name="dropout")(x)


@heads.register("small_dense")
def small_dense(features: keras.KerasTensor) -> keras.KerasTensor:
    """Global average pooling, Dense 128 with ReLU, Dropout 0.2."""
    x = keras.layers.GlobalAveragePooling2D(name="pool")(features)
    x = keras.layers.Dense(128, activation="relu", name="dense")(x)
    return keras.layers.Dropout(0.2, name="dropout")(x)


def output(features: keras.KerasTensor, classes: int) -> keras.KerasTensor:
    """One sigmoid unit for two classes, softmax for more; always float32."""
    units, activation = (1, "sigmoid") if classes == 2 else (classes, "softmax")
    return keras.layers.Dense(units, activation=activation, dtype="float32", name="score")(features)
