"""How well decisions and scores agree with labels."""

import numpy as np
from jaxtyping import Int64
from sklearn.metrics import roc_auc_score

from brainscan._core.types import Labels, Scores
from brainscan.metrics.checks import as_rows, check, check_binary, class_count

_LEAST = 1e-15  # the smallest probability whose logarithm is taken


def decide(scores: Scores, threshold: float = 0.5) -> Labels:
    """Return the class of each score.

    Args:
        scores: ``(n,)`` probabilities of class 1, or ``(n, classes)``.
        threshold: of two classes; more have none.

    Returns:
        ``(n,)``: 1 above the threshold and 0 otherwise, or the class with the largest score.

    Example:
        >>> decide(np.array([0.2, 0.9])).tolist()
        [0, 1]
    """
    chosen = scores > threshold if scores.ndim == 1 else scores.argmax(axis=1)
    return chosen.astype(np.int64)


def confusion(
    labels: Labels, scores: Scores, threshold: float = 0.5
) -> Int64[np.ndarray, "classes classes"]:
    """Return how many images of each class (rows) were decided for each class (columns).

    Args:
        labels: ``(n,)`` class indices.
        scores: ``(n,)`` probabilities of class 1, or ``(n, classes)``.
        threshold: of two classes.

    Raises:
        ValueError: the lengths differ, there is none, or a score is not in 0 to 1.

    Example:
        >>> confusion(np.array([0, 0, 1]), np.array([0.2, 0.7, 0.9])).tolist()
        [[1, 1], [0, 1]]
    """
    check(labels, scores)
    classes = class_count(scores)
    pairs = labels * classes + decide(scores, threshold)
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes).astype(np.int64)


def accuracy(labels: Labels, scores: Scores, threshold: float = 0.5) -> float:
    """Return the share of images whose score decides for their label, 0 to 1.

    Args:
        labels: ``(n,)`` class indices.
        scores: ``(n,)`` probabilities of class 1, or ``(n, classes)``.
        threshold: of two classes.

    Raises:
        ValueError: the lengths differ, there is none, or a score is not in 0 to 1.

    Example:
        >>> accuracy(np.array([0, 1]), np.array([0.2, 0.4]))
        0.5
    """
    check(labels, scores)
    return float((decide(scores, threshold) == labels).mean())


def balanced_accuracy(labels: Labels, scores: Scores, threshold: float = 0.5) -> float | None:
    """Return the mean over the classes of the share decided correctly; None if a class is absent.

    Takes and raises what `accuracy` does.

    Example:
        >>> balanced_accuracy(np.array([0, 0, 0, 1]), np.array([0.1, 0.2, 0.6, 0.9])).__round__(3)
        0.833
    """
    counts = confusion(labels, scores, threshold)
    totals = counts.sum(axis=1)
    return None if totals.min() == 0 else float((np.diag(counts) / totals).mean())


def sensitivity(labels: Labels, scores: Scores, threshold: float = 0.5) -> float | None:
    """Return the share of images of class 1 that are decided for it; None if there is none.

    Args:
        labels: ``(n,)`` 0 or 1.
        scores: ``(n,)`` probabilities of class 1.
        threshold: above it an image is decided for class 1.

    Raises:
        ValueError: as `accuracy`, or there are more than two classes.

    Example:
        >>> sensitivity(np.array([0, 1, 1]), np.array([0.2, 0.4, 0.9]))
        0.5
    """
    check_binary(labels, scores, "sensitivity")
    counts = confusion(labels, scores, threshold)
    return _ratio(counts[1, 1], counts[1].sum())


def specificity(labels: Labels, scores: Scores, threshold: float = 0.5) -> float | None:
    """Return the share of images of class 0 that are decided for it; None if there is none.

    Takes and raises what `sensitivity` does.

    Example:
        >>> specificity(np.array([0, 0, 1]), np.array([0.2, 0.6, 0.9]))
        0.5
    """
    check_binary(labels, scores, "specificity")
    counts = confusion(labels, scores, threshold)
    return _ratio(counts[0, 0], counts[0].sum())


def ppv(
    labels: Labels, scores: Scores, threshold: float = 0.5, prevalence: float | None = None
) -> float | None:
    """Return the positive predictive value: of those decided for class 1, the share that is in it.

    Args:
        labels: ``(n,)`` 0 or 1.
        scores: ``(n,)`` probabilities of class 1.
        threshold: above it an image is decided for class 1.
        prevalence: the share of class 1 where the model would be used, 0 to 1, by Bayes' rule from
            sensitivity and specificity; None for that of the images.

    Returns:
        None where nothing is decided for class 1, or a class is absent.

    Raises:
        ValueError: as `sensitivity`, or the prevalence is out of range.

    Example:
        A test of 90% sensitivity and specificity, at a prevalence of 1%:

        >>> labels = np.repeat([0, 1], 10)
        >>> scores = np.where(np.arange(20) % 10 == 0, 1 - labels, labels).astype(float)
        >>> round(ppv(labels, scores, prevalence=0.01), 3)
        0.083
    """
    check_binary(labels, scores, "ppv")
    if prevalence is None:
        counts = confusion(labels, scores, threshold)
        return _ratio(counts[1, 1], counts[:, 1].sum())
    _check_prevalence(prevalence)
    found, spared = sensitivity(labels, scores, threshold), specificity(labels, scores, threshold)
    if found is None or spared is None:
        return None
    true, false = found * prevalence, (1 - spared) * (1 - prevalence)
    return _ratio(true, true + false)


def npv(
    labels: Labels, scores: Scores, threshold: float = 0.5, prevalence: float | None = None
) -> float | None:
    """Return the negative predictive value: of those decided for class 0, the share that is in it.

    Takes, returns and raises what `ppv` does.

    Example:
        >>> npv(np.array([0, 1, 1]), np.array([0.2, 0.4, 0.9]))
        0.5
    """
    check_binary(labels, scores, "npv")
    if prevalence is None:
        counts = confusion(labels, scores, threshold)
        return _ratio(counts[0, 0], counts[:, 0].sum())
    _check_prevalence(prevalence)
    found, spared = sensitivity(labels, scores, threshold), specificity(labels, scores, threshold)
    if found is None or spared is None:
        return None
    true, false = spared * (1 - prevalence), (1 - found) * prevalence
    return _ratio(true, true + false)


def f1(labels: Labels, scores: Scores, threshold: float = 0.5) -> float | None:
    """Return the harmonic mean of sensitivity and PPV; of more classes, the mean over them.

    Takes and raises what `accuracy` does. None where a class is neither there nor decided for.

    Example:
        >>> f1(np.array([0, 1, 1]), np.array([0.2, 0.4, 0.9])).__round__(3)
        0.667
    """
    counts = confusion(labels, scores, threshold)
    totals = counts.sum(axis=0) + counts.sum(axis=1)
    chosen = slice(1, 2) if scores.ndim == 1 else slice(None)
    if totals[chosen].min() == 0:
        return None
    return float((2 * np.diag(counts)[chosen] / totals[chosen]).mean())


def mcc(labels: Labels, scores: Scores, threshold: float = 0.5) -> float | None:
    """Return Matthews' correlation of decisions and labels, -1 to 1.

    Takes and raises what `accuracy` does. None where all labels or all decisions are one class.

    References:
        B. W. Matthews, BBA 1975, doi:10.1016/0005-2795(75)90109-9; for more classes, J. Gorodkin,
        Comput. Biol. Chem. 2004, doi:10.1016/j.compbiolchem.2004.09.006

    Example:
        >>> mcc(np.array([0, 0, 1, 1]), np.array([0.1, 0.7, 0.8, 0.9])).__round__(3)
        0.577
    """
    counts = confusion(labels, scores, threshold).astype(np.float64)
    n, actual, decided = counts.sum(), counts.sum(axis=1), counts.sum(axis=0)
    spread = (n**2 - (actual**2).sum()) * (n**2 - (decided**2).sum())
    return _ratio(np.trace(counts) * n - actual @ decided, np.sqrt(spread))


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
    check(labels, scores)
    if scores.ndim == 1:
        return float(roc_auc_score(labels, scores)) if len(np.unique(labels)) == 2 else None
    areas = [roc_auc((labels == i).astype(np.int64), scores[:, i]) for i in range(scores.shape[1])]
    known = [area for area in areas if area is not None]
    return float(np.mean(known)) if known else None


def average_precision(labels: Labels, scores: Scores) -> float | None:
    """Return the mean of the PPV over the steps of the sensitivity; None without class 1.

    With more than two classes it is the mean of each class against the rest. Takes and raises what
    `roc_auc` does.

    Example:
        >>> average_precision(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])).__round__(3)
        0.833
    """
    check(labels, scores)
    if scores.ndim == 1:
        return _average_precision(labels, scores) if labels.any() else None
    areas = [
        average_precision((labels == i).astype(np.int64), scores[:, i])
        for i in range(scores.shape[1])
    ]
    known = [area for area in areas if area is not None]
    return float(np.mean(known)) if known else None


def brier(labels: Labels, scores: Scores) -> float:
    """Return the mean squared error of the probabilities: 0 is perfect.

    For two classes that of class 1, 0 to 1; for more the sum over the classes, 0 to 2. Takes and
    raises what `roc_auc` does.

    References:
        G. W. Brier, Mon. Weather Rev. 1950,
        doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2

    Example:
        >>> brier(np.array([0, 1]), np.array([0.5, 1.0]))
        0.125
    """
    check(labels, scores)
    if scores.ndim == 1:
        return float(np.square(scores - labels).mean())
    return float(np.square(scores - np.eye(scores.shape[1])[labels]).sum(axis=1).mean())


def log_loss(labels: Labels, scores: Scores) -> float:
    """Return the mean of minus the logarithm of the labels' probabilities; 0 is perfect.

    Probabilities below 1e-15 count as that. Takes and raises what `roc_auc` does.

    Example:
        >>> log_loss(np.array([0, 1]), np.array([0.5, 0.5])).__round__(3)
        0.693
    """
    check(labels, scores)
    chosen = as_rows(scores)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(chosen, _LEAST)).mean())


def _average_precision(labels: Labels, scores: Scores) -> float:
    """Return what scikit-learn's does, fast enough for thousands of bootstrap draws."""
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.diff(scores[order]) != 0, True)  # of those with one score
    true = np.cumsum(labels[order])[last]
    precision = true / (np.flatnonzero(last) + 1)
    return float((np.diff(true, prepend=0) * precision).sum() / true[-1])


def _ratio(part: float, whole: float) -> float | None:
    return None if whole == 0 else float(part / whole)


def _check_prevalence(prevalence: float) -> None:
    if not 0 <= prevalence <= 1:
        raise ValueError(f"prevalence must be from 0 to 1; got {prevalence}.")
