"""How well decisions agree with labels."""

from collections.abc import Callable

import numpy as np

from brainscan._core.types import Labels, Scores
from brainscan.metrics import tables
from brainscan.metrics.checks import check_scores, count_classes


def decide(scores: Scores, threshold: float = 0.5) -> Labels:
    """Return the class of each score.

    Args:
        scores: ``(n,)`` probabilities of class 1, or ``(n, classes)``.
        threshold: above it an ``(n,)`` score decides for class 1, 0 to 1.

    Returns:
        ``(n,)``: 1 above the threshold and 0 otherwise, or the class with the largest score.

    Raises:
        ValueError: a threshold other than one half for ``(n, classes)`` scores.

    Examples:
        >>> decide(np.array([0.2, 0.9])).tolist()
        [0, 1]
        >>> decide(np.array([0.2, 0.9]), threshold=0.1).tolist()
        [1, 1]
    """
    if scores.ndim == 1:
        # A threshold between two float32 scores may be one of them in float32.
        return (scores.astype(np.float64) > threshold).astype(np.int64)
    if threshold != 0.5:
        raise ValueError(
            f"a threshold needs (n,) scores; got threshold {threshold} for shape {scores.shape}, "
            "where the largest score decides."
        )
    return scores.argmax(axis=1).astype(np.int64)


def accuracy(labels: Labels, scores: Scores, threshold: float = 0.5) -> float:
    """Return the share of images whose score decides for their label, 0 to 1.

    Args:
        labels: ``(n,)`` class indices.
        scores: ``(n,)`` probabilities of class 1, or ``(n, classes)``.
        threshold: as for `decide`.

    Raises:
        ValueError: the lengths differ, there is none, or a score is not in 0 to 1.

    Examples:
        >>> accuracy(np.array([0, 1]), np.array([0.2, 0.4]))
        0.5
    """
    check_scores(labels, scores)
    return float((decide(scores, threshold) == labels).mean())


def balanced_accuracy(labels: Labels, scores: Scores, threshold: float = 0.5) -> float | None:
    """Return the mean over the classes of the share decided rightly, 0 to 1.

    With two classes it is the mean of sensitivity and specificity. Chance is 1 / classes, however
    common each class is.

    Args:
        labels: ``(n,)`` class indices.
        scores: ``(n,)`` probabilities of class 1, or ``(n, classes)``.
        threshold: as for `decide`.

    Returns:
        The mean over the classes that the labels have; None where they have one class only.

    Raises:
        ValueError: the lengths differ, there is none, or a score is not in 0 to 1.

    References:
        Brodersen et al., ICPR 2010, doi:10.1109/ICPR.2010.764.

    Examples:
        >>> round(balanced_accuracy(np.array([0, 1, 1, 1]), np.array([0.2, 0.4, 0.8, 0.9])), 3)
        0.833
    """
    return figure_of_table(tables.balanced_accuracy, labels, scores, threshold)


def f1(labels: Labels, scores: Scores, threshold: float = 0.5) -> float | None:
    """Return F1, the harmonic mean of sensitivity and PPV, 0 to 1.

    Args:
        labels: ``(n,)`` class indices.
        scores: ``(n,)`` probabilities of class 1, or ``(n, classes)``.
        threshold: as for `decide`.

    Returns:
        That of class 1; with more than two classes the mean over the classes (macro). None where
        class 1 is neither there nor called.

    Raises:
        ValueError: the lengths differ, there is none, or a score is not in 0 to 1.

    Examples:
        >>> f1(np.array([0, 1, 1, 1]), np.array([0.2, 0.4, 0.8, 0.9]))
        0.8
    """
    return figure_of_table(tables.f1, labels, scores, threshold)


def mcc(labels: Labels, scores: Scores, threshold: float = 0.5) -> float | None:
    """Return Matthews' correlation coefficient of decisions and labels, -1 to 1.

    Args:
        labels: ``(n,)`` class indices.
        scores: ``(n,)`` probabilities of class 1, or ``(n, classes)``.
        threshold: as for `decide`.

    Returns:
        1 is perfect, 0 is chance; None where all labels or all decisions are of one class.

    Raises:
        ValueError: the lengths differ, there is none, or a score is not in 0 to 1.

    References:
        Matthews, Biochim. Biophys. Acta 1975, doi:10.1016/0005-2795(75)90109-9; for several
        classes Gorodkin, Comput. Biol. Chem. 2004, doi:10.1016/j.compbiolchem.2004.09.006.

    Examples:
        >>> round(mcc(np.array([0, 1, 1, 1]), np.array([0.2, 0.4, 0.8, 0.9])), 3)
        0.577
    """
    return figure_of_table(tables.mcc, labels, scores, threshold)


def figure_of_table(
    figure: Callable[[tables.Tables], tables.Values],
    labels: Labels,
    scores: Scores,
    threshold: float,
) -> float | None:
    """Return a figure of the confusion table of these decisions; None where it is not defined."""
    check_scores(labels, scores)
    decisions = decide(scores, threshold)
    weights = np.ones((1, len(labels)))
    table = tables.joint_tables(labels, [decisions], count_classes(scores), weights)
    return known(figure(table)[0])


def known(value: float) -> float | None:
    """Return a float, or None for NaN."""
    return None if np.isnan(value) else float(value)
