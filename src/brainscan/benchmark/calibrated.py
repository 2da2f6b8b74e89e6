"""Scores of a network made honest on its validation images, fold by fold."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool

from brainscan.benchmark.result import Predictions, Result
from brainscan.metrics import choose_threshold, fit_conformal, fit_temperature


@dataclass(frozen=True, eq=False)
class Calibrated:
    """What validation images say of a network's test scores.

    They chose the network's best epoch too, so they are a little easier for it than new images.

    Args:
        predictions: on the test images, after temperature scaling.
        temperatures: one a fold.
        thresholds: one a fold, by Youden's index, one half where its validation images are all of
            one class; empty for more than two classes.
        sets: ``(n, classes)`` the split-conformal prediction sets; a row of one True is an answer,
            any other is "can't tell".
        coverage: what the sets were made to reach in each class.
    """

    predictions: Predictions
    temperatures: tuple[float, ...]
    thresholds: tuple[float, ...]
    sets: Bool[np.ndarray, "n classes"]
    coverage: float

    def class_coverage(self) -> list[float | None]:
        """Return the share of each class's images whose set holds their class."""
        labels = self.predictions.labels
        held = self.sets[np.arange(len(labels)), labels]
        return [
            float(held[labels == label].mean()) if (labels == label).any() else None
            for label in range(self.sets.shape[1])
        ]

    def answered(self) -> float:
        """Return the share of images whose set has one class."""
        return float((self.sets.sum(axis=1) == 1).mean())


def calibrate(result: Result, model: str, coverage: float = 0.9) -> Calibrated | None:
    """Fit temperature, threshold and conformal sets on each fold's validation images.

    Args:
        result: of a benchmark.
        model: one of its networks.
        coverage: the share of each class's images whose set should hold their class.

    Returns:
        The calibrated test predictions; None for what learns from the validation images too, such
        as a classical classifier.
    """
    if model not in result.validations:
        return None
    tested, validated = result.predictions[model], result.validations[model]
    scores = np.empty_like(tested.scores)
    sets = np.zeros((len(tested.ids), len(result.settings["data"]["classes"])), np.bool_)
    temperatures: list[float] = []
    thresholds: list[float] = []
    for fold in np.unique(tested.folds):
        known, new = validated.folds == fold, tested.folds == fold
        labels = validated.labels[known]
        temperature = fit_temperature(labels, validated.scores[known])
        on_validation = temperature(validated.scores[known])
        scores[new] = temperature(tested.scores[new])
        sets[new] = fit_conformal(labels, on_validation, coverage)(scores[new])
        temperatures.append(temperature.value)
        if scores.ndim == 1:
            both = len(np.unique(labels)) == 2
            thresholds.append(choose_threshold(labels, on_validation) if both else 0.5)
    return Calibrated(
        replace(tested, scores=scores), tuple(temperatures), tuple(thresholds), sets, coverage
    )
