"""From images to a table with one row of features an image."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec
from types import ModuleType
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32, Float64, UInt8

from brainscan._core.checks import check_image, is_one_image
from brainscan._core.images import to_gray, to_uint8
from brainscan._core.threads import THREADS
from brainscan._core.types import Image
from brainscan.features import kernels

Grays: TypeAlias = UInt8[np.ndarray, "n h w"]

_FEW = 8  # images described together in a thread, which shares out what is done once for all
_MOST_IMAGES = 128  # the same on a GPU: 3 MB each
_MOST_PIXELS = 2**22  # of all of them


def describe_each(
    images: Sequence[Image] | Image, describe: Callable[[Grays, str], Float64[np.ndarray, "n d"]]
) -> Float32[np.ndarray, "n d"]:
    """Describe images that may differ in size: a few in each thread, or in batches on a GPU.

    Args:
        images: one image, or a sequence or batch of them; each is turned grey and 8-bit first.
        describe: called with grey images of one size and the name of the first for messages.

    Raises:
        TypeError: what is given is no image and no sequence.
        ValueError: there is no image, or one is not as `check_image` wants it.
    """
    if isinstance(images, str | bytes) or not hasattr(images, "__len__"):
        raise TypeError(
            f"images must be an image or a sequence of images, as arrays; got {images!r:.60}. "
            "brainscan.datasets.load reads files."
        )
    several = [images] if is_one_image(images) else images
    if len(several) == 0:
        raise ValueError("images must hold at least one image; got none.")

    def gray(index: int) -> UInt8[np.ndarray, "_ _"]:
        image = check_image(several[index], f"image {index}")
        return np.ascontiguousarray(to_uint8(to_gray(image)))

    def some(numbers: range) -> list[Float64[np.ndarray, " d"]]:
        rows: list[Float64[np.ndarray, " d"]] = []
        grays: list[UInt8[np.ndarray, "_ _"]] = []
        for number in numbers:
            grays.append(gray(number))
            if number == numbers[-1] or sum(gray.size for gray in grays) > _MOST_PIXELS:
                first = numbers[len(rows)]
                rows += _in_batches(grays, first, describe, fill=False)
                grays = []
        return rows

    with ThreadPoolExecutor(THREADS) as pool:
        if counting() is kernels:
            step = max(1, min(_FEW, len(several) // THREADS))
            numbers = [range(len(several))[i : i + step] for i in range(0, len(several), step)]
            rows = [row for found in pool.map(some, numbers) for row in found]
        else:
            rows = []
            coming = [pool.submit(gray, i) for i in range(len(several))[:_MOST_IMAGES]]
            for first in range(0, len(several), _MOST_IMAGES):
                grays = [image.result() for image in coming]
                # The next are read while these are counted.
                after = range(len(several))[first + _MOST_IMAGES :][:_MOST_IMAGES]
                coming = [pool.submit(gray, i) for i in after]
                rows += _in_batches(grays, first, describe, fill=True)
    return np.stack(rows).astype(np.float32)


def _in_batches(
    grays: list[UInt8[np.ndarray, "_ _"]],
    first: int,
    describe: Callable[[Grays, str], Float64[np.ndarray, "n d"]],
    fill: bool,
) -> list[Float64[np.ndarray, " d"]]:
    """Describe images together that are of one size.

    Args:
        grays: of any sizes.
        first: the number of the first, for messages.
        describe: see `describe_each`.
        fill: bring a batch to a power of two, so that programs for few sizes are compiled.
    """
    rows: dict[int, Float64[np.ndarray, " d"]] = {}
    for shape in dict.fromkeys(gray.shape for gray in grays):
        alike = [i for i, gray in enumerate(grays) if gray.shape == shape]
        most = max(1, min(_MOST_IMAGES, _MOST_PIXELS // grays[alike[0]].size))
        for start in range(0, len(alike), most):
            batch = alike[start : start + most]
            size = min(most, 2 ** (len(batch) - 1).bit_length()) if fill else len(batch)
            filled = np.resize(batch, size)
            table = describe(np.stack([grays[i] for i in filled]), f"image {first + batch[0]}")
            rows |= dict(zip(batch, table, strict=False))
    return [rows[i] for i in range(len(grays))]


@cache
def counting() -> ModuleType:
    """Return what counts here, to the same numbers: `on_gpu` where JAX has one, or `kernels`."""
    if find_spec("jax_plugins") is None:  # without one there is no need to import JAX
        return kernels
    from brainscan.features import on_gpu

    return on_gpu if on_gpu.available() else kernels
