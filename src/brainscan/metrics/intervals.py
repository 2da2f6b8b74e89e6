"""How far a figure can be trusted."""

from typing import NamedTuple

from scipy.stats import binomtest


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
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1; got {level}.")
    interval = binomtest(successes, trials).proportion_ci(level, method="wilson")
    return Interval(float(interval.low), float(interval.high))
