"""Argument checks for public entry points: what was expected, what came, the mend."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainscan._core.types import Image


def check_size(size: Sequence[int], name: str = "size") -> tuple[int, int]:
    """Return ``size`` as ``(height, width)``, or raise ValueError."""
    values = tuple(size) if isinstance(size, Iterable) else (size,)
    if len(values) != 2 or not all(map(is_whole, values)) or min(values) < 1:
        raise ValueError(f"{name} must be two positive integers (height, width); got {values}.")
    return int(values[0]), int(values[1])


def check_image(image: Any, name: str = "image") -> Image:
    """Return ``image`` as a uint8, uint16 or float32 array of one image, or raise ValueError.

    Booleans become 0 and 255, other integers and floats become float32.
    """
    array = np.asarray(image)
    if array.dtype.kind not in "buif":
        file = " A file is read by brainscan.scans.read." if array.dtype.kind == "U" else ""
        raise ValueError(f"{name} must hold real numbers; got dtype {array.dtype}.{file}")
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise ValueError(
            f"{name} must have shape (height, width) or (height, width, channels) with 1, 3 or 4 "
            f"channels; got {array.shape}. A batch is (n, height, width, channels)."
        )
    if array.size == 0:
        raise ValueError(f"{name} must hold at least one pixel; got shape {array.shape}.")
    return _checked_values(array, name)


def _checked_values(array: NDArray[Any], name: str) -> Image:
    if array.dtype in (np.uint8, np.uint16):
        return array
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    with np.errstate(over="ignore"):  # what is too large becomes infinite and is refused below
        array = array.astype(np.float32)
    bad = int(array.size - np.isfinite(array).sum())
    if bad:
        raise ValueError(
            f"{name} must hold finite pixels; got {bad} that are NaN or infinite. "
            "Replace them (numpy.nan_to_num) or leave the image out."
        )
    return array


def check_seed(seed: Any) -> int:
    """Return a seed of everything random, or raise ValueError."""
    if not is_whole(seed) or not 0 <= seed < 2**32:
        raise ValueError(f"seed must be a whole number from 0 to 2**32 - 1; got {seed!r}.")
    return int(seed)


def check_values(values: Any, name: str) -> tuple[Any, ...]:
    """Return the values of a sequence, or raise TypeError where it is a single one or text."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise TypeError(f"{name} must be a sequence, such as a tuple; got {values!r}.")
    return tuple(values)


def is_whole(value: Any) -> bool:
    """Whether this is a whole number, of Python's or NumPy's integers, and no boolean."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def is_one_image(images: Any) -> bool:
    """Tell one image (an array of 2 or 3 dimensions) from a batch or a sequence of images."""
    return getattr(images, "ndim", None) in (2, 3)


def check_same_length(**named: Sequence[Any] | NDArray[Any]) -> None:
    """Raise ValueError unless all the named sequences have one length."""
    lengths = {name: len(values) for name, values in named.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name} {n}" for name, n in lengths.items())
        raise ValueError(f"{', '.join(lengths)} must have one length; got {shown}.")
