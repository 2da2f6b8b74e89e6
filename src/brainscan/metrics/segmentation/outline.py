"""How far the outlines of two masks are apart."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, distance_transform_edt

from brainscan._core.types import Mask
from brainscan.metrics.segmentation.checks import Spacing, check_masks, check_spacing

Distances = NDArray[np.float64]


def hd95(truth: NDArray[Any], prediction: NDArray[Any], spacing_mm: Spacing = 1.0) -> float | None:
    """Return the 95th percentile of the Hausdorff distance between the outlines.

    For each pixel of one outline, the distance to the nearest of the other; of these the 95th
    percentile; and of the two directions the larger, as MONAI and the software of Metrics Reloaded
    have it. (MedPy takes the percentile of both directions together.) A pixel is of the outline if
    one of its four neighbours is outside of the mask or of the image.

    Args:
        truth: ``(height, width)`` True and False, or 0 and 1.
        prediction: the same size.
        spacing_mm: the distance between pixels in millimetres: one number, or that of rows and that
            of columns. With 1 the result is in pixels.

    Returns:
        0 or more; None where one of the masks is empty, or both are: there is no outline.

    Raises:
        TypeError: a mask is no array.
        ValueError: a mask is of another rank, holds other values, the sizes differ, or the spacing
            is not above 0.

    References:
        Huttenlocher et al., IEEE Trans. Pattern Anal. Mach. Intell. 1993, doi:10.1109/34.232073.
        How packages differ: Podobnik and Vrtovec, https://arxiv.org/abs/2410.02630.

    Examples:
        >>> truth, prediction = np.zeros((2, 9, 9), bool)
        >>> truth[2:5, 2:5], prediction[2:5, 4:7] = True, True
        >>> hd95(truth, prediction), hd95(truth, prediction, spacing_mm=(1, 0.5))
        (2.0, 1.0)
    """
    found = _distances(truth, prediction, spacing_mm)
    return None if found is None else float(max(np.percentile(one, 95) for one in found))


def average_surface_distance(
    truth: NDArray[Any], prediction: NDArray[Any], spacing_mm: Spacing = 1.0
) -> float | None:
    """Return the mean distance from each outline to the other (symmetric, ASSD).

    The distances of both directions are averaged together, so the longer outline counts for more,
    as MONAI and the software of Metrics Reloaded have it.

    Args:
        truth: ``(height, width)`` True and False, or 0 and 1.
        prediction: the same size.
        spacing_mm: as for `hd95`.

    Returns:
        0 or more; None where one of the masks is empty, or both are.

    Raises:
        TypeError: a mask is no array.
        ValueError: a mask is of another rank, holds other values, the sizes differ, or the spacing
            is not above 0.

    References:
        Heimann et al., IEEE Trans. Med. Imaging 2009, doi:10.1109/TMI.2009.2013851.

    Examples:
        >>> truth, prediction = np.zeros((2, 9, 9), bool)
        >>> truth[4, 4], prediction[4, 6] = True, True
        >>> average_surface_distance(truth, prediction, spacing_mm=0.5)
        1.0
    """
    found = _distances(truth, prediction, spacing_mm)
    return None if found is None else float(np.concatenate(found).mean())


def _distances(
    truth: NDArray[Any], prediction: NDArray[Any], spacing_mm: Spacing
) -> tuple[Distances, Distances] | None:
    """Return the distance of each pixel of an outline to the other outline, both ways."""
    masks = check_masks(truth, prediction)
    spacing = check_spacing(spacing_mm)
    if not all(mask.any() for mask in masks):
        return None
    a, b = (_outline(mask[_part(masks[0] | masks[1])]) for mask in masks)
    to_a, to_b = (distance_transform_edt(~outline, sampling=spacing) for outline in (a, b))
    return np.asarray(to_b)[a], np.asarray(to_a)[b]


def _outline(mask: Mask) -> Mask:
    return mask & ~binary_erosion(mask)


def _part(mask: Mask) -> tuple[slice, slice]:
    """Return the rows and columns that hold the mask: nothing outside of them matters."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
