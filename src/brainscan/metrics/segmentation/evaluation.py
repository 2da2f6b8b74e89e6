"""Every figure of masks, an image at a time and as means with intervals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainscan._core.checks import check_same_length
from brainscan.metrics.bootstrap import bootstrap_mean
from brainscan.metrics.checks import group_codes
from brainscan.metrics.estimate import Estimate
from brainscan.metrics.intervals import clustered_wilson
from brainscan.metrics.segmentation import lesions, outline, overlap
from brainscan.metrics.segmentation.checks import Spacing, check_masks, check_spacing

EMPTY = "empty_specificity"
DISTANCES = ("hd95", "average_surface_distance")
FIGURES = (
    "dice",
    "iou",
    "mask_sensitivity",
    "mask_precision",
    *DISTANCES,
    "lesion_f1",
    EMPTY,
)


@dataclass(frozen=True, eq=False)
class MaskEvaluation:
    """The figures of predicted masks.

    Attributes:
        values: by name of the figure, ``(n,)``, one an image; NaN where it is not defined.
        means: by name, the mean over the images that have a value, with its 95% interval.
    """

    values: dict[str, NDArray[np.float64]]
    means: dict[str, Estimate]

    def counted(self, name: str) -> int:
        """Return how many images a mean is of."""
        return int(np.isfinite(self.values[name]).sum())


def evaluate_masks(
    truths: Sequence[NDArray[Any]] | NDArray[Any],
    predictions: Sequence[NDArray[Any]] | NDArray[Any],
    groups: NDArray[Any] | None = None,
    spacing_mm: Spacing = 1.0,
    seed: int = 0,
) -> MaskEvaluation:
    """Return every figure of masks for each image, and the means with 95% intervals.

    Empty masks, after Metrics Reloaded:

    - Both are empty: overlap, distance and lesions are not defined, and the image is in none of
      their means. Counted as perfect, many images without a lesion would hide how the lesions are
      outlined. What a model does to those images is a figure of its own, ``empty_specificity``:
      the share of the images without a lesion for which none is predicted.
    - Only one is empty: the worst possible value, so that a missed lesion, or one made up, costs
      something. Overlap and lesion F1 are 0, and a distance is the diagonal of the image, the
      largest that two of its pixels can have.
    - Sensitivity is not defined without a true lesion, so such images are in no mean of it.

    Intervals of means are those of `bootstrap_mean`, whole groups drawn, and Wilson's for
    ``empty_specificity``. Where all images have one value there is none.

    Args:
        truths: the true mask of each image, ``(height, width)`` True and False, or 0 and 1. Sizes
            may differ from image to image.
        predictions: the predicted masks, each of the size of the true one.
        groups: ``(n,)`` the group of each image, slices of one patient or near-duplicates; None for
            a group an image.
        spacing_mm: the distance between pixels, as for `hd95`; with 1 distances are in pixels.
        seed: of the bootstrap.

    Returns:
        The values and the means, by name: ``dice``, ``iou``, ``mask_sensitivity``,
        ``mask_precision``, ``hd95``, ``average_surface_distance``, ``lesion_f1``,
        ``empty_specificity``.

    Raises:
        TypeError: a mask is no array.
        ValueError: there is no image, not one prediction and group an image, or a pair of masks is
            refused; the message gives its position.

    References:
        Maier-Hein et al., "Metrics reloaded", Nat. Methods 2024, doi:10.1038/s41592-023-02151-z.
        Empty masks: Reinke et al., "Understanding metric-related pitfalls", Nat. Methods 2024,
        doi:10.1038/s41592-023-02150-0.

    Examples:
        Of two tumours one is found and one missed; the third image has none, and none is predicted:

        >>> tumour, none = np.ones((2, 2), bool), np.zeros((2, 2), bool)
        >>> found = evaluate_masks([tumour, tumour, none], [tumour, none, none])
        >>> found.values["dice"].tolist()
        [1.0, 0.0, nan]
        >>> found.means["dice"].value, found.counted("dice")
        (0.5, 2)
        >>> found.means["empty_specificity"].value
        1.0
    """
    check_same_length(truths=truths, predictions=predictions)
    if len(truths) == 0:
        raise ValueError("truths and predictions must hold at least one image; got none.")
    rows: list[dict[str, float | None]] = []
    for position, (truth, prediction) in enumerate(zip(truths, predictions, strict=True)):
        try:
            rows.append(measure(truth, prediction, spacing_mm))
        except (TypeError, ValueError) as error:
            raise type(error)(f"image {position}: {error}") from error
    values = {name: np.array([row[name] for row in rows], np.float64) for name in FIGURES}
    return summarise(values, groups, seed)


def summarise(
    values: dict[str, NDArray[np.float64]], groups: NDArray[Any] | None = None, seed: int = 0
) -> MaskEvaluation:
    """Return the means of values that are known for each image, as `evaluate_masks` does.

    Args:
        values: by the name of the figure, ``(n,)``, NaN where it is not defined.
        groups: as for `evaluate_masks`.
        seed: of the bootstrap.

    Raises:
        ValueError: there is not one group an image.
    """
    codes = group_codes(groups, len(next(iter(values.values()))))
    return MaskEvaluation(
        values, {name: _mean(name, one, codes, seed) for name, one in values.items()}
    )


def _mean(name: str, values: NDArray[np.float64], codes: NDArray[np.int64], seed: int) -> Estimate:
    method = "Wilson" if name == EMPTY else "cluster bootstrap"
    known = np.isfinite(values)
    if not known.any():
        return Estimate(name, None, None, None, method)
    values, codes = values[known], codes[known]
    if name == EMPTY:
        interval = clustered_wilson(values == 1, codes)
    else:
        interval = bootstrap_mean(values, codes, seed)
    low, high = (None, None) if interval is None else interval
    return Estimate(name, float(values.mean()), low, high, method)


def measure(
    truth: NDArray[Any], prediction: NDArray[Any], spacing_mm: Spacing = 1.0
) -> dict[str, float | None]:
    """Return every figure of one image, as `evaluate_masks` counts it; None where not defined.

    Args:
        truth: ``(height, width)`` True and False, or 0 and 1.
        prediction: the same size.
        spacing_mm: as for `hd95`.

    Raises:
        TypeError: a mask is no array.
        ValueError: a mask or the spacing is refused.
    """
    a, b = check_masks(truth, prediction)
    spacing = check_spacing(spacing_mm)
    of: dict[str, Callable[..., float | None]] = {
        "dice": overlap.dice,
        "iou": overlap.iou,
        "mask_sensitivity": overlap.mask_sensitivity,
        "mask_precision": overlap.mask_precision,
        "hd95": partial(outline.hd95, spacing_mm=spacing),
        "average_surface_distance": partial(outline.average_surface_distance, spacing_mm=spacing),
        "lesion_f1": lesions.lesion_f1,
    }
    row = {name: figure(a, b) for name, figure in of.items()}
    if a.any() != b.any():
        row |= dict.fromkeys(DISTANCES, _diagonal(a.shape, spacing))
    return row | {EMPTY: None if a.any() else float(not b.any())}


def _diagonal(shape: tuple[int, ...], spacing: tuple[float, float]) -> float:
    """Return the distance between the centres of two opposite corner pixels."""
    return float(np.hypot((shape[0] - 1) * spacing[0], (shape[1] - 1) * spacing[1]))
