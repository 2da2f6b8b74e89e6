"""Whether one model is better than another on the same images."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, norm

from brainscan._core.types import Labels, Scores
from brainscan.metrics.checks import check, check_binary
from brainscan.metrics.classification import accuracy, decide
from brainscan.metrics.intervals import (
    REPLICATES,
    Interval,
    Statistic,
    bootstrap_draws,
    percentile_interval,
    placement_covariance,
)


@dataclass(frozen=True)
class Comparison:
    """Two models on the same images; differences are first minus second.

    Args:
        names: of the two models.
        tested: the number of images.
        only_first: how many only the first got right.
        only_second: how many only the second got right.
        difference: of the accuracies.
        interval: its 95% interval, by paired cluster bootstrap.
        mcnemar_p: the p-value of McNemar's exact test.
        delong_p: the p-value of DeLong's test of the AUCs; None where they are not defined, or
            there are more than two classes.
    """

    names: tuple[str, str]
    tested: int
    only_first: int
    only_second: int
    difference: float
    interval: Interval
    mcnemar_p: float
    delong_p: float | None

    def sentence(self) -> str:
        """Say in plain words what was found, and whether there are too few images to tell."""
        first, second = self.names
        low, high = (100 * end for end in self.interval)
        text = (
            f"{first} and {second} differ by {100 * self.difference:.1f} percentage points of "
            f"accuracy (95% interval {low:.1f} to {high:.1f}) on {self.tested} images: "
            f"{self.only_first} only {first} got right, {self.only_second} only {second}; "
            f"McNemar's p {self.mcnemar_p:.3g}."
        )
        least = smallest_significant()
        discordant = self.only_first + self.only_second
        if discordant < least:
            return (
                f"{text} Too few images to tell: with {discordant} that only one got right no "
                f"outcome could be significant at 5%; that takes {least} or more."
            )
        if self.mcnemar_p >= 0.05:
            return f"{text} These images don't tell the two apart."
        return text


def compare(
    labels: Labels,
    first: Scores,
    second: Scores,
    groups: NDArray[np.int64] | None = None,
    seed: int = 0,
    names: tuple[str, str] = ("the first", "the second"),
) -> Comparison:
    """Compare two models on the same images.

    Args:
        labels: ``(n,)`` class indices.
        first: the scores of one model, ``(n,)`` or ``(n, classes)``.
        second: those of the other.
        groups: ``(n,)`` images with one value are drawn together in the bootstrap.
        seed: of the bootstrap.
        names: of the two, for the sentence.

    Raises:
        ValueError: the lengths differ, or a score is not in 0 to 1.

    Example:
        >>> labels = np.array([0, 1] * 10)
        >>> found = compare(labels, labels * 0.8 + 0.1, np.full(20, 0.9))
        >>> found.only_first, round(found.mcnemar_p, 4)
        (10, 0.002)
    """
    right = [decide(scores) == labels for scores in (first, second)]
    interval = paired_bootstrap(labels, first, second, groups, accuracy, seed)
    assert interval is not None  # the accuracy is always defined
    return Comparison(
        names,
        len(labels),
        int((right[0] & ~right[1]).sum()),
        int((right[1] & ~right[0]).sum()),
        accuracy(labels, first) - accuracy(labels, second),
        interval,
        mcnemar(labels, first, second),
        delong_test(labels, first, second) if first.ndim == 1 else None,
    )


def mcnemar(labels: Labels, first: Scores, second: Scores) -> float:
    """Return the two-sided p-value of McNemar's exact test that two models are equally often right.

    Args:
        labels: ``(n,)`` class indices.
        first: the scores of one model, ``(n,)`` or ``(n, classes)``.
        second: those of the other.

    Raises:
        ValueError: the lengths differ, or a score is not in 0 to 1.

    References:
        Q. McNemar, Psychometrika 1947, doi:10.1007/BF02295996; T. G. Dietterich, Neural Comput.
        1998, doi:10.1162/089976698300017197

    Example:
        >>> labels = np.ones(8, int)
        >>> round(mcnemar(labels, np.full(8, 0.9), np.repeat([0.9, 0.1], [2, 6])), 4)
        0.0312
    """
    check(labels, first)
    check(labels, second)
    right = [decide(scores) == labels for scores in (first, second)]
    only_first = int((right[0] & ~right[1]).sum())
    discordant = only_first + int((right[1] & ~right[0]).sum())
    return 1.0 if discordant == 0 else float(binomtest(only_first, discordant).pvalue)


def smallest_significant(alpha: float = 0.05) -> int:
    """Return how many discordant images McNemar's exact test needs to be able to reject.

    Example:
        >>> smallest_significant()
        6
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must be between 0 and 1; got {alpha}.")
    n = 1
    while 2 * 0.5**n >= alpha:
        n += 1
    return n


def delong_test(labels: Labels, first: Scores, second: Scores) -> float | None:
    """Return the two-sided p-value of DeLong's test that two AUCs on the same images are equal.

    Args:
        labels: ``(n,)`` 0 or 1.
        first: ``(n,)`` the scores of one model.
        second: those of the other.

    Returns:
        None where a class is absent; 1 where the models rank all pairs alike.

    Raises:
        ValueError: the lengths differ, a score is not in 0 to 1, or there are more classes.

    References:
        E. R. DeLong et al., Biometrics 1988, doi:10.2307/2531595

    Example:
        >>> labels = np.array([0, 0, 1, 1])
        >>> delong_test(labels, np.array([0.1, 0.2, 0.8, 0.9]), np.array([0.2, 0.3, 0.7, 0.8]))
        1.0
    """
    check_binary(labels, first, "delong_test")
    check_binary(labels, second, "delong_test")
    if labels.min() == labels.max():
        return None
    areas, covariance = placement_covariance(labels, np.stack([first, second]).astype(np.float64))
    difference = float(areas[0] - areas[1])
    variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    if difference == 0:
        return 1.0
    return 0.0 if variance <= 0 else float(2 * norm.sf(abs(difference) / np.sqrt(variance)))


def paired_bootstrap(
    labels: Labels,
    first: Scores,
    second: Scores,
    groups: NDArray[np.int64] | None = None,
    statistic: Statistic = accuracy,
    seed: int = 0,
    replicates: int = REPLICATES,
) -> Interval | None:
    """Return the 95% interval of the difference of a statistic, both models on the same draws.

    Args:
        labels: ``(n,)`` class indices.
        first: the scores of one model, ``(n,)`` or ``(n, classes)``.
        second: those of the other.
        groups: ``(n,)`` images with one value are drawn together.
        statistic: a function ``(labels, scores) -> value``.
        seed: of the draws.
        replicates: how many draws.

    Returns:
        The interval of first minus second; None where the statistic is not defined.

    Raises:
        ValueError: the lengths differ, or a score is not in 0 to 1.

    Example:
        >>> labels = np.array([0, 1] * 20)
        >>> low, high = paired_bootstrap(labels, labels * 0.8 + 0.1, np.full(40, 0.9))
        >>> 0.3 < low < 0.5 < high < 0.7
        True
    """
    check(labels, first)
    check(labels, second)

    def difference(drawn: NDArray[np.int64] | slice) -> float | None:
        a = statistic(labels[drawn], first[drawn])
        b = statistic(labels[drawn], second[drawn])
        return None if a is None or b is None else a - b

    draws = bootstrap_draws(len(labels), groups, seed, replicates)
    return percentile_interval([difference(drawn) for drawn in draws], difference(slice(None)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number, so that one in twenty tables errs at 5%.

    Args:
        p_values: each 0 to 1.

    Raises:
        ValueError: a p-value is out of range.

    References:
        S. Holm, Scand. J. Stat. 1979, https://www.jstor.org/stable/4615733

    Example:
        >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
        [0.03, 0.06, 0.06]
    """
    values = np.asarray(p_values, np.float64)
    if values.size and not (np.isfinite(values).all() and values.min() >= 0 and values.max() <= 1):
        raise ValueError(f"p_values must be from 0 to 1; got {list(p_values)}.")
    order = np.argsort(values, kind="stable")
    steps = values[order] * np.arange(len(values), 0, -1)
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted.tolist()
