"""How well scores agree with labels."""

import numpy as np
from sklearn.metrics import roc_auc_score

from brainscan._core.checks import check_same_length
from brainscan._core.types import Labels, Scores


def decide(scores: Scores) -> Labels:
    """Return the class of each score.

    Args:
        scores: ``(n,)`` probabilities of class 1, or ``(n, classes)``.

    Returns:
        ``(n,)``: 1 above one half and 0 otherwise, or the class with the largest score.

    Example:
        >>> decide(np.array([0.2, 0.9])).tolist()
        [0, 1]
    """
    chosen = scores > 0.5 if scores.ndim == 1 else scores.argmax(axis=1)
    return chosen.astype(np.int64)


def accuracy(labels: Labels, scores: Scores) -> float:
    """Return the share of images whose score decides for their label, 0 to 1.

    Args:
        labels: ``(n,)`` class indices.
        scores: ``(n,)`` probabilities of class 1, or ``(n, classes)``.

    Raises:
        ValueError: the lengths differ, there is none, or a score is not in 0 to 1.

    Example:
        >>> accuracy(np.array([0, 1]), np.array([0.2, 0.4]))
        0.5
    """
    _check(labels, scores)
    return float((decide(scores) == labels).mean())


def roc_auc(labels: Labels, scores: Scores) -> float | None:
    """Return the area under the ROC curve, 0 to 1; None where the labels have one class only.

    With more than two classes it is the mean of each class against the rest.

    Args:
        labels: ``(n,)`` class indices.
        scores: ``(n,)`` probabilities of class 1, or ``(n, classes)``.

    Raises:
        ValueError: the lengths differ, there is none, or a score is not in 0 to 1.

    References:
        Hanley and McNeil, Radiology 1982, doi:10.1148/radiology.143.1.7063747.

    Example:
        >>> roc_auc(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
        0.75
    """
    _check(labels, scores)
    if scores.ndim == 1:
        return float(roc_auc_score(labels, scores)) if len(np.unique(labels)) == 2 else None
    areas = [roc_auc((labels == i).astype(np.int64), scores[:, i]) for i in range(scores.shape[1])]
    known = [area for area in areas if area is not None]
    return float(np.mean(known)) if known else None


def _check(labels: Labels, scores: Scores) -> None:
    check_same_length(labels=labels, scores=scores)
    if len(labels) == 0:
        raise ValueError("labels and scores must hold at least one image; got none.")
    if not np.isfinite(scores).all() or scores.min() < 0 or scores.max() > 1:
        raise ValueError(
            f"scores must be probabilities in 0 to 1; got {scores.min()} to {scores.max()}."
        )
