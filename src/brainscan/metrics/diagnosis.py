"""What a decision is worth to the person it is about: two classes, 1 = tumour."""

from functools import partial

from brainscan._core.types import Labels, Scores
from brainscan.metrics import tables
from brainscan.metrics.checks import check_two_classes
from brainscan.metrics.classification import figure_of_table


def sensitivity(labels: Labels, scores: Scores, threshold: float = 0.5) -> float | None:
    """Return the share of images of class 1 that are called so, 0 to 1.

    Args:
        labels: ``(n,)`` 0 or 1.
        scores: ``(n,)`` probabilities of class 1.
        threshold: as for `decide`.

    Returns:
        The share; None where no image is of class 1.

    Raises:
        ValueError: the lengths differ, there is none, a score is not in 0 to 1, or scores are
            ``(n, classes)``.

    Examples:
        >>> sensitivity(np.array([0, 1, 1]), np.array([0.2, 0.4, 0.8]))
        0.5
    """
    check_two_classes(labels, scores, "sensitivity")
    return figure_of_table(tables.sensitivity, labels, scores, threshold)


def specificity(labels: Labels, scores: Scores, threshold: float = 0.5) -> float | None:
    """Return the share of images of class 0 that are called so, 0 to 1.

    Args:
        labels: ``(n,)`` 0 or 1.
        scores: ``(n,)`` probabilities of class 1.
        threshold: as for `decide`.

    Returns:
        The share; None where no image is of class 0.

    Raises:
        ValueError: the lengths differ, there is none, a score is not in 0 to 1, or scores are
            ``(n, classes)``.

    Examples:
        >>> specificity(np.array([0, 0, 1]), np.array([0.2, 0.6, 0.8]))
        0.5
    """
    check_two_classes(labels, scores, "specificity")
    return figure_of_table(tables.specificity, labels, scores, threshold)


def ppv(
    labels: Labels, scores: Scores, prevalence: float | None = None, threshold: float = 0.5
) -> float | None:
    """Return the positive predictive value: how often a call of class 1 is right, 0 to 1.

    Args:
        labels: ``(n,)`` 0 or 1.
        scores: ``(n,)`` probabilities of class 1.
        prevalence: the share of class 1 where the model would be used, between 0 and 1: the value
            is then that of Bayes' rule from sensitivity and specificity. None takes the images as
            they are, in which tumours are far more common than in any clinic.
        threshold: as for `decide`.

    Returns:
        The value; None where class 1 is never called or, at a prevalence, a class is missing.

    Raises:
        ValueError: the lengths differ, there is none, a score is not in 0 to 1, scores are
            ``(n, classes)``, or the prevalence is not between 0 and 1.

    References:
        Altman and Bland, BMJ 1994, doi:10.1136/bmj.309.6947.102.

    Examples:
        Right in 9 of 10 of each class, and yet mostly wrong where 1 in 100 has a tumour:

        >>> labels, scores = np.repeat([0, 1], 10), np.repeat([0.1, 0.9, 0.1, 0.9], [9, 1, 1, 9])
        >>> ppv(labels, scores), round(ppv(labels, scores, prevalence=0.01), 3)
        (0.9, 0.083)
    """
    check_two_classes(labels, scores, "ppv")
    _check_prevalence(prevalence)
    return figure_of_table(partial(tables.ppv, prevalence=prevalence), labels, scores, threshold)


def npv(
    labels: Labels, scores: Scores, prevalence: float | None = None, threshold: float = 0.5
) -> float | None:
    """Return the negative predictive value: how often a call of class 0 is right, 0 to 1.

    Args:
        labels: ``(n,)`` 0 or 1.
        scores: ``(n,)`` probabilities of class 1.
        prevalence: as for `ppv`.
        threshold: as for `decide`.

    Returns:
        The value; None where class 0 is never called or, at a prevalence, a class is missing.

    Raises:
        ValueError: the lengths differ, there is none, a score is not in 0 to 1, scores are
            ``(n, classes)``, or the prevalence is not between 0 and 1.

    References:
        Altman and Bland, BMJ 1994, doi:10.1136/bmj.309.6947.102.

    Examples:
        >>> round(npv(np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.4, 0.9])), 3)
        0.667
    """
    check_two_classes(labels, scores, "npv")
    _check_prevalence(prevalence)
    return figure_of_table(partial(tables.npv, prevalence=prevalence), labels, scores, threshold)


def _check_prevalence(prevalence: float | None) -> None:
    if prevalence is not None and not 0 < prevalence < 1:
        raise ValueError(f"prevalence must be between 0 and 1; got {prevalence}.")
