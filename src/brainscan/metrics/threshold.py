"""From which score on an image is decided for class 1."""

import numpy as np
from sklearn.metrics import roc_curve as sklearn_roc_curve

from brainscan._core.types import Labels, Scores
from brainscan.metrics.checks import check_binary


def choose_threshold(
    labels: Labels, scores: Scores, least_sensitivity: float | None = None
) -> float:
    """Choose a decision threshold; on validation images only, never on those that are reported.

    Args:
        labels: ``(n,)`` 0 or 1.
        scores: ``(n,)`` probabilities of class 1.
        least_sensitivity: the highest specificity with at least this sensitivity, 0 to 1; None for
            the largest sum of the two (Youden's index).

    Returns:
        A threshold for `decide`, half-way between two scores; 0.5 where a class is absent.

    Raises:
        ValueError: the scores are no probabilities of two classes, or the sensitivity is out of
            range.

    References:
        W. J. Youden, Cancer 1950,
        doi:10.1002/1097-0142(1950)3:1<32::AID-CNCR2820030106>3.0.CO;2-3

    Example:
        >>> choose_threshold(np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.3, 0.9]))
        0.25
    """
    check_binary(labels, scores, "choose_threshold")
    if least_sensitivity is not None and not 0 <= least_sensitivity <= 1:
        raise ValueError(f"least_sensitivity must be from 0 to 1; got {least_sensitivity}.")
    if labels.min() == labels.max():
        return 0.5
    false, true, at = sklearn_roc_curve(labels, scores, drop_intermediate=False)
    merit = true - false
    if least_sensitivity is not None:
        merit = np.where(true >= least_sensitivity, -false, -np.inf)
    best = float(at[int(np.argmax(merit))])
    below = scores[scores < best]
    # Scores of `best` and above are class 1; between it and the next one below, nothing changes.
    lower = float(below.max()) if len(below) else 0.0
    return lower if not np.isfinite(best) else (min(best, 1.0) + lower) / 2
