"""Whether two models differ, on the same images."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, norm

from brainscan._core.types import Labels, Scores
from brainscan.metrics.bootstrap import bootstrap_difference
from brainscan.metrics.checks import check_scores, check_two_classes, group_codes
from brainscan.metrics.classification import accuracy, decide
from brainscan.metrics.delong import area_covariance
from brainscan.metrics.estimate import Estimate
from brainscan.metrics.ranking import roc_auc
from brainscan.metrics.resampling import Statistic


@dataclass(frozen=True)
class Test:
    """The outcome of a test of "no difference".

    Attributes:
        method: the name of the test.
        statistic: what was tested: for `mcnemar` the images that only ``a`` gets right, for
            `delong_test` the standardised difference z.
        p_value: two-sided, 0 to 1.
    """

    __test__ = False  # pytest takes a class of this name for tests

    method: str
    statistic: float
    p_value: float


def mcnemar(labels: Labels, a: Scores, b: Scores, threshold: float = 0.5) -> Test:
    """Return McNemar's exact test: of the images that one model alone gets right, are half a's?

    It counts each image as independent: with near-duplicates its p-value is too small.

    Args:
        labels: ``(n,)`` class indices.
        a: the scores of one model, ``(n,)`` or ``(n, classes)``.
        b: the scores of the other for the same images.
        threshold: as for `decide`.

    Returns:
        The exact two-sided binomial test; p is 1 where no image is right for one model alone.

    Raises:
        ValueError: the lengths differ, there is none, or a score is not in 0 to 1.

    References:
        McNemar, Psychometrika 1947, doi:10.1007/BF02295996.

    Examples:
        >>> labels = np.ones(10, np.int64)
        >>> a, b = np.repeat([0.9, 0.1], [9, 1]), np.repeat([0.9, 0.1], [3, 7])
        >>> mcnemar(labels, a, b)
        Test(method='exact McNemar', statistic=6.0, p_value=0.03125)
    """
    only_a, only_b = _discordant(labels, a, b, threshold)
    return Test("exact McNemar", float(only_a), _sign_test(only_a, only_b))


def delong_test(
    labels: Labels, a: Scores, b: Scores, groups: NDArray[Any] | None = None
) -> Test | None:
    """Return DeLong's test of two areas under the ROC curve on the same images.

    Args:
        labels: ``(n,)`` 0 or 1.
        a: ``(n,)`` probabilities of class 1 by one model.
        b: the other's for the same images.
        groups: ``(n,)`` the group of each image; None for a group an image.

    Returns:
        The test; None where it is not defined: a class has fewer than two groups, or the areas
        differ though neither varies.

    Raises:
        ValueError: the lengths differ, there is none, a score is not in 0 to 1, or scores are
            ``(n, classes)``.

    References:
        DeLong et al., Biometrics 1988, doi:10.2307/2531595. With groups: Obuchowski, Biometrics
        1997, doi:10.2307/2533958.

    Examples:
        >>> labels = np.repeat([0, 1], 50)
        >>> rng = np.random.default_rng(0)
        >>> good = np.clip(rng.normal(0.4 + 0.2 * labels, 0.1), 0, 1)
        >>> delong_test(labels, good, rng.random(100)).p_value < 0.001
        True
    """
    check_two_classes(labels, a, "delong_test")
    check_two_classes(labels, b, "delong_test")
    codes = group_codes(groups, len(labels))
    if min(len(np.unique(codes[labels == i])) for i in (0, 1)) < 2:
        return None
    areas, covariance = area_covariance(labels, [a, b], codes)
    difference = float(areas[0] - areas[1])
    variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    if abs(difference) < 1e-12:
        return Test("DeLong", 0.0, 1.0)
    if variance < 1e-16:
        return None
    z = difference / np.sqrt(variance)
    return Test("DeLong", float(z), float(2 * norm.sf(abs(z))))


def paired_bootstrap(
    labels: Labels,
    a: Scores,
    b: Scores,
    groups: NDArray[Any] | None = None,
    statistic: Statistic = accuracy,
    seed: int = 0,
) -> Estimate | None:
    """Return the difference of a figure between two models, a less b, with its 95% interval.

    Both models are measured on each resample of `cluster_bootstrap`.

    Args:
        labels: ``(n,)`` class indices.
        a: the scores of one model, ``(n,)`` or ``(n, classes)``.
        b: the scores of the other for the same images.
        groups: ``(n,)`` the group of each image; None for a group an image.
        statistic: the figure, as for `cluster_bootstrap`.
        seed: the same seed gives the same bits.

    Returns:
        The difference; None where the figure is not defined.

    Raises:
        ValueError: the lengths differ, there is none, or a score is not in 0 to 1.

    Examples:
        >>> labels = np.ones(100, np.int64)
        >>> a, b = np.repeat([0.9, 0.1], [90, 10]), np.repeat([0.9, 0.1], [70, 30])
        >>> found = paired_bootstrap(labels, a, b)
        >>> round(found.value, 2), round(found.low, 1), round(found.high, 1)
        (0.2, 0.1, 0.3)
    """
    found = bootstrap_difference(statistic, labels, (a, b), groups, seed)
    if found is None:
        return None
    function = statistic.func if isinstance(statistic, partial) else statistic
    name = f"difference in {getattr(function, '__name__', 'the figure')}"
    value, (low, high) = found
    return Estimate(name, value, low, high, "paired cluster bootstrap")


def holm(p_values: Sequence[float]) -> list[float]:
    """Return Holm's adjusted p-values: below 0.05, a difference is told with all the tests counted.

    Args:
        p_values: those of all the tests of a table, 0 to 1.

    Returns:
        The adjusted ones in the same order, none smaller than it was, 1 at most.

    Raises:
        ValueError: a p-value is not in 0 to 1.

    References:
        Holm, Scand. J. Stat. 1979, https://www.jstor.org/stable/4615733.

    Examples:
        >>> [round(p, 2) for p in holm([0.01, 0.04, 0.03])]
        [0.03, 0.06, 0.06]
    """
    values = np.asarray(p_values, np.float64)
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError(f"p_values must be in 0 to 1; got {list(p_values)}.")
    order = np.argsort(values, kind="stable")
    steps = np.minimum(1, values[order] * np.arange(len(values), 0, -1))
    adjusted = np.empty_like(values)
    adjusted[order] = np.maximum.accumulate(steps)
    return adjusted.tolist()


@dataclass(frozen=True)
class Comparison:
    """Two models on the same images.

    Attributes:
        names: of the models.
        images: how many there were.
        groups: how many groups they form.
        accuracies: of ``a`` and of ``b``.
        only_a: images that only ``a`` gets right.
        only_b: images that only ``b`` gets right.
        accuracy: the difference in accuracy, a less b, with its interval.
        roc_auc: the difference in area under the ROC curve; None where it is not defined.
        mcnemar: the exact test on decisions.
        delong: the test on areas; None with more than two classes or where it is not defined.
    """

    names: tuple[str, str]
    images: int
    groups: int
    accuracies: tuple[float, float]
    only_a: int
    only_b: int
    accuracy: Estimate
    roc_auc: Estimate | None
    mcnemar: Test
    delong: Test | None

    def sentence(self) -> str:
        """Return in plain words which model is right more often, or that it can't be told."""
        a, b = self.names
        counts = (
            f"{a} is right on {_percent(self.accuracies[0])} of {self.images} images, "
            f"{b} on {_percent(self.accuracies[1])}: a difference of {self._difference()}. "
            f"{self.only_a + self.only_b} images are right for one alone, "
            f"{self.only_a} for {a} and {self.only_b} for {b} "
            f"(exact McNemar p = {_rounded(self.mcnemar.p_value)})."
        )
        return f"{counts} {self._verdict()}"

    def _difference(self) -> str:
        value, low, high = self.accuracy.value, self.accuracy.low, self.accuracy.high
        points = [f"{100 * x:.1f}" for x in (value, low, high) if x is not None]
        return f"{points[0]} points (95% interval {points[1]} to {points[2]})"

    def _verdict(self) -> str:
        a, b = self.names
        low, high = self.accuracy.low, self.accuracy.high
        apart = low is not None and high is not None and (low > 0 or high < 0)
        told = self.mcnemar.p_value < 0.05
        if apart and told:
            better = a if self.only_a > self.only_b else b
            return f"{better} is right more often on images like these."
        if told:
            return (
                f"The {self.images} images form {self.groups} groups, and an interval over groups "
                "holds 0: that is too few to tell them apart."
            )
        smallest = smallest_detectable(self.only_a + self.only_b)
        if smallest is None:
            return (
                "That is too few to tell them apart: fewer than 6 images that are right for one "
                "alone can't show a difference, however they fall."
            )
        return (
            "That is too little to tell them apart: with as many, a difference shows from "
            f"{100 * smallest / self.images:.1f} points on ({smallest} images)."
        )


def compare(
    labels: Labels,
    a: Scores,
    b: Scores,
    groups: NDArray[Any] | None = None,
    seed: int = 0,
    names: tuple[str, str] = ("a", "b"),
    threshold: float = 0.5,
) -> Comparison:
    """Return how two models compare on the same images.

    Args:
        labels: ``(n,)`` class indices.
        a: the scores of one model, ``(n,)`` or ``(n, classes)``.
        b: the scores of the other for the same images.
        groups: ``(n,)`` the group of each image; None for a group an image.
        seed: of the bootstrap.
        names: of the models.
        threshold: as for `decide`.

    Raises:
        ValueError: the lengths differ, there is none, or a score is not in 0 to 1.

    Examples:
        Fifty and forty-seven right of fifty-one:

        >>> labels = np.ones(51, np.int64)
        >>> a, b = np.repeat([0.9, 0.1], [50, 1]), np.repeat([0.9, 0.1], [47, 4])
        >>> print(compare(labels, a, b, names=("CNN", "SVM")).sentence())
        CNN is right on 98.0% of 51 images, ...That is too few to tell them apart: ...
    """
    only_a, only_b = _discordant(labels, a, b, threshold)
    two = a.ndim == 1 and b.ndim == 1
    at = partial(accuracy, threshold=threshold)
    difference = paired_bootstrap(labels, a, b, groups, at, seed)
    area = paired_bootstrap(labels, a, b, groups, roc_auc, seed)
    if difference is None:
        raise RuntimeError("accuracy is always defined.")
    return Comparison(
        names=names,
        images=len(labels),
        groups=len(np.unique(group_codes(groups, len(labels)))),
        accuracies=(accuracy(labels, a, threshold), accuracy(labels, b, threshold)),
        only_a=only_a,
        only_b=only_b,
        accuracy=difference,
        roc_auc=area,
        mcnemar=mcnemar(labels, a, b, threshold),
        delong=delong_test(labels, a, b, groups) if two else None,
    )


def smallest_detectable(discordant: int) -> int | None:
    """Return the smallest lead, in images, that an exact McNemar test tells at 0.05.

    None where no lead is enough, with fewer than 6 images.
    """
    for only_b in range(discordant // 2, -1, -1):
        if _sign_test(discordant - only_b, only_b) < 0.05:
            return discordant - 2 * only_b
    return None


def _discordant(labels: Labels, a: Scores, b: Scores, threshold: float) -> tuple[int, int]:
    check_scores(labels, a)
    check_scores(labels, b)
    right_a, right_b = (decide(scores, threshold) == labels for scores in (a, b))
    return int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())


def _sign_test(first: int, second: int) -> float:
    return float(binomtest(first, first + second).pvalue) if first + second else 1.0


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _rounded(p_value: float) -> str:
    return f"{p_value:.2g}" if p_value >= 0.001 else f"{p_value:.0e}"
