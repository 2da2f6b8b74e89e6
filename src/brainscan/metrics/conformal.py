"""Prediction sets that hold the truth as often as promised, and abstain where they can't tell."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from brainscan._core.types import Labels, Scores
from brainscan.metrics.checks import as_rows, check, class_count


@dataclass(frozen=True)
class Conformal:
    """Split-conformal prediction sets, calibrated for each class by itself.

    Args:
        thresholds: for each class, the least probability with which it is in the set.
        coverage: the share of each class's images whose set holds it, as promised.
    """

    thresholds: tuple[float, ...]
    coverage: float

    def __call__(self, scores: Scores) -> Bool[np.ndarray, "n classes"]:
        """Return which classes are in the set of each image.

        One class is an answer; several, or none, mean "can't tell".

        Raises:
            ValueError: the scores are of another number of classes.
        """
        rows = as_rows(scores)
        if rows.shape[1] != len(self.thresholds):
            raise ValueError(
                f"scores must be of {len(self.thresholds)} classes; got {rows.shape[1]}."
            )
        return rows >= np.array(self.thresholds)


def fit_conformal(labels: Labels, scores: Scores, coverage: float = 0.9) -> Conformal:
    """Calibrate prediction sets on images that neither training nor testing uses.

    For a new image of a class, exchangeable with the ``n`` calibration images of that class, the
    set holds the class with at least the promised probability. Below ``coverage / (1 - coverage)``
    images of a class (9 for 90%) no threshold can promise it, and the class is in every set.

    Args:
        labels: ``(n,)`` class indices.
        scores: ``(n,)`` probabilities of class 1, or ``(n, classes)``.
        coverage: between 0 and 1.

    Raises:
        ValueError: the scores are no probabilities, or ``coverage`` is out of range.

    References:
        V. Vovk, "Conditional validity of inductive conformal predictors", ACML 2012,
        arXiv:1209.2673

    Example:
        >>> labels = np.repeat([0, 1], 20)
        >>> scores = np.concatenate([np.linspace(0, 0.6, 20), np.linspace(0.4, 1, 20)])
        >>> fit_conformal(labels, scores)(np.array([0.1, 0.5, 0.9])).tolist()
        [[True, False], [True, True], [False, True]]
    """
    check(labels, scores)
    if not 0 < coverage < 1:
        raise ValueError(f"coverage must be between 0 and 1; got {coverage}.")
    rows = as_rows(scores)
    return Conformal(
        tuple(_threshold(rows[labels == k, k], coverage) for k in range(class_count(scores))),
        coverage,
    )


def _threshold(scores: Scores, coverage: float) -> float:
    """Return the k-th smallest score of a class's own images, or 0 where there are too few."""
    n = len(scores)
    # Of n + 1 exchangeable scores the new one is among the lowest k - 1 with probability
    # (k - 1) / (n + 1) at most; rounding errors must not move k.
    k = n + 1 - int(np.ceil(round((n + 1) * coverage, 9)))
    return 0.0 if k < 1 else float(np.sort(scores)[k - 1])
