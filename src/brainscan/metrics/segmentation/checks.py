"""Argument checks that every figure of masks shares."""

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from brainscan._core.types import Mask

Spacing: TypeAlias = float | Sequence[float]
"""The distance between pixels: one number, or that of rows and that of columns."""


def check_masks(truth: NDArray[Any], prediction: NDArray[Any]) -> tuple[Mask, Mask]:
    """Return two masks of one image as booleans.

    Raises:
        TypeError: one is no array.
        ValueError: one is not ``(height, width)`` of True and False, or of 0 and 1; or their sizes
            differ.
    """
    masks = check_mask(truth, "truth"), check_mask(prediction, "prediction")
    if masks[0].shape != masks[1].shape:
        sizes = [f"{mask.shape[0]}x{mask.shape[1]}" for mask in masks]
        raise ValueError(
            f"truth and prediction must have one size; got {' and '.join(sizes)} (height x width). "
            "Bring the prediction back to the size of its image."
        )
    return masks


def check_mask(mask: NDArray[Any], name: str) -> Mask:
    """Return a mask as booleans; `check_masks` says what is raised."""
    if not hasattr(mask, "ndim"):
        raise TypeError(
            f"{name} must be a NumPy array; got {type(mask).__name__}. numpy.array(...) makes one."
        )
    array = np.asarray(mask)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(
            f"{name} must have shape (height, width), both 1 or more; got {array.shape}. "
            "Give one image at a time, without an axis of channels."
        )
    if array.dtype == np.bool_:
        return array
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name} must be True and False, or 0 and 1; got dtype {array.dtype}.")
    if not np.isin(array, (0, 1)).all():
        raise ValueError(
            f"{name} must be True and False, or 0 and 1; got values from {array.min()} to "
            f"{array.max()}. `mask != 0` makes one of a stored mask, `> 0.5` of probabilities."
        )
    return array.astype(np.bool_)


def check_spacing(spacing_mm: Spacing) -> tuple[float, float]:
    """Return the distance of rows and of columns, or raise ValueError."""
    values = tuple(spacing_mm) if isinstance(spacing_mm, Iterable) else (spacing_mm, spacing_mm)
    good = all(isinstance(value, int | float | np.number) for value in values)
    if len(values) != 2 or not good or not all(isfinite(v) and v > 0 for v in values):
        raise ValueError(
            "spacing_mm must be a number above 0, or two, of rows and of columns; "
            f"got {spacing_mm!r}."
        )
    return float(values[0]), float(values[1])
