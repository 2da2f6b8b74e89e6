"""Figures over all thresholds, as curves with bands."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainscan._core.types import Labels, Scores
from brainscan.metrics.checks import check_two_classes, group_codes
from brainscan.metrics.classification import decide
from brainscan.metrics.ranking import weights_by_score
from brainscan.metrics.resampling import resample, with_one_more

Line = NDArray[np.float64]
GRID: Line = np.linspace(0, 1, 101)


@dataclass(frozen=True)
class Curve:
    """A curve on a grid of 101 points of 0 to 1, with a 95% band at each point.

    Attributes:
        x: ``(101,)`` the grid.
        y: ``(101,)`` the curve.
        low: ``(101,)`` the lower edge of the band.
        high: ``(101,)`` the upper edge of the band.
    """

    x: Line
    y: Line
    low: Line
    high: Line


def roc_curve(
    labels: Labels,
    scores: Scores,
    groups: NDArray[Any] | None = None,
    seed: int = 0,
    replicates: int = 2000,
) -> Curve:
    """Return sensitivity over 1 - specificity, with its pointwise 95% band.

    The band is the cluster bootstrap's, each point by itself: it is not a band for the whole curve.

    Args:
        labels: ``(n,)`` 0 or 1; both must occur.
        scores: ``(n,)`` probabilities of class 1.
        groups: ``(n,)`` the group of each image; None for a group an image.
        seed: the same seed gives the same bits.
        replicates: how many resamples, 1 or more.

    Raises:
        ValueError: one class only, or as for `cluster_bootstrap`.

    References:
        Fawcett, Pattern Recognit. Lett. 2006, doi:10.1016/j.patrec.2005.10.010.

    Examples:
        >>> labels, scores = np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])
        >>> curve = roc_curve(labels, scores)
        >>> curve.y[[0, 40, 50, 100]].tolist()
        [0.5, 0.5, 1.0, 1.0]
    """
    check_two_classes(labels, scores, "roc_curve")
    return _curve(_sensitivity_on_grid, labels, scores, groups, seed, replicates)


def precision_recall_curve(
    labels: Labels,
    scores: Scores,
    groups: NDArray[Any] | None = None,
    seed: int = 0,
    replicates: int = 2000,
) -> Curve:
    """Return precision (PPV) over recall (sensitivity), with its pointwise 95% band.

    At each recall of the grid it is the precision at the highest threshold that reaches it.

    Args:
        labels: ``(n,)`` 0 or 1; both must occur.
        scores: ``(n,)`` probabilities of class 1.
        groups: ``(n,)`` the group of each image; None for a group an image.
        seed: the same seed gives the same bits.
        replicates: how many resamples, 1 or more.

    Raises:
        ValueError: one class only, or as for `cluster_bootstrap`.

    References:
        Davis and Goadrich, ICML 2006, doi:10.1145/1143844.1143874.

    Examples:
        >>> labels, scores = np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])
        >>> curve = precision_recall_curve(labels, scores)
        >>> curve.y[[0, 50, 51, 100]].round(3).tolist()
        [1.0, 1.0, 0.667, 0.667]
    """
    check_two_classes(labels, scores, "precision_recall_curve")
    return _curve(_precision_on_grid, labels, scores, groups, seed, replicates)


@dataclass(frozen=True)
class DecisionCurve:
    """Net benefit over threshold probabilities, in true positives an image.

    Attributes:
        thresholds: ``(k,)`` from which probability on one would act.
        model: ``(k,)`` the net benefit of acting on the model.
        treat_all: ``(k,)`` that of acting on everyone.
        treat_none: ``(k,)`` zeros.
    """

    thresholds: Line
    model: Line
    treat_all: Line
    treat_none: Line


def decision_curve(labels: Labels, scores: Scores, thresholds: NDArray[Any]) -> DecisionCurve:
    """Return the net benefit of acting on the model, on everyone and on no one.

    A threshold t says that a missed tumour is as bad as ``(1 - t) / t`` false alarms; the net
    benefit is true positives less false alarms at that rate, an image.

    Args:
        labels: ``(n,)`` 0 or 1.
        scores: ``(n,)`` probabilities of class 1, which should be calibrated.
        thresholds: ``(k,)`` between 0 and 1.

    Raises:
        ValueError: the lengths differ, there is none, a score is not in 0 to 1, or a threshold is
            not between 0 and 1.

    References:
        Vickers and Elkin, Med. Decis. Making 2006, doi:10.1177/0272989X06295361.

    Examples:
        >>> labels, scores = np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])
        >>> curve = decision_curve(labels, scores, np.array([0.2, 0.5]))
        >>> curve.model.tolist(), curve.treat_all.tolist()
        ([0.4375, 0.25], [0.375, 0.0])
    """
    check_two_classes(labels, scores, "decision_curve")
    points = np.asarray(thresholds, np.float64)
    if points.ndim != 1 or not ((points > 0) & (points < 1)).all():
        raise ValueError(f"thresholds must be a row of numbers between 0 and 1; got {thresholds}.")
    called = np.array([decide(scores, float(point)) for point in points]).reshape(-1, len(labels))
    odds = points / (1 - points)
    true, false = (called * labels).mean(axis=1), (called * (1 - labels)).mean(axis=1)
    share = float(labels.mean())
    return DecisionCurve(
        points, true - odds * false, share - odds * (1 - share), np.zeros_like(points)
    )


def _curve(
    on_grid: Callable[[Line, Line], Line],
    labels: Labels,
    scores: Scores,
    groups: NDArray[Any] | None,
    seed: int,
    replicates: int,
) -> Curve:
    if len(np.unique(labels)) < 2:
        raise ValueError(f"labels must hold both classes; got only {labels[0]}.")
    if replicates < 1:
        raise ValueError(f"replicates must be 1 or more; got {replicates}.")
    rng = np.random.default_rng(seed)
    y = on_grid(*(part[0] for part in weights_by_score(labels, scores, np.ones((1, len(labels))))))
    lines: list[Line] = []
    for weights in resample(group_codes(groups, len(labels)), rng, replicates):
        more_labels, (more_scores,), more = with_one_more(labels, (scores,), weights, rng)
        parts = weights_by_score(more_labels, more_scores, more)
        lines += [
            on_grid(ones, zeros)
            for ones, zeros in zip(*parts, strict=True)
            if ones.any() and zeros.any()
        ]
    # Where no resample has both classes, nothing is known.
    lines = lines or [np.zeros_like(GRID), np.ones_like(GRID)]
    low, high = np.quantile(np.array(lines), [0.025, 0.975], axis=0)
    return Curve(GRID, y, np.minimum(low, y), np.maximum(high, y))


def _sensitivity_on_grid(ones: Line, zeros: Line) -> Line:
    """Return the sensitivity at each share of false alarms of the grid, on straight lines."""
    false = np.concatenate([[0.0], np.cumsum(zeros) / zeros.sum()])
    true = np.concatenate([[0.0], np.cumsum(ones) / ones.sum()])
    # Where the curve goes straight up, its upper end counts.
    left = np.searchsorted(false, GRID + 1e-12, side="right") - 1
    right = np.minimum(left + 1, len(false) - 1)
    run = false[right] - false[left]
    part = np.divide(GRID - false[left], run, out=np.zeros_like(GRID), where=run > 0)
    return true[left] + part * (true[right] - true[left])


def _precision_on_grid(ones: Line, zeros: Line) -> Line:
    """Return the precision at the highest threshold that reaches each recall of the grid."""
    found = np.cumsum(ones)
    called = np.cumsum(ones + zeros)
    recall = found / found[-1]
    first = np.searchsorted(recall, np.maximum(GRID, 1e-12) - 1e-12)
    return found[first] / np.maximum(called[first], 1)
