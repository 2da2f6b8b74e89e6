"""How likely each pixel is tumour, by a patch classifier that is asked everywhere at once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import jax
import keras
import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from brainscan._backend import require_jax
from brainscan._core.checks import check_image, is_one_image
from brainscan._core.images import to_gray, to_rgb
from brainscan._core.types import Image
from brainscan.segment.fully_convolutional import find_stride, fully_convolutional
from brainscan.segment.patches import check_holds_patch

_AT_ONCE = 4_000_000  # pixels of the images that one call of the network looks at


def probability_map(
    model: keras.Model, images: NDArray[Any], step: int = 8
) -> Float32[np.ndarray, "..."]:
    """Return the probability of tumour at each pixel of images larger than the patches.

    The network is run over the whole image, not over its patches (see `fully_convolutional`). At
    every ``step``-th pixel of every ``step``-th row, beginning with the first, the map has the
    score of the patch with that pixel in its middle; between them it is interpolated. A step below
    the network's stride runs it on as many shifts of the image as it takes (Sermanet et al.,
    https://arxiv.org/abs/1312.6229). What a patch sees beyond the border of the image repeats the
    border's pixels, as `cut_patches` has it.

    Args:
        model: a classifier of patches, built with one sigmoid unit and trained; see
            `fully_convolutional` for what its head and scaling may be.
        images: ``(n, height, width, channels)``, or one image, ``(height, width)`` or ``(height,
            width, channels)``; 0 to 255, as they were read. Grey becomes what the model takes.
        step: how many pixels lie between the positions where the network is asked; of the divisors
            of its stride, the largest up to this is taken. Half the step takes four times as long.

    Returns:
        ``(n, height, width)`` in 0 to 1, or ``(height, width)`` for one image.

    Raises:
        TypeError: ``model`` is no functional model.
        ValueError: ``model`` is no such classifier, an image is smaller than a patch or has pixels
            outside 0 to 255, or ``step`` is no positive whole number.
        RuntimeError: Keras does not run on JAX.

    Example:
        >>> import brainscan as bs
        >>> image = bs.datasets.load("phantom", n=2)[0]
        >>> model = bs.models.build("small_cnn", (32, 32, 3), weights=None, head="global_average")
        >>> bs.segment.probability_map(model, image, step=32).shape == image.shape
        True
    """
    require_jax("brainscan.segment.probability_map")
    if not isinstance(step, int) or step < 1:
        raise ValueError(f"step must be a positive whole number of pixels; got {step!r}.")
    network = _network(model)
    if is_one_image(images):
        return _map_of(model, network, images, step)
    return np.stack([_map_of(model, network, image, step) for image in images])


@dataclass
class _Network:
    """What is known of a patch classifier, and what was compiled of it."""

    patch: tuple[int, int]
    channels: int
    stride: int
    compiled: dict[tuple[int, int], "_Compiled"] = field(default_factory=dict)


class _Compiled(NamedTuple):
    dense: keras.Model
    run: Callable[..., Any]


_networks: WeakKeyDictionary[keras.Model, _Network] = WeakKeyDictionary()


def _network(model: keras.Model) -> _Network:
    if model not in _networks:
        stride = find_stride(model)
        if tuple(model.output_shape) != (None, 1):
            raise ValueError(
                "model must end in one sigmoid unit, the probability of tumour; its output is "
                f"{model.output_shape}. Build it with classes=2."
            )
        _, height, width, channels = model.input_shape
        _networks[model] = _Network((height, width), channels, stride)
    return _networks[model]


def _map_of(
    model: keras.Model, network: _Network, image: Image, step: int
) -> Float32[np.ndarray, "h w"]:
    pixels = _as_input(image, network.channels)
    check_holds_patch(pixels, network.patch, "image")
    step = max(d for d in range(1, network.stride + 1) if network.stride % d == 0 and d <= step)
    shifts = network.stride // step
    counts = [_count(side, step, shifts) for side in pixels.shape[:2]]
    size = [side + (n - 1) * network.stride for side, n in zip(network.patch, counts, strict=True)]
    padded = _pad(pixels, network.patch, [side + network.stride - step for side in size])
    corners = [(i * step, j * step) for i in range(shifts) for j in range(shifts)]
    windows = np.stack([padded[i : i + size[0], j : j + size[1]] for i, j in corners])
    scores = _scores(model, network, windows).reshape(shifts, shifts, *counts)
    grid = scores.transpose(2, 0, 3, 1).reshape(shifts * counts[0], shifts * counts[1])
    height, width = pixels.shape[:2]
    return _between(_between(grid, height, step).T, width, step).T


def _count(side: int, step: int, shifts: int) -> int:
    """Return how many positions of each shift reach from the first pixel of a side to its last."""
    positions = 1 + -(-(side - 1) // step)
    return -(-positions // shifts)


def _as_input(image: Any, channels: int) -> Float32[np.ndarray, "h w c"]:
    image = check_image(image)
    if image.min() < 0 or image.max() > 255:
        raise ValueError(
            f"image must have pixels in 0 to 255; got {image.min()} to {image.max()}. "
            "brainscan.preprocess.ToRange255 stretches others."
        )
    pixels = to_rgb(image) if channels == 3 else to_gray(image)[:, :, None]
    return pixels.astype(np.float32)


def _pad(
    pixels: Float32[np.ndarray, "h w c"], patch: tuple[int, int], size: list[int]
) -> Float32[np.ndarray, "hp wp c"]:
    """Repeat the border's pixels: half a patch before the first, as far as needed beyond."""
    before = [side // 2 for side in patch]
    widths = [(b, s - b - n) for b, s, n in zip(before, size, pixels.shape, strict=False)]
    return np.pad(pixels, [*widths, (0, 0)], mode="edge")


def _scores(
    model: keras.Model, network: _Network, images: Float32[np.ndarray, "n h w c"]
) -> Float32[np.ndarray, "n rows columns"]:
    """Return the score at each position of images of one size, a few images at a time."""
    size = images.shape[1], images.shape[2]
    if size not in network.compiled:
        network.compiled[size] = _compile(model, size)
    dense, run = network.compiled[size]
    state = _state(dense, model)
    block = max(1, _AT_ONCE // (size[0] * size[1]))
    blocks = [images[i : i + block] for i in range(0, len(images), block)]
    return np.concatenate([np.asarray(run(state, some))[..., 0] for some in blocks])


def _compile(model: keras.Model, size: tuple[int, int]) -> _Compiled:
    dense = fully_convolutional(model, size)

    def run(state: tuple[list[Any], list[Any]], images: Any) -> Any:
        return dense.stateless_call(*state, images, training=False)[0]

    return _Compiled(dense, jax.jit(run))


def _state(dense: keras.Model, model: keras.Model) -> tuple[list[Any], list[Any]]:
    """Return the values of a network's variables: the model's weights as they are now."""
    now = {id(own): weight for own, weight in zip(dense.weights, model.weights, strict=True)}
    trained, other = (
        [now.get(id(variable), variable).value for variable in variables]
        for variables in (dense.trainable_variables, dense.non_trainable_variables)
    )
    return trained, other


def _between(
    grid: Float32[np.ndarray, "rows columns"], n: int, step: int
) -> Float32[np.ndarray, "n columns"]:
    """Interpolate rows that lie ``step`` pixels apart, linearly, to ``n`` pixels."""
    position = np.arange(n, dtype=np.float32) / np.float32(step)
    below = position.astype(np.int64)
    above = np.minimum(below + 1, len(grid) - 1)
    share = (position - below)[:, None]
    return grid[below] * (1 - share) + grid[above] * share
