"""How much of two masks is common to both."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainscan.metrics.segmentation.checks import check_masks


def dice(truth: NDArray[Any], prediction: NDArray[Any]) -> float | None:
    """Return Dice's coefficient, twice the common area over the sum of both areas, 0 to 1.

    Args:
        truth: ``(height, width)`` True and False, or 0 and 1.
        prediction: the same size.

    Returns:
        0 where just one of the masks is empty. None where both are: it is not defined there
        (Metrics Reloaded); see `evaluate_masks` for what becomes of such images.

    Raises:
        TypeError: a mask is no array.
        ValueError: a mask is of another rank, holds other values, or the sizes differ.

    References:
        Dice, Ecology 1945, doi:10.2307/1932409. Maier-Hein et al., "Metrics reloaded", Nat. Methods
        2024, doi:10.1038/s41592-023-02151-z.

    Examples:
        >>> truth = np.array([[1, 1, 0], [1, 1, 0]])
        >>> round(dice(truth, np.array([[0, 1, 1], [0, 1, 1]])), 3)
        0.5
    """
    areas = _areas(truth, prediction)
    return _share(2 * areas.common, areas.truth + areas.prediction)


def iou(truth: NDArray[Any], prediction: NDArray[Any]) -> float | None:
    """Return the common area over the area of either mask (Jaccard's index), 0 to 1.

    It orders predictions of one image as `dice` does: it is ``dice / (2 - dice)``.

    Args:
        truth: ``(height, width)`` True and False, or 0 and 1.
        prediction: the same size.

    Returns:
        0 where just one of the masks is empty, None where both are.

    Raises:
        TypeError: a mask is no array.
        ValueError: a mask is of another rank, holds other values, or the sizes differ.

    References:
        Jaccard, New Phytol. 1912, doi:10.1111/j.1469-8137.1912.tb05611.x.

    Examples:
        >>> truth = np.array([[1, 1, 0], [1, 1, 0]])
        >>> round(iou(truth, np.array([[0, 1, 1], [0, 1, 1]])), 3)
        0.333
    """
    areas = _areas(truth, prediction)
    return _share(areas.common, areas.truth + areas.prediction - areas.common)


def mask_sensitivity(truth: NDArray[Any], prediction: NDArray[Any]) -> float | None:
    """Return the share of the true mask that is predicted, 0 to 1.

    Args:
        truth: ``(height, width)`` True and False, or 0 and 1.
        prediction: the same size.

    Returns:
        None where the true mask is empty.

    Raises:
        TypeError: a mask is no array.
        ValueError: a mask is of another rank, holds other values, or the sizes differ.

    Examples:
        >>> mask_sensitivity(np.array([[1, 1, 1, 1]]), np.array([[0, 1, 1, 1]]))
        0.75
    """
    areas = _areas(truth, prediction)
    return _share(areas.common, areas.truth)


def mask_precision(truth: NDArray[Any], prediction: NDArray[Any]) -> float | None:
    """Return the share of the predicted mask that is true, 0 to 1.

    Args:
        truth: ``(height, width)`` True and False, or 0 and 1.
        prediction: the same size.

    Returns:
        None where both masks are empty. 0 where the predicted one alone is, as the software of
        Metrics Reloaded has it: else a model that predicts nothing in hard images would gain.

    Raises:
        TypeError: a mask is no array.
        ValueError: a mask is of another rank, holds other values, or the sizes differ.

    Examples:
        >>> mask_precision(np.array([[0, 1, 1, 0]]), np.array([[1, 1, 1, 1]]))
        0.5
    """
    areas = _areas(truth, prediction)
    return 0.0 if areas.truth and not areas.prediction else _share(areas.common, areas.prediction)


class _Areas(NamedTuple):
    """Numbers of pixels."""

    truth: int
    prediction: int
    common: int


def _areas(truth: NDArray[Any], prediction: NDArray[Any]) -> _Areas:
    a, b = check_masks(truth, prediction)
    return _Areas(*(int(np.count_nonzero(mask)) for mask in (a, b, a & b)))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
