"""The variance of areas under the ROC curve, and what follows from it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import norm, rankdata

from brainscan._core.types import Labels, Scores
from brainscan.metrics.checks import check_level, check_two_classes, group_codes
from brainscan.metrics.intervals import Interval


def delong(
    labels: Labels,
    scores: Scores,
    level: float = 0.95,
    groups: NDArray[Any] | None = None,
) -> Interval | None:
    """Return the interval of the area under the ROC curve, by DeLong's variance.

    It is computed on the logit of the area, so that it stays in 0 to 1. With groups, the variance
    is that between groups (Obuchowski). Where the variance is 0, as with an area of 1, or can't be
    known, as with one image of a class, it is Newcombe's score interval, which is never empty: 20
    tumours all above 20 others give 0.90 to 1.

    Args:
        labels: ``(n,)`` 0 or 1.
        scores: ``(n,)`` probabilities of class 1.
        level: the confidence level, between 0 and 1.
        groups: ``(n,)`` the group of each image; None for a group an image.

    Returns:
        The interval; None where the labels have one class only.

    Raises:
        ValueError: the lengths differ, there is none, a score is not in 0 to 1, or scores are
            ``(n, classes)``.

    References:
        DeLong et al., Biometrics 1988, doi:10.2307/2531595; computed as in Sun and Xu, IEEE Signal
        Process. Lett. 2014, doi:10.1109/LSP.2014.2337313. Obuchowski, Biometrics 1997,
        doi:10.2307/2533958. Newcombe, Stat. Med. 2006 (method 5), doi:10.1002/sim.2324.

    Examples:
        >>> labels = np.repeat([0, 1], 50)
        >>> scores = np.clip(np.random.default_rng(0).normal(0.4 + 0.2 * labels, 0.15), 0, 1)
        >>> low, high = delong(labels, scores)
        >>> round(low, 2), round(high, 2)
        (0.72, 0.88)
    """
    check_two_classes(labels, scores, "delong")
    check_level(level)
    if len(np.unique(labels)) < 2:
        return None
    codes = group_codes(groups, len(labels))
    areas, covariance = area_covariance(labels, [scores], codes)
    area, variance = float(areas[0]), float(covariance[0, 0])
    if not 0 < area < 1 or not variance > 1e-16:
        units = [len(np.unique(codes[labels == i])) for i in (0, 1)]
        return _newcombe(area, units[0], units[1], level)
    half = norm.ppf((1 + level) / 2) * np.sqrt(variance) / (area * (1 - area))
    return Interval(float(expit(logit(area) - half)), float(expit(logit(area) + half)))


def area_covariance(
    labels: Labels, models: list[Scores], codes: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the areas ``(k,)`` of k models and their covariance ``(k, k)``.

    The covariance is NaN where a class has one group only.
    """
    ones, zeros = labels == 1, labels == 0
    above = np.array([_shares_above(scores[ones], scores[zeros]) for scores in models])
    below = 1 - np.array([_shares_above(scores[zeros], scores[ones]) for scores in models])
    areas = above.mean(axis=1)
    # The sum over each group of what its images add to each area, from either side.
    groups = int(codes.max()) + 1
    sides = [
        (_sums(above - areas[:, None], codes[ones], groups), codes[ones]),
        (_sums(below - areas[:, None], codes[zeros], groups), codes[zeros]),
    ]
    covariance = np.zeros((len(models), len(models)))
    for excess, members in sides:
        units = len(np.unique(members))
        scale = units / (units - 1) if units > 1 else np.nan
        covariance += scale * excess @ excess.T / len(members) ** 2
    between = sides[0][0] @ sides[1][0].T / (ones.sum() * zeros.sum())
    total = len(np.unique(codes))
    covariance += total / max(1, total - 1) * (between + between.T)
    return areas, covariance


def _shares_above(own: Scores, others: Scores) -> NDArray[np.float64]:
    """Return for each own score the share of the others that it is above; ties count half."""
    together = rankdata(np.concatenate([own, others]))[: len(own)]
    return (together - rankdata(own)) / len(others)


def _sums(
    values: NDArray[np.float64], codes: NDArray[np.int64], groups: int
) -> NDArray[np.float64]:
    sums = [np.bincount(codes, weights=row, minlength=groups) for row in values]
    return np.array(sums, np.float64)


def _newcombe(area: float, zeros: int, ones: int, level: float) -> Interval:
    """Return the areas whose own standard error, as Hanley and McNeil have it, reaches this one."""
    z2 = norm.ppf((1 + level) / 2) ** 2
    more = (zeros + ones) / 2 - 1

    def inside(theta: float) -> bool:
        spread = (1 - theta) / (2 - theta) + theta / (1 + theta)
        variance = theta * (1 - theta) * (1 + more * spread) / (zeros * ones)
        return bool((area - theta) ** 2 <= z2 * variance)

    def edge(out: float) -> float:
        within = area
        for _ in range(60):
            middle = (within + out) / 2
            within, out = (middle, out) if inside(middle) else (within, middle)
        return within

    return Interval(edge(0.0), edge(1.0))
