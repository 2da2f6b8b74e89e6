"""What stands on a backbone's feature maps, by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import keras

from brainscan._core.registry import Registry


@dataclass(frozen=True)
class Head:
    """What stands between a backbone and the output layer.

    Args:
        make: a function from the backbone's feature map ``(n, rows, columns, features)`` to what
            the output layer stands on, ``(n, d)``.
        stages: whether ``make`` takes the last map of each resolution, fine to coarse, instead.
    """

    make: Callable[..., keras.KerasTensor]
    stages: bool = False


heads: Registry[Head] = Registry("head")
"""The heads by name: `Head` records."""

_Make = TypeVar("_Make", bound=Callable[..., keras.KerasTensor])


def _head(name: str, stages: bool = False) -> Callable[[_Make], _Make]:
    def decorate(make: _Make) -> _Make:
        heads.add(name, Head(make, stages))
        return make

    return decorate


@_head("paper")
def paper(features: keras.KerasTensor) -> keras.KerasTensor:
    """Flatten, Dense 1024 with ReLU, Dropout 0.2: the head of the paper."""
    x = keras.layers.Flatten(name="flatten")(features)
    x = keras.layers.Dense(1024, activation="relu", name="dense")(x)
    return keras.layers.Dropout(0.2, name="dropout")(x)


@_head("global_average")
def global_average(features: keras.KerasTensor) -> keras.KerasTensor:
    """Global average pooling and Dropout 0.2: few parameters, for few images."""
    x = keras.layers.GlobalAveragePooling2D(name="pool")(features)
    return keras.layers.Dropout(0.2, name="dropout")(x)


@_head("global_max")
def global_max(features: keras.KerasTensor) -> keras.KerasTensor:
    """Global max pooling and Dropout 0.2: a small sign anywhere in the image counts in full."""
    x = keras.layers.GlobalMaxPooling2D(name="pool")(features)
    return keras.layers.Dropout(0.2, name="dropout")(x)


@_head("small_dense")
def small_dense(features: keras.KerasTensor) -> keras.KerasTensor:
    """Global average pooling, Dense 128 with ReLU, Dropout 0.2."""
    x = keras.layers.GlobalAveragePooling2D(name="pool")(features)
    x = keras.layers.Dense(128, activation="relu", name="dense")(x)
    return keras.layers.Dropout(0.2, name="dropout")(x)


@_head("stages", stages=True)
def stages(maps: list[keras.KerasTensor]) -> keras.KerasTensor:
    """Mean, maximum and standard deviation of every feature of the last map of each resolution.

    Fine maps see small signs, coarse ones whole structures. It has no weights, and many numbers:
    for a last layer that is held down, see `brainscan.train.Recipe`.
    """
    pooled: list[Any] = []
    for features in maps:
        pooled.append(keras.ops.mean(features, axis=(1, 2)))
        pooled.append(keras.ops.max(features, axis=(1, 2)))
        variance = keras.ops.var(features, axis=(1, 2))
        pooled.append(keras.ops.sqrt(variance + 1e-6))  # its slope at 0 is infinite
    joined: Any = keras.layers.Concatenate(name="pool")(pooled)
    return joined


def output(features: keras.KerasTensor, classes: int) -> keras.KerasTensor:
    """One sigmoid unit for two classes, softmax for more; always float32."""
    units, activation = (1, "sigmoid") if classes == 2 else (classes, "softmax")
    return keras.layers.Dense(units, activation=activation, dtype="float32", name="score")(features)
