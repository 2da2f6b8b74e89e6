"""How many of the lesions are found, each a connected part of a mask."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from brainscan._core.types import Mask
from brainscan.metrics.segmentation.checks import check_masks


def lesion_f1(
    truth: NDArray[Any], prediction: NDArray[Any], least_iou: float = 0.1
) -> float | None:
    """Return F1 of lesions as things to be found: how many are, and how many are made up, 0 to 1.

    A lesion is a part of a mask whose pixels touch, if only at a corner. A predicted lesion finds a
    true one if the IoU of the two is ``least_iou`` or more. Each finds one at most and is found by
    one at most, in the pairs that give the most finds. F1 is twice the finds over the lesions of
    both masks.

    Args:
        truth: ``(height, width)`` True and False, or 0 and 1.
        prediction: the same size.
        least_iou: above 0, to 1. One tenth asks for the place and not for the outline.

    Returns:
        0 where just one of the masks is empty, None where both are.

    Raises:
        TypeError: a mask is no array.
        ValueError: a mask is of another rank, holds other values, the sizes differ, or
            ``least_iou`` is out of range.

    References:
        Pairs by IoU: Maier-Hein et al., "Metrics reloaded", Nat. Methods 2024,
        doi:10.1038/s41592-023-02151-z. One tenth: Baumgartner et al., nnDetection, MICCAI 2021,
        doi:10.1007/978-3-030-87240-3_51.

    Examples:
        Of two lesions one is found, and nothing is made up:

        >>> truth = np.array([[1, 1, 0, 0, 1], [1, 1, 0, 0, 0]])
        >>> prediction = np.array([[1, 1, 1, 0, 0], [0, 0, 0, 0, 0]])
        >>> round(lesion_f1(truth, prediction), 3)
        0.667
    """
    a, b = check_masks(truth, prediction)
    if not 0 < least_iou <= 1:
        raise ValueError(f"least_iou must be above 0, and 1 or less; got {least_iou!r}.")
    overlaps = _overlaps(a, b)
    if sum(overlaps.shape) == 0:
        return None
    finds = overlaps >= least_iou
    pairs = linear_sum_assignment(finds, maximize=True)
    return 2 * int(finds[pairs].sum()) / sum(overlaps.shape)


def _overlaps(truth: Mask, prediction: Mask) -> NDArray[np.float64]:
    """Return the IoU of every true lesion, a row, and every predicted one, a column."""
    (rows, of_truth), (columns, of_prediction) = (
        cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
        for mask in (truth, prediction)
    )
    pairs = np.asarray(of_truth, np.int64) * columns + of_prediction
    counts = np.bincount(pairs.ravel(), minlength=rows * columns)
    common = counts.reshape(rows, columns)
    either = common.sum(axis=1)[1:, None] + common.sum(axis=0)[None, 1:] - common[1:, 1:]
    return common[1:, 1:] / either
