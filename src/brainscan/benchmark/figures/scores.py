"""What scores are worth: ROC, precision and recall, reliability, net benefit, confusion."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from brainscan.benchmark.figures.style import BLUE, PALETTE
from brainscan.benchmark.result import Predictions, Result
from brainscan.metrics import (
    Curve,
    calibration_error,
    decide,
    decision_curve,
    precision_recall_curve,
    roc_curve,
)
from brainscan.metrics import reliability as measure_reliability

_COLUMNS = 4
_THRESHOLDS = np.linspace(0.01, 0.99, 99)


def binary(result: Result) -> bool:
    """Tell whether there are scores of two classes, both of which were tested."""
    return any(
        p.scores.ndim == 1 and p.labels.min() != p.labels.max() for p in result.predictions.values()
    )


def roc(result: Result) -> Figure:
    """Draw the ROC curve of every model with its 95% band, a panel a model."""
    figure, panels = _panels(result, "ROC, with 95% bands by cluster bootstrap")
    for axis, name, seen, colour in panels:
        curve = roc_curve(seen.labels, seen.scores, seen.groups, result.settings["seed"])
        _draw(axis, curve, colour)
        axis.plot([0, 1], [0, 1], color="grey", linestyle=":")
        axis.set_title(f"{name}, AUC {_auc(result, name)}", fontsize="medium")
        axis.set_xlabel("1 - specificity")
        axis.set_ylabel("sensitivity")
    return figure


def precision_recall(result: Result) -> Figure:
    """Draw the PPV against the sensitivity of every model with its 95% band."""
    figure, panels = _panels(result, "Precision and recall, with 95% bands by cluster bootstrap")
    for axis, name, seen, colour in panels:
        curve = precision_recall_curve(
            seen.labels, seen.scores, seen.groups, result.settings["seed"]
        )
        _draw(axis, curve, colour)
        axis.axhline(seen.labels.mean(), color="grey", linestyle=":")
        axis.set_title(name, fontsize="medium")
        axis.set_xlabel("sensitivity (recall)")
        axis.set_ylabel("PPV (precision)")
    return figure


def reliability(result: Result) -> Figure:
    """Draw observed against predicted probability, and where a calibrated model would lie."""
    figure, panels = _panels(result, "Reliability; grey: 95% of perfectly calibrated models")
    for axis, name, seen, colour in panels:
        found = measure_reliability(
            seen.labels, seen.scores, seed=result.settings["seed"], groups=seen.groups
        )
        error = calibration_error(seen.labels, seen.scores)
        axis.plot([0, 1], [0, 1], color="grey", linestyle=":")
        axis.vlines(found.mean_score, found.low, found.high, color="lightgrey", linewidth=6)
        axis.plot(found.mean_score, found.observed, marker="o", markersize=4, color=colour)
        axis.set_title(f"{name}, error {error:.3f}", fontsize="medium")
        axis.set_xlabel("predicted")
        axis.set_ylabel("observed")
    return figure


def decision(result: Result) -> Figure:
    """Draw the net benefit of every model, of acting on everybody and on nobody."""
    figure = Figure(figsize=(6.5, 4.2), layout="constrained")
    axis = figure.subplots()
    for (name, seen), colour in zip(_seen(result), PALETTE * 20, strict=False):
        curve = decision_curve(seen.labels, seen.scores, _THRESHOLDS)
        axis.plot(curve.thresholds, curve.model, color=colour, label=name)
        axis.plot(curve.thresholds, curve.treat_all, color="grey", linestyle="--")
    axis.axhline(0, color="grey", linestyle=":")
    axis.set_ylim(-0.1, 1.05 * max(seen.labels.mean() for _, seen in _seen(result)))
    axis.set_xlabel("threshold probability")
    axis.set_ylabel("net benefit, true positives an image")
    axis.set_title("Net benefit; dashed: act on all, dotted: on none", fontsize="medium")
    axis.legend(frameon=False, fontsize="small")
    return figure


def confusion(result: Result) -> Figure:
    """Draw how many images of each class were decided for each class, a panel a model."""
    names = list(result.predictions)
    classes = result.settings["data"]["classes"]
    figure, axes = _axes(len(names), 2.8, 2.7)
    for axis, name in zip(axes, names, strict=False):
        seen = result.predictions[name].averaged()
        counts = np.zeros((len(classes), len(classes)), np.int64)
        np.add.at(counts, (seen.labels, decide(seen.scores)), 1)
        axis.imshow(counts, cmap="Blues", vmin=0)
        for (row, column), value in np.ndenumerate(counts):
            dark = value > counts.max() / 2
            colour = "white" if dark else "black"
            axis.text(column, row, str(value), ha="center", va="center", color=colour)
        axis.set_xticks(range(len(classes)), classes, parse_math=False)
        axis.set_yticks(range(len(classes)), classes, rotation=90, va="center", parse_math=False)
        axis.set_xlabel("decided")
        axis.set_ylabel("label")
        axis.set_title(name, fontsize="medium")
    return figure


def _seen(result: Result) -> Iterator[tuple[str, Predictions]]:
    for name, predictions in result.predictions.items():
        if predictions.labels.min() != predictions.labels.max():
            yield name, predictions.averaged()


def _panels(
    result: Result, title: str
) -> tuple[Figure, Iterator[tuple[Any, str, Predictions, str]]]:
    seen = list(_seen(result))
    figure, axes = _axes(len(seen), 3.2, 3.2)
    figure.suptitle(f"{result.settings['data']['name']}: {title}", fontsize="medium")
    for axis in axes[: len(seen)]:
        axis.set_xlim(-0.02, 1.02)
        axis.set_ylim(-0.02, 1.02)
        axis.set_aspect("equal")
        axis.grid(alpha=0.3)
    panels = zip(axes, seen, PALETTE * 20, strict=False)
    return figure, ((axis, name, of_it, colour) for axis, (name, of_it), colour in panels)


def _axes(count: int, width: float, height: float) -> tuple[Figure, list[Any]]:
    columns = min(_COLUMNS, count)
    rows = -(-count // columns)
    figure = Figure(figsize=(width * columns, height * rows + 0.4), layout="constrained")
    axes = list(np.ravel(figure.subplots(rows, columns, squeeze=False)))
    for axis in axes[count:]:
        axis.remove()
    return figure, axes


def _draw(axis: Any, curve: Curve, colour: str = BLUE) -> None:
    axis.fill_between(curve.x, curve.low, curve.high, color=colour, alpha=0.2, linewidth=0)
    axis.plot(curve.x, curve.y, color=colour)


def _auc(result: Result, name: str) -> str:
    row = next(row for row in result.rows if row.model == name)
    return "" if row.auc is None else f"{row.auc:.3f}"
