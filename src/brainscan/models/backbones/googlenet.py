"""GoogLeNet, for which Keras has no constructor, from its paper's Table 1."""

from typing import Any, NamedTuple

import keras

from brainscan.models.backbones.registry import register

Tensor = keras.KerasTensor


class _Inception(NamedTuple):
    """A row of the table: the filters of its four branches."""

    one: int
    three_reduce: int
    three: int
    five_reduce: int
    five: int
    pool: int


_STAGES = {
    "3": (_Inception(64, 96, 128, 16, 32, 32), _Inception(128, 128, 192, 32, 96, 64)),
    "4": (
        _Inception(192, 96, 208, 16, 48, 64),
        _Inception(160, 112, 224, 24, 64, 64),
        _Inception(128, 128, 256, 24, 64, 64),
        _Inception(112, 144, 288, 32, 64, 64),
        _Inception(256, 160, 320, 32, 128, 128),
    ),
    "5": (_Inception(256, 160, 320, 32, 128, 128), _Inception(384, 192, 384, 48, 128, 128)),
}


@keras.saving.register_keras_serializable(package="brainscan")
class LocalResponseNorm(keras.layers.Layer):
    """Divide each value by ``(1 + 1e-4 * the mean of squares of 5 neighbouring channels) ** 0.75``.

    Krizhevsky et al., doi:10.1145/3065386; the mean, and the constants, as Caffe has them.
    """

    def call(self, features: Any) -> Any:
        """Return ``(n, rows, columns, features)``, normalised."""
        channels = features.shape[-1]
        squares = keras.ops.pad(keras.ops.square(features), [[0, 0]] * 3 + [[2, 2]])
        around = sum(squares[..., shift : shift + channels] for shift in range(5))
        return features * (1 + 1e-4 / 5 * around) ** -0.75


@register(
    "googlenet",
    scaling="caffe",
    minimum_size=32,
    citation="Szegedy et al., Going deeper with convolutions, CVPR 2015, "
    "doi:10.1109/CVPR.2015.7298594",
    licence="Apache-2.0; there are no pre-trained weights",
    parameters=5_973_552,
)
def googlenet(input_shape: tuple[int, int, int], weights: str | None) -> keras.Model:
    """Return the network without its top and without the two classifiers that help to train it."""
    if weights is not None:
        raise ValueError(
            f"googlenet has no pre-trained weights here; got weights={weights!r}. "
            "Give weights=None or a file."
        )
    image: Any = keras.Input(input_shape)
    x = _convolve(image, 64, 7, "conv1", stride=2)
    x = LocalResponseNorm(name="norm1")(_pool(x, "pool1"))
    x = _convolve(x, 64, 1, "conv2_reduce")
    x = _convolve(x, 192, 3, "conv2")
    x = LocalResponseNorm(name="norm2")(x)
    for stage, modules in _STAGES.items():
        x = _pool(x, f"pool{int(stage) - 1}")
        for letter, filters in zip("abcde", modules, strict=False):
            x = _inception(x, filters, f"inception{stage}{letter}")
    return keras.Model(image, x)


def _inception(x: Tensor, filters: _Inception, name: str) -> Tensor:
    one = _convolve(x, filters.one, 1, f"{name}_1x1")
    three = _convolve(x, filters.three_reduce, 1, f"{name}_3x3_reduce")
    three = _convolve(three, filters.three, 3, f"{name}_3x3")
    five = _convolve(x, filters.five_reduce, 1, f"{name}_5x5_reduce")
    five = _convolve(five, filters.five, 5, f"{name}_5x5")
    pool = keras.layers.MaxPooling2D(3, strides=1, padding="same", name=f"{name}_pool")(x)
    pool = _convolve(pool, filters.pool, 1, f"{name}_pool_project")
    return keras.layers.Concatenate(name=name)([one, three, five, pool])


def _convolve(x: Tensor, filters: int, size: int, name: str, stride: int = 1) -> Tensor:
    return keras.layers.Conv2D(
        filters,
        size,
        stride,
        padding="same",
        activation="relu",
        kernel_initializer="he_uniform",
        name=name,
    )(x)


def _pool(x: Tensor, name: str) -> Tensor:
    return keras.layers.MaxPooling2D(3, strides=2, padding="same", name=name)(x)
