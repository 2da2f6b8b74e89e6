"""ROC, precision-recall and decision curves with their bands."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve as sklearn_precision_recall
from sklearn.metrics import roc_curve as sklearn_roc

from brainscan._core.types import Labels, Scores
from brainscan.metrics.checks import check_binary
from brainscan.metrics.intervals import bootstrap_draws

_GRID = np.linspace(0, 1, 101)
_REPLICATES = 500
Line = Callable[[Labels, Scores], Float64[np.ndarray, " points"]]


@dataclass(frozen=True, eq=False)
class Curve:
    """A curve with a pointwise 95% band.

    Args:
        x: ``(points,)``.
        y: ``(points,)``.
        low: ``(points,)`` lower end of the band.
        high: ``(points,)`` upper end of the band.
    """

    x: Float64[np.ndarray, " points"]
    y: Float64[np.ndarray, " points"]
    low: Float64[np.ndarray, " points"]
    high: Float64[np.ndarray, " points"]


def roc_curve(
    labels: Labels, scores: Scores, groups: NDArray[np.int64] | None = None, seed: int = 0
) -> Curve:
    """Return sensitivity against 1 - specificity, with a band by cluster bootstrap.

    Args:
        labels: ``(n,)`` 0 or 1, both there.
        scores: ``(n,)`` probabilities of class 1.
        groups: ``(n,)`` images with one value are drawn together.
        seed: of the bootstrap.

    Raises:
        ValueError: the scores are no probabilities of two classes, or a class is absent.

    Example:
        >>> curve = roc_curve(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
        >>> curve.y[[25, 75]].tolist()
        [0.5, 1.0]
    """

    def line(some: Labels, of_them: Scores) -> Float64[np.ndarray, " points"]:
        false, true, _ = sklearn_roc(some, of_them)
        return true[np.searchsorted(false, _GRID, side="right") - 1]

    return _with_band(line, labels, scores, groups, seed, "roc_curve")


def precision_recall_curve(
    labels: Labels, scores: Scores, groups: NDArray[np.int64] | None = None, seed: int = 0
) -> Curve:
    """Return the PPV against the sensitivity, with a band by cluster bootstrap.

    Takes and raises what `roc_curve` does. Between two points it is the PPV of the higher
    sensitivity.

    Example:
        >>> curve = precision_recall_curve(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
        >>> curve.y[[25, 75]].round(3).tolist()
        [1.0, 0.667]
    """

    def line(some: Labels, of_them: Scores) -> Float64[np.ndarray, " points"]:
        precision, recall, _ = sklearn_precision_recall(some, of_them)
        best = np.maximum.accumulate(precision)[::-1]  # the best PPV at this sensitivity or above
        recall = recall[::-1]
        return best[np.searchsorted(recall, _GRID, side="left")]

    return _with_band(line, labels, scores, groups, seed, "precision_recall_curve")


@dataclass(frozen=True, eq=False)
class DecisionCurve:
    """Net benefit of acting on a model, on everybody and on nobody.

    Args:
        thresholds: ``(points,)`` the probability from which on one would act.
        model: ``(points,)`` net benefit, in true positives an image.
        treat_all: ``(points,)`` that of acting on everybody; on nobody it is 0.
    """

    thresholds: Float64[np.ndarray, " points"]
    model: Float64[np.ndarray, " points"]
    treat_all: Float64[np.ndarray, " points"]


def decision_curve(
    labels: Labels, scores: Scores, thresholds: Float64[np.ndarray, " points"] | None = None
) -> DecisionCurve:
    """Return the net benefit over the thresholds at which one would act.

    Args:
        labels: ``(n,)`` 0 or 1.
        scores: ``(n,)`` probabilities of class 1; they must be calibrated to mean anything here.
        thresholds: ``(points,)`` from 0 to below 1; None for 0.01 to 0.99.

    Raises:
        ValueError: the scores are no probabilities of two classes, or a threshold is out of range.

    References:
        A. J. Vickers and E. B. Elkin, Med. Decis. Making 2006, doi:10.1177/0272989X06295361

    Example:
        >>> curve = decision_curve(np.array([0, 1]), np.array([0.3, 0.9]), np.array([0.2, 0.5]))
        >>> curve.model.tolist(), curve.treat_all.tolist()
        ([0.375, 0.5], [0.375, 0.0])
    """
    check_binary(labels, scores, "decision_curve")
    at = np.linspace(0.01, 0.99, 99) if thresholds is None else thresholds
    if len(at) == 0 or at.min() < 0 or at.max() >= 1:
        raise ValueError("thresholds must be one or more, from 0 to below 1.")
    acted = scores[None] >= at[:, None]
    true = (acted & (labels == 1)).mean(axis=1)
    false = (acted & (labels == 0)).mean(axis=1)
    odds = at / (1 - at)
    share = float(labels.mean())
    return DecisionCurve(at, true - false * odds, share - (1 - share) * odds)


def _with_band(
    line: Line,
    labels: Labels,
    scores: Scores,
    groups: NDArray[np.int64] | None,
    seed: int,
    name: str,
) -> Curve:
    check_binary(labels, scores, name)
    if labels.min() == labels.max():
        raise ValueError(f"{name} needs images of both classes; got one class only.")
    draws = bootstrap_draws(len(labels), groups, seed, _REPLICATES)
    lines = [
        line(labels[drawn], scores[drawn])
        for drawn in draws
        if labels[drawn].min() != labels[drawn].max()
    ]
    low, high = np.quantile(lines, [0.025, 0.975], axis=0)
    return Curve(_GRID.copy(), line(labels, scores), low, high)
