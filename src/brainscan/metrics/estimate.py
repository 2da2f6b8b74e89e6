"""Every figure of merit, each with its interval."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainscan._core.types import Labels, Scores
from brainscan.metrics import classification, diagnosis, probability, ranking
from brainscan.metrics.bootstrap import bootstrap_all
from brainscan.metrics.checks import check_scores, group_codes
from brainscan.metrics.delong import delong
from brainscan.metrics.intervals import Interval, clustered_wilson
from brainscan.metrics.resampling import Statistic


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95% interval.

    Attributes:
        name: of the figure.
        value: None where it is not defined for these images.
        low: the lower end; None where there is no interval.
        high: the upper end; None where there is no interval.
        method: how the interval was made.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    method: str


def evaluate(
    labels: Labels,
    scores: Scores,
    groups: NDArray[Any] | None = None,
    threshold: float = 0.5,
    prevalence: float | None = None,
    seed: int = 0,
) -> dict[str, Estimate]:
    """Return every figure of merit with its 95% interval.

    Accuracy, sensitivity, specificity, PPV and NPV have Wilson's interval, the ROC AUC of two
    classes DeLong's, and the rest the bootstrap's, as do PPV and NPV at a stated prevalence. With
    groups each of them counts images of one group as dependent.

    Args:
        labels: ``(n,)`` class indices.
        scores: ``(n,)`` probabilities of class 1, or ``(n, classes)``, which has no sensitivity,
            specificity, PPV and NPV.
        groups: ``(n,)`` the group of each image, near-duplicates or slices of one patient; None for
            a group an image.
        threshold: as for `decide`.
        prevalence: for PPV and NPV; None for that of these images.
        seed: of the bootstrap.

    Returns:
        By name: ``accuracy``, ``balanced_accuracy``, ``sensitivity``, ``specificity``, ``ppv``,
        ``npv``, ``f1``, ``mcc``, ``roc_auc``, ``average_precision``, ``brier``, ``log_loss``.

    Raises:
        ValueError: the lengths differ, there is none, or a score is not in 0 to 1.

    Examples:
        >>> labels, scores = np.repeat([0, 1], [20, 31]), np.repeat([0.2, 0.8], [21, 30])
        >>> found = evaluate(labels, scores)["accuracy"]
        >>> f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f}), {found.method}"
        '0.980 (0.897 to 0.997), Wilson'
    """
    check_scores(labels, scores)
    codes = group_codes(groups, len(labels))
    found = _proportions(labels, scores, codes, threshold, prevalence)
    if scores.ndim == 1:
        interval = delong(labels, scores, groups=codes)
        found["roc_auc"] = _estimate("roc_auc", ranking.roc_auc(labels, scores), interval, "DeLong")
    rest = _rest(scores, threshold, prevalence)
    intervals = bootstrap_all(rest, labels, scores, codes, seed)
    for name, statistic in rest.items():
        value = statistic(labels, scores)
        found[name] = _estimate(name, value, intervals[name], "cluster bootstrap")
    return {name: found[name] for name in NAMES if name in found}


NAMES = (
    "accuracy",
    "balanced_accuracy",
    "sensitivity",
    "specificity",
    "ppv",
    "npv",
    "f1",
    "mcc",
    "roc_auc",
    "average_precision",
    "brier",
    "log_loss",
)


def _proportions(
    labels: Labels,
    scores: Scores,
    codes: NDArray[np.int64],
    threshold: float,
    prevalence: float | None,
) -> dict[str, Estimate]:
    """Return the figures that are a share of some of the images."""
    decisions = classification.decide(scores, threshold)
    right = decisions == labels
    among = {"accuracy": np.ones(len(labels), np.bool_)}
    if scores.ndim == 1:
        among |= {"sensitivity": labels == 1, "specificity": labels == 0}
    if scores.ndim == 1 and prevalence is None:
        among |= {"ppv": decisions == 1, "npv": decisions == 0}
    found: dict[str, Estimate] = {}
    for name, some in among.items():
        interval = clustered_wilson(right[some], codes[some]) if some.any() else None
        value = float(right[some].mean()) if some.any() else None
        found[name] = _estimate(name, value, interval, "Wilson")
    return found


def _rest(scores: Scores, threshold: float, prevalence: float | None) -> dict[str, Statistic]:
    """Return the figures whose interval is the bootstrap's."""
    decided: dict[str, Callable[..., float | None]] = {
        "balanced_accuracy": classification.balanced_accuracy,
        "f1": classification.f1,
        "mcc": classification.mcc,
    }
    if scores.ndim == 1 and prevalence is not None:
        decided["ppv"] = partial(diagnosis.ppv, prevalence=prevalence)
        decided["npv"] = partial(diagnosis.npv, prevalence=prevalence)
    rest: dict[str, Statistic] = {
        name: partial(statistic, threshold=threshold) for name, statistic in decided.items()
    }
    if scores.ndim == 2:
        rest["roc_auc"] = ranking.roc_auc
    rest["average_precision"] = ranking.average_precision
    return rest | {"brier": probability.brier, "log_loss": probability.log_loss}


def _estimate(name: str, value: float | None, interval: Interval | None, method: str) -> Estimate:
    low, high = (None, None) if interval is None or value is None else interval
    return Estimate(name, value, low, high, method)
