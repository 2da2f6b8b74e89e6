"""Whether a score of 0.8 means eight in ten."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit, softmax

from brainscan._core.types import Labels, Scores
from brainscan.metrics.checks import check_scores, group_codes
from brainscan.metrics.probability import class_columns, log_loss, resolution

RANGE = (0.05, 20.0)  # of temperatures: beyond, probabilities are all but 0 and 1, or all alike


@dataclass(frozen=True)
class Temperature:
    """One number that makes scores less sure, above 1, or surer, below 1; their order stays.

    Examples:
        >>> Temperature(2.0)(np.array([0.1, 0.5, 0.9])).round(3).tolist()
        [0.25, 0.5, 0.75]
    """

    value: float

    def __call__(self, scores: Scores) -> Scores:
        """Return the scores of ``(n,)`` or ``(n, classes)`` with their logits divided by it."""
        least = resolution(scores)
        inside = np.clip(scores.astype(np.float64), least, 1 - least)
        if scores.ndim == 1:
            return expit(logit(inside) / self.value)
        return softmax(np.log(inside) / self.value, axis=1)


def fit_temperature(labels: Labels, scores: Scores) -> Temperature:
    """Return the temperature that makes the log-loss smallest.

    Give it validation images only: fitted on test images, it makes the test look better than it is.

    Args:
        labels: ``(n,)`` class indices of validation images.
        scores: their ``(n,)`` probabilities of class 1, or ``(n, classes)``.

    Returns:
        A temperature of 0.05 to 20. It is at an end where there is no best one: near 0.05 where all
        images are decided rightly, near 20 where the scores tell nothing.

    Raises:
        ValueError: the lengths differ, there is none, or a score is not in 0 to 1.

    References:
        Guo et al., ICML 2017, https://proceedings.mlr.press/v70/guo17a.html.

    Examples:
        Sure at 0.99, right in 9 of 10:

        >>> labels, scores = np.repeat([1, 0], [9, 1]), np.full(10, 0.99)
        >>> temperature = fit_temperature(labels, scores)
        >>> round(temperature.value, 2), temperature(scores)[0].round(2).item()
        (2.09, 0.9)
    """
    check_scores(labels, scores)

    def loss(log_value: float) -> float:
        return log_loss(labels, Temperature(float(np.exp(log_value)))(scores))

    found = minimize_scalar(
        loss,
        bounds=np.log(RANGE),
        method="bounded",
        options={"xatol": 1e-8},
    )
    return Temperature(float(np.exp(found.x)))


@dataclass(frozen=True)
class Reliability:
    """A reliability diagram: arrays of one entry a bin.

    Attributes:
        mean_score: the mean score of the images in the bin.
        observed: the share of them that are of class 1 (of several classes: decided rightly).
        count: how many there are.
        low: the lower end of the 95% band of ``observed`` that a perfectly calibrated model would
            show with these scores.
        high: the upper end.
    """

    mean_score: NDArray[np.float64]
    observed: NDArray[np.float64]
    count: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def reliability(
    labels: Labels,
    scores: Scores,
    bins: int = 10,
    seed: int = 0,
    groups: NDArray[Any] | None = None,
) -> Reliability:
    """Return how often scores come true, in bins of equally many images.

    The band is drawn by consistency resampling: labels are drawn from the scores, 2000 times. A
    point outside it is more than chance; a point inside shows no fault, not that there is none.

    Args:
        labels: ``(n,)`` class indices.
        scores: ``(n,)`` probabilities of class 1; of ``(n, classes)`` the largest score is taken,
            and whether it is right.
        bins: how many at most: equal scores stay in one bin.
        seed: the same seed gives the same bits.
        groups: ``(n,)`` the group of each image; None for a group an image. What comes true for
            one image of a group is taken to do so for the others of as high a score.

    Raises:
        ValueError: the lengths differ, there is none, a score is not in 0 to 1, or bins is not
            1 or more.

    References:
        Bröcker and Smith, Weather Forecast. 2007, doi:10.1175/WAF993.1.

    Examples:
        >>> labels, scores = np.array([0, 1, 0, 1]), np.array([0.1, 0.2, 0.8, 0.9])
        >>> diagram = reliability(labels, scores, bins=2)
        >>> diagram.mean_score.round(2).tolist(), diagram.observed.tolist()
        ([0.15, 0.85], [0.5, 0.5])
    """
    happened, chances, members = _binned(labels, scores, bins)
    count = np.bincount(members)
    within = np.eye(len(count))[members] / count
    codes = group_codes(groups, len(chances))
    drawn = np.random.default_rng(seed).random((2000, codes.max() + 1))[:, codes] < chances
    low, high = np.quantile(drawn @ within, [0.025, 0.975], axis=0)
    return Reliability(chances @ within, happened @ within, count, low, high)


def calibration_error(labels: Labels, scores: Scores, bins: int = 10) -> float:
    """Return the expected calibration error: the mean gap between score and share, 0 to 1.

    It is never 0 in few images: a perfectly calibrated model has gaps by chance. `brier` and
    `log_loss` need no bins.

    Args:
        labels: ``(n,)`` class indices.
        scores: as for `reliability`.
        bins: of equally many images.

    Returns:
        The gap of each bin, each bin weighted by its images.

    Raises:
        ValueError: as for `reliability`.

    References:
        Naeini et al., AAAI 2015, doi:10.1609/aaai.v29i1.9602.

    Examples:
        >>> round(calibration_error(np.array([0, 1, 0, 1]), np.array([0.1, 0.2, 0.8, 0.9]), 2), 2)
        0.35
    """
    happened, chances, members = _binned(labels, scores, bins)
    gaps = np.bincount(members, weights=happened - chances)
    return float(np.abs(gaps).sum() / len(labels))


def _binned(
    labels: Labels, scores: Scores, bins: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return for each image whether it happened, the chance it was given, and its bin."""
    check_scores(labels, scores)
    if bins < 1:
        raise ValueError(f"bins must be 1 or more; got {bins}.")
    if scores.ndim == 1:
        happened, chances = labels == 1, scores.astype(np.float64)
    else:
        columns = class_columns(scores)
        happened, chances = columns.argmax(axis=1) == labels, columns.max(axis=1)
    edges = np.quantile(chances, np.arange(1, bins) / bins)
    # Equal scores may leave bins empty: the others are numbered anew.
    members = np.unique(np.searchsorted(edges, chances, side="right"), return_inverse=True)[1]
    return happened.astype(np.float64), chances, members.astype(np.int64)
