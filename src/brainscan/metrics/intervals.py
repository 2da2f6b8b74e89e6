"""How far a figure can be trusted."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import binomtest, norm, rankdata

from brainscan._core.checks import check_same_length
from brainscan._core.types import Labels, Scores
from brainscan.metrics.checks import check, check_binary

Statistic = Callable[[Labels, Scores], float | None]

REPLICATES = 2000


class Interval(NamedTuple):
    """The ends of a confidence interval."""

    low: float
    high: float


def wilson(successes: int, trials: int, level: float = 0.95) -> Interval:
    """Return the Wilson score interval of a proportion.

    It treats the trials as independent: near-duplicates and slices of one patient are not, and make
    it too narrow.

    Args:
        successes: how many succeeded, 0 to ``trials``.
        trials: how many there were, 1 or more.
        level: the confidence level, between 0 and 1.

    Raises:
        ValueError: a number is out of range.

    References:
        Wilson, J. Am. Stat. Assoc. 1927, doi:10.1080/01621459.1927.10502953.

    Example:
        The paper's headline, 98.03%, is 50 of 51 images:

        >>> low, high = wilson(50, 51)
        >>> round(low, 3), round(high, 3)
        (0.897, 0.997)
    """
    if trials < 1 or not 0 <= successes <= trials:
        raise ValueError(
            f"successes must be 0 to trials, and trials 1 or more; got {successes} of {trials}."
        )
    check_level(level)
    interval = binomtest(successes, trials).proportion_ci(level, method="wilson")
    return Interval(float(interval.low), float(interval.high))


def delong(labels: Labels, scores: Scores, level: float = 0.95) -> Interval | None:
    """Return DeLong's interval of the area under the ROC curve, on the logit scale.

    Images count as independent, as for `wilson`. Where the area is 0 or 1 its estimated variance
    is 0, and the interval is that of Hanley and McNeil's variance at the area which is half a
    pair away.

    Args:
        labels: ``(n,)`` 0 or 1.
        scores: ``(n,)`` probabilities of class 1.
        level: the confidence level, between 0 and 1.

    Returns:
        The interval; None where the labels have one class only.

    Raises:
        ValueError: the scores are no probabilities of two classes, or ``level`` is out of range.

    References:
        E. R. DeLong et al., Biometrics 1988, doi:10.2307/2531595; X. Sun and W. Xu, IEEE Signal
        Process. Lett. 2014, doi:10.1109/LSP.2014.2337313; J. A. Hanley and B. J. McNeil, Radiology
        1982, doi:10.1148/radiology.143.1.7063747

    Example:
        >>> labels = np.array([0, 0, 0, 1, 1, 1])
        >>> low, high = delong(labels, np.array([0.1, 0.3, 0.6, 0.4, 0.7, 0.9]))
        >>> round(low, 2), round(high, 2)
        (0.26, 0.99)
    """
    check_binary(labels, scores, "delong")
    check_level(level)
    positive, negative = int(labels.sum()), int((1 - labels).sum())
    if not positive or not negative:
        return None
    areas, covariance = placement_covariance(labels, scores[None])
    area, variance = float(areas[0]), float(covariance[0, 0])
    if variance <= 0 or not 0 < area < 1:
        half = 0.5 / (positive * negative)
        area = min(max(area, half), 1 - half)
        variance = _hanley_mcneil(area, positive, negative)
    deviation = np.sqrt(variance) / (area * (1 - area))
    z = float(norm.ppf(0.5 + level / 2))
    low, high = expit(logit(area) + z * deviation * np.array([-1, 1]))
    edges = (float(areas[0]), float(low), float(high))
    return Interval(min(edges), max(edges))


def placement_covariance(
    labels: Labels, scores: Float64[np.ndarray, "models n"]
) -> tuple[Float64[np.ndarray, " models"], Float64[np.ndarray, "models models"]]:
    """Return the areas under several ROC curves of the same images, and their covariance.

    By the ranks of the scores, as Sun and Xu do; see `delong`.
    """
    ones, zeros = scores[:, labels == 1], scores[:, labels == 0]
    m, n = ones.shape[1], zeros.shape[1]
    together = rankdata(np.concatenate([ones, zeros], axis=1), axis=1)
    above = (together[:, :m] - rankdata(ones, axis=1)) / n
    below = 1 - (together[:, m:] - rankdata(zeros, axis=1)) / m
    areas = above.mean(axis=1)
    covariance = _covariance(above) / m + _covariance(below) / n
    return areas, covariance


def cluster_bootstrap(
    statistic: Statistic,
    labels: Labels,
    scores: Scores,
    groups: NDArray[np.int64] | None = None,
    seed: int = 0,
    replicates: int = REPLICATES,
    level: float = 0.95,
) -> Interval | None:
    """Return the percentile interval of a statistic over images drawn anew, whole groups at once.

    Args:
        statistic: a function ``(labels, scores) -> value``; draws for which it is None don't count.
        labels: ``(n,)`` class indices.
        scores: ``(n,)`` probabilities of class 1, or ``(n, classes)``.
        groups: ``(n,)`` images with one value (a patient, near-duplicates) are drawn together;
            None where every image is its own.
        seed: of the draws.
        replicates: how many draws.
        level: the confidence level, between 0 and 1.

    Returns:
        The interval; None where the statistic is None for the images themselves, or for more than
        half of the draws.

    Raises:
        ValueError: the lengths differ, or a number is out of range.

    References:
        C. A. Field and A. H. Welsh, J. R. Stat. Soc. B 2007, doi:10.1111/j.1467-9868.2007.00593.x

    Example:
        >>> from brainscan.metrics import accuracy
        >>> labels = np.arange(40) % 2
        >>> scores = np.where(np.arange(40) < 30, labels, 1 - labels) * 0.8 + 0.1
        >>> low, high = cluster_bootstrap(accuracy, labels, scores)
        >>> 0.5 < low < 0.75 < high < 1
        True
    """
    check(labels, scores)
    draws = [
        statistic(labels[drawn], scores[drawn])
        for drawn in bootstrap_draws(len(labels), groups, seed, replicates)
    ]
    return percentile_interval(draws, statistic(labels, scores), level)


def bootstrap_draws(
    n: int, groups: NDArray[np.int64] | None, seed: int, replicates: int
) -> list[NDArray[np.int64]]:
    """Return the images of each draw, as indices: as many groups as there are, with replacement."""
    if replicates < 1:
        raise ValueError(f"replicates must be 1 or more; got {replicates}.")
    generator = np.random.default_rng(seed)
    if groups is None:
        return list(generator.integers(0, n, (replicates, n)))
    check_same_length(groups=groups, labels=range(n))
    _, numbers = np.unique(groups, return_inverse=True)
    order = np.argsort(numbers, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(numbers))[:-1])
    drawn = generator.integers(0, len(members), (replicates, len(members)))
    return [np.concatenate([members[i] for i in row]) for row in drawn]


def percentile_interval(
    draws: list[float | None], value: float | None, level: float = 0.95
) -> Interval | None:
    """Return the interval that holds the middle of the draws, and the value itself."""
    check_level(level)
    known = [draw for draw in draws if draw is not None]
    if value is None or 2 * len(known) < len(draws):
        return None
    low, high = np.quantile(known, [0.5 - level / 2, 0.5 + level / 2])
    return Interval(min(float(low), value), max(float(high), value))


def check_level(level: float) -> None:
    """Raise ValueError unless it is a confidence level."""
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1; got {level}.")


def _covariance(rows: Float64[np.ndarray, "models n"]) -> Float64[np.ndarray, "models models"]:
    if rows.shape[1] < 2:
        return np.zeros((len(rows), len(rows)))
    return np.atleast_2d(np.cov(rows))


def _hanley_mcneil(area: float, positive: int, negative: int) -> float:
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    square = area**2
    total = area * (1 - area) + (positive - 1) * (q1 - square) + (negative - 1) * (q2 - square)
    return total / (positive * negative)
