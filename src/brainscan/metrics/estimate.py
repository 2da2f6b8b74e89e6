"""Every metric of one model with its interval."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from brainscan._core.types import Labels, Scores
from brainscan.metrics import classification as metric
from brainscan.metrics.checks import check
from brainscan.metrics.intervals import (
    REPLICATES,
    Interval,
    Statistic,
    bootstrap_draws,
    delong,
    percentile_interval,
    wilson,
)


@dataclass(frozen=True)
class Estimate:
    """A metric with its 95% interval.

    Args:
        name: of the metric.
        value: None where it is not defined for these images.
        low: lower end of the interval; None with the value.
        high: upper end of the interval; None with the value.
        method: how the interval was computed: ``Wilson``, ``DeLong`` or ``cluster bootstrap``.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    method: str


def evaluate(
    labels: Labels,
    scores: Scores,
    groups: NDArray[np.int64] | None = None,
    threshold: float = 0.5,
    prevalence: float | None = None,
    seed: int = 0,
) -> dict[str, Estimate]:
    """Return every metric with its 95% interval.

    Proportions have Wilson's interval and the AUC of two classes DeLong's, for which images are
    independent; all else is bootstrapped by group.

    Args:
        labels: ``(n,)`` class indices.
        scores: ``(n,)`` probabilities of class 1, or ``(n, classes)``.
        groups: ``(n,)`` images with one value are drawn together; None where each is its own.
        threshold: of two classes; choose it on validation images, see `choose_threshold`.
        prevalence: for PPV and NPV where the model would be used; None for that of the images.
        seed: of the bootstrap.

    Returns:
        By name: for two classes accuracy, sensitivity, specificity, ppv, npv, balanced_accuracy,
        f1, mcc, roc_auc, average_precision, brier and log_loss; for more, without the four that
        only two classes have.

    Raises:
        ValueError: the lengths differ, there is no image, or a score is not in 0 to 1.

    Example:
        >>> labels, scores = np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.7, 0.9])
        >>> evaluate(labels, scores)["sensitivity"].value
        1.0
    """
    check(labels, scores)
    found = {e.name: e for e in _proportions(labels, scores, threshold, prevalence)}
    bootstrapped: dict[str, Statistic] = {
        "balanced_accuracy": partial(metric.balanced_accuracy, threshold=threshold),
        "f1": partial(metric.f1, threshold=threshold),
        "mcc": partial(metric.mcc, threshold=threshold),
        "roc_auc": metric.roc_auc,
        "average_precision": metric.average_precision,
        "brier": metric.brier,
        "log_loss": metric.log_loss,
    }
    if prevalence is not None and scores.ndim == 1:
        for name, function in (("ppv", metric.ppv), ("npv", metric.npv)):
            bootstrapped[name] = partial(function, threshold=threshold, prevalence=prevalence)
    draws = bootstrap_draws(len(labels), groups, seed, REPLICATES)
    for name, statistic in bootstrapped.items():
        value = statistic(labels, scores)
        if name == "roc_auc" and scores.ndim == 1:
            found[name] = _estimate(name, value, delong(labels, scores), "DeLong")
            continue
        values = [statistic(labels[drawn], scores[drawn]) for drawn in draws]
        interval = percentile_interval(values, value)
        found[name] = _estimate(name, value, interval, "cluster bootstrap")
    return found


def _proportions(
    labels: Labels, scores: Scores, threshold: float, prevalence: float | None
) -> list[Estimate]:
    counts = metric.confusion(labels, scores, threshold)
    parts = {"accuracy": (int(np.trace(counts)), int(counts.sum()))}
    if scores.ndim == 1:
        parts["sensitivity"] = (int(counts[1, 1]), int(counts[1].sum()))
        parts["specificity"] = (int(counts[0, 0]), int(counts[0].sum()))
        if prevalence is None:
            parts["ppv"] = (int(counts[1, 1]), int(counts[:, 1].sum()))
            parts["npv"] = (int(counts[0, 0]), int(counts[:, 0].sum()))
    return [
        _estimate(name, part / whole, wilson(part, whole), "Wilson")
        if whole
        else _estimate(name, None, None, "Wilson")
        for name, (part, whole) in parts.items()
    ]


def _estimate(name: str, value: float | None, interval: Interval | None, method: str) -> Estimate:
    low, high = (None, None) if interval is None else interval
    return Estimate(name, value, low, high, method)
