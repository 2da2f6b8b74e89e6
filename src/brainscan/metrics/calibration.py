"""Whether a probability of 0.8 is right in 8 of 10: temperature scaling and reliability."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from brainscan._core.types import Labels, Scores
from brainscan.metrics.checks import as_rows, check, check_binary

_LEAST = 1e-12  # the smallest probability whose logarithm is taken
_RANGE = (-4.0, 4.0)  # of the temperature's logarithm
_SIMULATIONS = 2000


@dataclass(frozen=True)
class Temperature:
    """Softens or sharpens probabilities, leaving their order: logits divided by one number.

    Args:
        value: above 0; above 1 softens.

    Raises:
        ValueError: the value is not above 0.

    Example:
        >>> Temperature(2.0)(np.array([0.1, 0.9])).round(2).tolist()
        [0.25, 0.75]
    """

    value: float

    def __post_init__(self) -> None:
        if not 0 < self.value < float("inf"):
            raise ValueError(f"value must be above 0 and finite; got {self.value}.")

    def __call__(self, scores: Scores) -> Scores:
        """Return calibrated scores of the same shape."""
        rows = softmax(_logits(scores) / self.value, axis=1)
        return rows[:, 1] if scores.ndim == 1 else rows


def fit_temperature(labels: Labels, scores: Scores) -> Temperature:
    """Return the temperature with the least log-loss; fit it on validation images only.

    Args:
        labels: ``(n,)`` class indices.
        scores: ``(n,)`` probabilities of class 1, or ``(n, classes)``.

    Returns:
        A value between exp(-4) and exp(4); where every image is right, small: few images don't tell
        how sure to be.

    Raises:
        ValueError: the lengths differ, there is none, or a score is not in 0 to 1.

    References:
        C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, arXiv:1706.04599

    Example:
        >>> labels = np.array([0, 1, 1, 1, 0, 1, 1, 1])
        >>> fit_temperature(labels, np.full(8, 0.99)).value > 1
        True
    """
    check(labels, scores)
    logits = _logits(scores)
    rows = np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        return -float(log_softmax(logits / np.exp(log_temperature), axis=1)[rows, labels].mean())

    found = minimize_scalar(loss, bounds=_RANGE, method="bounded", options={"xatol": 1e-6})
    return Temperature(float(np.exp(found.x)))


@dataclass(frozen=True, eq=False)
class Reliability:
    """Observed against predicted probability, in bins of about equal numbers of images.

    Args:
        predicted: ``(bins,)`` mean score.
        observed: ``(bins,)`` share of class 1.
        counts: ``(bins,)`` number of images.
        low: ``(bins,)`` lower end of the band that holds 95% of what a perfectly calibrated model
            with these scores would show.
        high: ``(bins,)`` upper end of that band.
    """

    predicted: Float64[np.ndarray, " bins"]
    observed: Float64[np.ndarray, " bins"]
    counts: Int64[np.ndarray, " bins"]
    low: Float64[np.ndarray, " bins"]
    high: Float64[np.ndarray, " bins"]

    def error(self) -> float:
        """Return the expected calibration error, 0 to 1: the mean gap, weighted by the counts."""
        gaps = np.abs(self.predicted - self.observed)
        return float(np.average(gaps, weights=self.counts))


def reliability(labels: Labels, scores: Scores, bins: int = 10, seed: int = 0) -> Reliability:
    """Return a reliability diagram with the band of perfect calibration.

    Args:
        labels: ``(n,)`` 0 or 1.
        scores: ``(n,)`` probabilities of class 1.
        bins: how many at most; bins whose edges coincide are joined.
        seed: of the simulated labels behind the band.

    Raises:
        ValueError: the scores are no probabilities of two classes, or ``bins`` is not positive.

    References:
        J. Broecker and L. A. Smith, Weather Forecast. 2007, doi:10.1175/WAF993.1

    Example:
        >>> scores = np.linspace(0.05, 0.95, 200)
        >>> labels = (np.random.default_rng(0).random(200) < scores).astype(int)
        >>> found = reliability(labels, scores, bins=4)
        >>> bool(((found.low <= found.observed) & (found.observed <= found.high)).all())
        True
    """
    check_binary(labels, scores, "reliability")
    if bins < 1:
        raise ValueError(f"bins must be 1 or more; got {bins}.")
    edges = np.unique(np.quantile(scores, np.linspace(0, 1, bins + 1)[1:-1]))
    where = np.searchsorted(edges, scores, side="right")
    _, where, counts = np.unique(where, return_inverse=True, return_counts=True)
    drawn = np.random.default_rng(seed).random((_SIMULATIONS, len(scores))) < scores
    members = np.eye(len(counts))[where]
    low, high = np.quantile(drawn @ members / counts, [0.025, 0.975], axis=0)
    return Reliability(
        np.bincount(where, scores) / counts,
        np.bincount(where, labels) / counts,
        counts.astype(np.int64),
        low,
        high,
    )


def _logits(scores: Scores) -> Float64[np.ndarray, "n classes"]:
    return np.log(np.maximum(as_rows(np.asarray(scores, np.float64)), _LEAST))
