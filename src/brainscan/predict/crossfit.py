"""Temperature, threshold and conformal sets from scores of images that were not trained on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainscan._core.types import Labels, Scores
from brainscan.benchmark import Predictions
from brainscan.metrics import (
    Conformal,
    Estimate,
    Temperature,
    choose_threshold,
    cluster_bootstrap,
    evaluate,
    fit_conformal,
    fit_temperature,
)

_UNDECIDED = ("roc_auc", "average_precision", "brier", "log_loss")
_DRAWS = 200  # of groups, a temperature fitted on each


@dataclass(frozen=True, eq=False)
class Calibration:
    """What out-of-fold scores say of a classifier, and how well that holds.

    Attributes:
        temperature: fitted on all of them.
        threshold: chosen on all of them, by Youden's index; None for more than two classes.
        conformal: fitted on all of them.
        metrics: of each fold by what was fitted on the others.
        coverage: for each class, the share of its images whose set held it, likewise.
        answered: the share of images whose set has one class, likewise.
        temperature_interval: its 95% interval by `cluster_bootstrap`, which holds it.
    """

    temperature: Temperature
    threshold: float | None
    conformal: Conformal
    metrics: dict[str, Estimate]
    coverage: tuple[float | None, ...]
    answered: float
    temperature_interval: tuple[float, float] | None


def calibrate(predictions: Predictions, coverage: float, seed: int) -> Calibration:
    """Fit on all folds, and measure on each what the others gave.

    Args:
        predictions: out of fold, one an image, of two folds or more.
        coverage: the share of each class's images whose set should hold their class.
        seed: of the bootstrap.
    """
    labels, scores = predictions.labels, predictions.scores
    honest, sets = np.empty_like(scores), []
    decided = np.empty_like(scores)
    where: list[NDArray[np.int64]] = []
    for fold in np.unique(predictions.folds):
        known, new = predictions.folds != fold, predictions.folds == fold
        fitted = _fit(labels[known], scores[known], coverage)
        honest[new] = fitted[0](scores[new])
        decided[new] = _decided(honest[new], fitted[1])
        sets.append(fitted[2](honest[new]))
        where.append(np.flatnonzero(new))
    order = np.argsort(np.concatenate(where))
    held = np.concatenate(sets)[order]
    right = held[np.arange(len(labels)), labels]
    metrics = evaluate(labels, decided, predictions.groups, seed=seed)
    by_score = evaluate(labels, honest, predictions.groups, seed=seed)
    metrics |= {name: by_score[name] for name in _UNDECIDED}
    return Calibration(
        *_fit(labels, scores, coverage),
        metrics,
        tuple(
            float(right[labels == label].mean()) if (labels == label).any() else None
            for label in range(held.shape[1])
        ),
        float((held.sum(axis=1) == 1).mean()),
        cluster_bootstrap(_temperature, labels, scores, predictions.groups, seed, _DRAWS),
    )


def _fit(
    labels: Labels, scores: Scores, coverage: float
) -> tuple[Temperature, float | None, Conformal]:
    temperature = fit_temperature(labels, scores)
    calibrated = temperature(scores)
    threshold = None
    if scores.ndim == 1:
        both = len(np.unique(labels)) == 2
        threshold = choose_threshold(labels, calibrated) if both else 0.5
    return temperature, threshold, fit_conformal(labels, calibrated, coverage)


def _temperature(labels: Labels, scores: Scores) -> float:
    return fit_temperature(labels, scores).value


def _decided(scores: Scores, threshold: float | None) -> Scores:
    """Return 1 above the threshold and 0 elsewhere; without a threshold the scores themselves."""
    return scores if threshold is None else (scores > threshold).astype(np.float64)
