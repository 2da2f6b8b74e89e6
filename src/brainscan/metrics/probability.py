"""How good scores are as probabilities."""

import numpy as np
from numpy.typing import NDArray

from brainscan._core.types import Labels, Scores
from brainscan.metrics.checks import check_scores


def brier(labels: Labels, scores: Scores) -> float:
    """Return the Brier score, the mean squared error of the probabilities; 0 is perfect.

    With two classes it is 0 to 1; always one half scores 0.25. With more classes it is the sum over
    the classes, 0 to 2.

    Args:
        labels: ``(n,)`` class indices.
        scores: ``(n,)`` probabilities of class 1, or ``(n, classes)``.

    Raises:
        ValueError: the lengths differ, there is none, a score is not in 0 to 1, or a row does not
            sum to 1.

    References:
        Brier, Mon. Weather Rev. 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.

    Examples:
        >>> round(brier(np.array([0, 1]), np.array([0.2, 0.6])), 3)
        0.1
    """
    _check_rows(labels, scores)
    return float(squared_errors(labels, scores).mean())


def log_loss(labels: Labels, scores: Scores) -> float:
    """Return the mean of minus the natural logarithm of the probability of the label; 0 is perfect.

    A probability of 0 counts as the resolution of its dtype, as in scikit-learn: 36 for a float64,
    16 for a float32.

    Args:
        labels: ``(n,)`` class indices.
        scores: ``(n,)`` probabilities of class 1, or ``(n, classes)``.

    Raises:
        ValueError: the lengths differ, there is none, a score is not in 0 to 1, or a row does not
            sum to 1.

    Examples:
        >>> round(log_loss(np.array([0, 1]), np.array([0.5, 0.5])), 3)
        0.693
    """
    _check_rows(labels, scores)
    return float(log_errors(labels, scores).mean())


def squared_errors(labels: Labels, scores: Scores) -> NDArray[np.float64]:
    """Return ``(n,)`` the part of each image in the Brier score."""
    columns = class_columns(scores)
    wanted = np.eye(columns.shape[1])[labels.astype(np.int64)]
    total = ((columns - wanted) ** 2).sum(axis=1)
    return total / 2 if columns.shape[1] == 2 else total


def log_errors(labels: Labels, scores: Scores) -> NDArray[np.float64]:
    """Return ``(n,)`` the part of each image in the log-loss."""
    columns = class_columns(scores)
    right = np.take_along_axis(columns, labels[:, None], axis=1)[:, 0]
    return -np.log(np.clip(right, resolution(scores), 1))


def class_columns(scores: Scores) -> NDArray[np.float64]:
    """Return ``(n, classes)`` probabilities, also of ``(n,)`` scores."""
    exact = scores.astype(np.float64)
    return np.stack([1 - exact, exact], axis=1) if scores.ndim == 1 else exact


def resolution(scores: Scores) -> float:
    """Return the smallest step of the scores' dtype at 1, what a probability of 0 counts as."""
    return float(np.finfo(scores.dtype).eps) if scores.dtype.kind == "f" else 2.0**-52


def _check_rows(labels: Labels, scores: Scores) -> None:
    check_scores(labels, scores)
    if scores.ndim == 2 and np.abs(scores.sum(axis=1) - 1).max() > 0.01:
        sums = scores.sum(axis=1)
        raise ValueError(f"each row of scores must sum to 1; got {sums.min()} to {sums.max()}.")
