"""How well scores put images in order, whatever the threshold."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from brainscan._core.types import Labels, Scores
from brainscan.metrics.checks import check_scores
from brainscan.metrics.classification import known
from brainscan.metrics.tables import Values, mean_of_known, ratio

Weights = NDArray[np.float64]


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

    Examples:
        >>> roc_auc(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
        0.75
    """
    check_scores(labels, scores)
    return known(weighted_roc_auc(labels, scores, np.ones((1, len(labels))))[0])


def average_precision(labels: Labels, scores: Scores) -> float | None:
    """Return the average precision, the area under the precision-recall curve in steps, 0 to 1.

    Chance is the share of class 1. With more than two classes it is the mean of each class against
    the rest.

    Args:
        labels: ``(n,)`` class indices.
        scores: ``(n,)`` probabilities of class 1, or ``(n, classes)``; two columns count as the
            probabilities of class 1 in the second.

    Returns:
        The mean over the classes that the labels have; None where they have one class only.

    Raises:
        ValueError: the lengths differ, there is none, or a score is not in 0 to 1.

    References:
        Davis and Goadrich, ICML 2006, doi:10.1145/1143844.1143874.

    Examples:
        >>> round(average_precision(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])), 3)
        0.833
    """
    check_scores(labels, scores)
    return known(weighted_average_precision(labels, scores, np.ones((1, len(labels))))[0])


def weighted_roc_auc(labels: Labels, scores: Scores, weights: Weights) -> Values:
    """Return ``(r,)`` areas under the ROC curve, one a row of weights ``(r, n)``."""
    return _each_against_the_rest(_roc_auc, labels, scores, weights)


def weighted_average_precision(labels: Labels, scores: Scores, weights: Weights) -> Values:
    """Return ``(r,)`` average precisions, one a row of weights ``(r, n)``."""
    return _each_against_the_rest(_average_precision, labels, scores, weights)


def weights_by_score(labels: Labels, scores: Scores, weights: Weights) -> tuple[Weights, Weights]:
    """Return the weights of class 1 and of class 0, ``(r, distinct scores)``, highest first."""
    order = np.argsort(-scores, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(scores[order]) != 0])
    ordered = weights[:, order]
    ones = np.add.reduceat(ordered * labels[order], starts, axis=1)
    zeros = np.add.reduceat(ordered * (1 - labels[order]), starts, axis=1)
    return ones, zeros


def _roc_auc(ones: Weights, zeros: Weights) -> Values:
    above = np.cumsum(ones, axis=1) - ones / 2  # a tie counts half
    return ratio((zeros * above).sum(axis=1), ones.sum(axis=1) * zeros.sum(axis=1))


def _average_precision(ones: Weights, zeros: Weights) -> Values:
    found = np.cumsum(ones, axis=1)
    called = np.cumsum(ones + zeros, axis=1)
    precision = np.divide(found, called, out=np.zeros_like(found), where=called > 0)
    area = ratio((ones * precision).sum(axis=1), ones.sum(axis=1))
    return np.where(zeros.sum(axis=1) > 0, area, np.nan)


def _each_against_the_rest(
    area: Callable[[Weights, Weights], Values], labels: Labels, scores: Scores, weights: Weights
) -> Values:
    if scores.ndim == 2 and scores.shape[1] == 2:
        scores = scores[:, 1]
    if scores.ndim == 1:
        return area(*weights_by_score(labels, scores, weights))
    areas = [
        area(*weights_by_score((labels == i).astype(np.int64), scores[:, i], weights))
        for i in range(scores.shape[1])
    ]
    return mean_of_known(np.stack(areas, axis=1))
