"""What turns a backbone's feature maps into a fine one for a mask, by name."""

from collections.abc import Callable, Sequence
from typing import Any

import keras

from brainscan._core.registry import Registry

Tensor = keras.KerasTensor
Decoder = Callable[[Sequence[Tensor]], Tensor]

decoders: Registry[Decoder] = Registry("decoder")
"""The decoders by name.

Each is a function from the last feature map of each resolution, fine to coarse, to one feature map
of whatever resolution; a 1x1 convolution and a resizing turn it into the mask.
"""

MEMORY = 0.9
"""Momentum of batch norm's running moments: short, so that a few hundred steps settle them."""

_FINEST, _WIDEST = 32, 256  # features at a half of the image's resolution, and at most
_LOW_LEVEL = 48
_DILATIONS = (1, 2, 3)


@decoders.register("unet")
def unet(maps: Sequence[Tensor]) -> Tensor:
    """U-Net: coarse to fine, each map joined to the one below it.

    Ronneberger et al., doi:10.1007/978-3-319-24574-4_28. The backbone's maps are wide, so a 1x1
    convolution narrows each before it is joined.
    """
    *finer, x = maps
    x = _convolve(x, _width(len(finer) + 1), 1, "bottom")
    for level in range(len(finer), 0, -1):
        skip = finer[level - 1]
        x = _join([x, _convolve(skip, _width(level), 1, f"skip{level}")], skip, f"level{level}")
    return x


@decoders.register("unet_plus_plus")
def unet_plus_plus(maps: Sequence[Tensor]) -> Tensor:
    """U-Net++: every map is refined by those below, step by step (doi:10.1109/TMI.2019.2959609)."""
    rows = [
        [_convolve(features, _width(level), 1, f"skip{level}")]
        for level, features in enumerate(maps, start=1)
    ]
    for step in range(1, len(maps)):
        for level in range(len(maps) - step):
            below = rows[level + 1][step - 1]
            rows[level].append(
                _join(
                    [below, *rows[level]], rows[level][0], f"level{level + 1}_{step}", twice=False
                )
            )
    return rows[0][-1]


@decoders.register("deeplab_v3_plus")
def deeplab_v3_plus(maps: Sequence[Tensor]) -> Tensor:
    """DeepLabV3+: the coarsest map seen at several dilations, joined to one of a quarter.

    Chen et al., doi:10.1007/978-3-030-01234-2_49. The dilations are those of the paper (6, 12, 18
    on maps of 33 pixels), for the smaller maps of smaller images.
    """
    deep, low = maps[-1], maps[min(1, len(maps) - 1)]
    width = _WIDEST
    seen = [_convolve(deep, width, 1, "seen0")]
    for dilation in _DILATIONS:
        name = f"seen{dilation}"
        spread: Any = keras.layers.DepthwiseConv2D(
            3, padding="same", dilation_rate=dilation, use_bias=False, name=f"{name}_depthwise"
        )(deep)
        seen.append(_convolve(spread, width, 1, name))
    whole: Any = keras.layers.GlobalAveragePooling2D(keepdims=True, name="whole_pool")(deep)
    # Batch norm of one pixel an image would see little; a bias will do.
    whole = keras.layers.Conv2D(width, 1, activation="relu", name="whole")(whole)
    seen.append(enlarge(whole, deep))
    x = _convolve(keras.layers.Concatenate(name="seen")(seen), width, 1, "bottom")
    x = keras.layers.Dropout(0.1, name="bottom_dropout")(x)
    return _join([x, _convolve(low, _LOW_LEVEL, 1, "skip2")], low, "level2")


def enlarge(features: Tensor, like: Tensor) -> Tensor:
    """Resize a map bilinearly to the rows and columns of another."""
    return resize(features, like.shape[1:3])


def resize(features: Tensor, size: tuple[int, int], **settings: Any) -> Tensor:
    """Resize a map bilinearly, if it is not of this size already."""
    if features.shape[1:3] == tuple(size):
        return features
    layer = keras.layers.Resizing(*size, interpolation="bilinear", **settings)
    # Said, since the layer's own default is True, and what follows it would train along.
    resized: Any = layer(features, training=False)
    return resized


def _join(maps: Sequence[Tensor], like: Tensor, name: str, twice: bool = True) -> Tensor:
    """Bring maps to one size, put them together, and convolve once or twice."""
    joined: Any = keras.layers.Concatenate(name=f"{name}_join")([enlarge(m, like) for m in maps])
    width = min(int(m.shape[-1]) for m in maps)
    x = _convolve(joined, width, 3, f"{name}_first")
    return _convolve(x, width, 3, f"{name}_second") if twice else x


def _convolve(x: Tensor, filters: int, kernel: int, name: str) -> Tensor:
    """Convolve, normalise, cut at 0."""
    convolved: Any = keras.layers.Conv2D(
        filters,
        kernel,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=f"{name}_convolution",
    )(x)
    # Batch norm, as the backbones have: on a CPU a group norm takes several times as long, and
    # batch norm is folded into the convolution where a trained model only answers.
    normed: Any = keras.layers.BatchNormalization(momentum=MEMORY, name=f"{name}_norm")(convolved)
    cut: Any = keras.layers.ReLU(name=f"{name}_relu")(normed)
    return cut


def _width(level: int) -> int:
    """Return the features at a resolution, by how often it was halved."""
    return min(_WIDEST, _FINEST << (level - 1))
