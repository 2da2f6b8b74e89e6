"""The paper's figures 4 to 6: training curves of every network, and bars of test accuracy."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from brainscan.benchmark.figures.style import BLUE, GREEN, ORANGE
from brainscan.benchmark.result import Result, Row
from brainscan.train import History

_COLUMNS = 3


def curves(
    histories: Mapping[str, Sequence[History]], quantity: str, settings: Mapping[str, Any]
) -> Figure:
    """Draw training and validation curves, a panel a network, a thin line a fold.

    Args:
        histories: by network, one a fold.
        quantity: ``"accuracy"``, ``"loss"`` or ``"dice"``.
        settings: of the run.
    """
    names = list(histories)
    columns = min(_COLUMNS, len(names))
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(4 * columns, 3 * rows), layout="constrained")
    axes = np.atleast_1d(figure.subplots(rows, columns, sharey=True, squeeze=False)).ravel()
    for axis, name in zip(axes, names, strict=False):
        _panel(axis, histories[name], quantity, "training", BLUE)
        _panel(axis, histories[name], f"validation_{quantity}", "validation", ORANGE)
        axis.set_title(name, fontsize="medium")
        axis.set_xlabel("epoch")
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.grid(alpha=0.3)
        if quantity != "loss":
            axis.set_ylim(0, 1.02)
    for axis in axes[len(names) :]:
        axis.remove()
    axes[0].set_ylabel(quantity)
    axes[0].legend(frameon=False)
    figure.suptitle(f"{settings['data']['name']}: {quantity}, protocol {settings['protocol']}")
    return figure


def bars(result: Result) -> Figure:
    """Draw the test accuracy of every model with its 95% interval."""
    rows = [row for row in result.rows if row.accuracy is not None]
    figure = Figure(figsize=(7, 0.5 * len(rows) + 1.8), layout="constrained")
    axis = figure.subplots()
    accuracy = np.array([row.accuracy for row in rows])
    whiskers = [
        accuracy - [row.accuracy_low for row in rows],
        [row.accuracy_high for row in rows] - accuracy,
    ]
    axis.barh(
        [row.model for row in rows],
        accuracy,
        xerr=whiskers,
        color=[BLUE if row.kind == "cnn" else GREEN for row in rows],
        error_kw={"capsize": 3, "ecolor": "black"},
    )
    for position, value in enumerate(accuracy):
        axis.text(0.01, position, f"{100 * value:.1f}%", va="center", color="white")
    if rows[0].model in result.predictions:
        labels = result.predictions[rows[0].model].labels
        majority = float(np.bincount(labels).max() / len(labels))
        axis.axvline(majority, color="black", linestyle=":", label="always the commonest class")
    for kind, colour, text in (("cnn", BLUE, "network"), ("classical", GREEN, "GLCM + LBP")):
        if any(row.kind == kind for row in rows):
            axis.barh([rows[0].model], [0], color=colour, label=text)
    axis.invert_yaxis()
    axis.set_xlim(0, 1)
    axis.set_xlabel(f"test accuracy, {_tested(rows)} images, 95% Wilson interval")
    axis.set_title(
        f"{result.settings['data']['name']}, protocol {result.settings['protocol']}",
        fontsize="medium",
    )
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure


def _panel(axis: Any, histories: Sequence[History], field: str, label: str, colour: str) -> None:
    lines = [[getattr(epoch, field) for epoch in history.epochs] for history in histories]
    lines = [line for line in lines if line and line[0] is not None]
    if not lines:
        return
    if len(lines) > 1:
        for line in lines:
            axis.plot(range(1, len(line) + 1), line, color=colour, alpha=0.25, linewidth=0.8)
    shortest = min(map(len, lines))
    mean = np.mean([line[:shortest] for line in lines], axis=0)
    axis.plot(range(1, shortest + 1), mean, color=colour, label=label)


def _tested(rows: Sequence[Row]) -> str:
    return " or ".join(sorted({str(row.tested) for row in rows}))
