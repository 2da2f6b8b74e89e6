"""How far a proportion can be trusted."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from brainscan.metrics.checks import check_level, group_codes


class Interval(NamedTuple):
    """The ends of a confidence interval."""

    low: float
    high: float


def wilson(successes: int, trials: int, level: float = 0.95) -> Interval:
    """Return the Wilson score interval of a proportion.

    It treats the trials as independent: near-duplicates and slices of one patient are not, and make
    it too narrow. `clustered_wilson` takes them into account.

    Args:
        successes: how many succeeded, 0 to ``trials``.
        trials: how many there were, 1 or more.
        level: the confidence level, between 0 and 1.

    Raises:
        ValueError: a number is out of range.

    References:
        Wilson, J. Am. Stat. Assoc. 1927, doi:10.1080/01621459.1927.10502953.

    Examples:
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
    return _wilson(successes / trials, trials, level)


def clustered_wilson(
    hits: NDArray[np.bool_], groups: NDArray[Any] | None = None, level: float = 0.95
) -> Interval:
    """Return the Wilson interval of a proportion over images that come in groups.

    Images of one group succeed and fail together, so they tell less than as many independent ones.
    The number of trials is divided by the design effect, the variance of the proportion between
    groups over that of independent images, 1 or more. Where all succeed, or all fail, the images
    show no variance: each group is then taken as fully alike. With a group an image it is `wilson`.

    Args:
        hits: ``(n,)``, True where an image succeeds.
        groups: ``(n,)`` the group of each image; None for a group an image.
        level: the confidence level, between 0 and 1.

    Raises:
        ValueError: there is no image, or not one group an image.

    References:
        Saha, Miller and Wang, Int. J. Biostat. 2016, doi:10.1515/ijb-2015-0024.

    Examples:
        Eighteen of twenty, but each image was there twice:

        >>> hits, twins = np.repeat([True, False], [18, 2]), np.repeat(np.arange(10), 2)
        >>> [round(end, 2) for end in clustered_wilson(hits)]
        [0.7, 0.97]
        >>> [round(end, 2) for end in clustered_wilson(hits, twins)]
        [0.59, 0.98]
    """
    if len(hits) == 0:
        raise ValueError("hits must hold at least one image; got none.")
    if not np.isin(hits, (0, 1)).all():
        raise ValueError(f"hits must be True or False; got {np.unique(hits)[:5].tolist()}.")
    check_level(level)
    codes = group_codes(groups, len(hits))
    return _wilson(float(hits.mean()), len(hits) / _design_effect(hits, codes), level)


def _design_effect(hits: NDArray[np.bool_], codes: NDArray[np.int64]) -> float:
    n, share = len(hits), float(hits.mean())
    sizes = np.bincount(codes)
    sizes = sizes[sizes > 0]
    if len(sizes) == n:
        return 1.0
    alike = float((sizes**2).sum()) / n
    if share in (0.0, 1.0) or len(sizes) == 1:
        return alike
    excess = np.bincount(codes, weights=hits - share)
    between = len(sizes) / (len(sizes) - 1) * float((excess**2).sum())
    return max(1.0, between / (n / (n - 1) * n * share * (1 - share)))


def _wilson(share: float, trials: float, level: float) -> Interval:
    z2 = norm.ppf((1 + level) / 2) ** 2
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = np.sqrt(z2 * (share * (1 - share) / trials + z2 / (4 * trials**2))) / (1 + z2 / trials)
    low, high = min(share, middle - half), max(share, middle + half)
    return Interval(max(0.0, float(low)), min(1.0, float(high)))
