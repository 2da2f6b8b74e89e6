"""How far any figure can be trusted: resample the groups of images."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from brainscan._core.types import Labels, Scores
from brainscan.metrics.checks import check_level, check_scores, group_codes
from brainscan.metrics.intervals import Interval
from brainscan.metrics.resampling import Statistic, replicate, resample
from brainscan.metrics.tables import Values


def cluster_bootstrap(
    statistic: Statistic,
    labels: Labels,
    scores: Scores,
    groups: NDArray[Any] | None = None,
    seed: int = 0,
    replicates: int = 2000,
    level: float = 0.95,
) -> Interval | None:
    """Return the percentile bootstrap interval of a figure; whole groups are drawn.

    A plain percentile interval is too narrow for few images, and blind to errors that they happen
    not to hold: where all are right, every resample is perfect. Two things mend it; the page on
    interval coverage shows how well. The percentiles are moved outwards, since a bootstrap of m
    groups varies too little by (m - 1) / m (Hesterberg). And each resample gets a little more at
    random: for this package's figures of a confusion table, Jeffreys' prior, one image a class
    spread over the decisions; for any other, in a quarter of the resamples, an image a class scored
    as any image is.

    Resamples without a value, such as those with one class, are left out. The interval is widened
    to hold the figure itself.

    Args:
        statistic: a function of labels and scores. The figures of this package, also with options
            by `functools.partial`, run over all resamples at once; others once a resample.
        labels: ``(n,)`` class indices.
        scores: ``(n,)`` probabilities of class 1, or ``(n, classes)``.
        groups: ``(n,)`` the group of each image; None for a group an image.
        seed: the same seed gives the same bits.
        replicates: how many resamples, 1 or more.
        level: the confidence level, between 0 and 1.

    Returns:
        The interval; None where the figure is not defined.

    Raises:
        ValueError: the lengths differ, there is none, or a score is not in 0 to 1.

    References:
        Field and Welsh, J. R. Stat. Soc. B 2007, doi:10.1111/j.1467-9868.2007.00593.x. Hesterberg,
        Am. Stat. 2015, doi:10.1080/00031305.2015.1089789.

    Examples:
        >>> from brainscan.metrics import brier
        >>> rng = np.random.default_rng(0)
        >>> scores = rng.random(100)
        >>> labels = (rng.random(100) < scores).astype(np.int64)
        >>> low, high = cluster_bootstrap(brier, labels, scores)
        >>> round(low, 2), round(high, 2)
        (0.15, 0.24)
    """
    every = {"figure": statistic}
    return bootstrap_all(every, labels, scores, groups, seed, replicates, level)["figure"]


def bootstrap_mean(
    values: NDArray[np.float64],
    groups: NDArray[Any] | None = None,
    seed: int = 0,
    replicates: int = 2000,
    level: float = 0.95,
) -> Interval | None:
    """Return the percentile bootstrap interval of a mean over images; whole groups are drawn.

    The percentiles are moved outwards as for `cluster_bootstrap`.

    Args:
        values: ``(n,)`` a finite figure of each image, such as its Dice.
        groups: ``(n,)`` the group of each image; None for a group an image.
        seed: the same seed gives the same bits.
        replicates: how many resamples, 1 or more.
        level: the confidence level, between 0 and 1.

    Returns:
        The interval; None for a single group, or where all values are one: what does not vary says
        nothing of how others would.

    Raises:
        ValueError: there is no value, one is not finite, or not one group an image is given.

    References:
        Hesterberg, Am. Stat. 2015, doi:10.1080/00031305.2015.1089789.

    Examples:
        >>> low, high = bootstrap_mean(np.linspace(0.5, 1, 50))
        >>> round(low, 2), round(high, 2)
        (0.71, 0.79)
    """
    if np.ndim(values) != 1 or len(values) == 0 or not np.isfinite(values).all():
        raise ValueError(
            "values must be finite numbers, (n,) with n of 1 or more; got shape "
            f"{np.shape(values)}{'' if np.isfinite(values).all() else ' with some that are not'}."
        )
    _check(replicates, level)
    codes = group_codes(groups, len(values))
    if len(np.unique(codes)) < 2 or values.min() == values.max():
        return None
    blocks = resample(codes, np.random.default_rng(seed), replicates)
    means = [weights @ values / weights.sum(axis=1) for weights in blocks]
    share = _upper_share(np.zeros(len(values), np.int64), codes, level)
    return _middle(means, float(values.mean()), share)


def bootstrap_all(
    statistics: Mapping[str, Statistic],
    labels: Labels,
    scores: Scores,
    groups: NDArray[Any] | None,
    seed: int,
    replicates: int = 2000,
    level: float = 0.95,
) -> dict[str, Interval | None]:
    """Return what `cluster_bootstrap` gives for each statistic; the resamples are drawn once."""
    check_scores(labels, scores)
    _check(replicates, level)
    codes = group_codes(groups, len(labels))
    estimates = {name: statistic(labels, scores) for name, statistic in statistics.items()}
    values: dict[str, list[Values]] = {name: [] for name in statistics}
    blocks = resample(codes, np.random.default_rng(seed), replicates)
    for number, weights in enumerate(blocks):
        for name, statistic in statistics.items():
            if estimates[name] is not None:
                rng = np.random.default_rng((seed, number))
                values[name] += replicate(statistic, labels, (scores,), weights, rng)
    share = _upper_share(labels, codes, level)
    return {name: _middle(values[name], estimates[name], share) for name in statistics}


def bootstrap_difference(
    statistic: Statistic,
    labels: Labels,
    models: tuple[Scores, Scores],
    groups: NDArray[Any] | None,
    seed: int,
    replicates: int = 2000,
    level: float = 0.95,
) -> tuple[float, Interval] | None:
    """Return the difference of the figure between two models, and its interval."""
    for scores in models:
        check_scores(labels, scores)
    _check(replicates, level)
    first, second = (statistic(labels, scores) for scores in models)
    if first is None or second is None:
        return None
    codes = group_codes(groups, len(labels))
    values: list[Values] = []
    blocks = resample(codes, np.random.default_rng(seed), replicates)
    for number, weights in enumerate(blocks):
        rng = np.random.default_rng((seed, number))
        a, b = replicate(statistic, labels, models, weights, rng)
        values.append(a - b)
    share = _upper_share(labels, codes, level)
    interval = _middle(values, first - second, share)
    return None if interval is None else (first - second, interval)


def _upper_share(labels: Labels, codes: NDArray[np.int64], level: float) -> float:
    """Return which share of the resamples lies below the upper end; m is the smallest class's."""
    m = max(2, min(len(np.unique(codes[labels == label])) for label in np.unique(labels)))
    return float(norm.cdf(norm.ppf((1 + level) / 2) * np.sqrt(m / (m - 1))))


def _middle(values: list[Values], estimate: float | None, share: float) -> Interval | None:
    if estimate is None:
        return None
    defined = np.concatenate(values)
    defined = defined[np.isfinite(defined)]
    if len(defined) == 0:
        return None
    low, high = np.quantile(defined, [1 - share, share])
    return Interval(min(float(low), estimate), max(float(high), estimate))


def _check(replicates: int, level: float) -> None:
    check_level(level)
    if replicates < 1:
        raise ValueError(f"replicates must be 1 or more; got {replicates}.")
