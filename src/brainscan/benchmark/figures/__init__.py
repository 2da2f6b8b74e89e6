"""Figures of a benchmark as PNG: the paper's, and those that show what its table is worth."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from brainscan._core.artifacts import write_atomic
from brainscan.benchmark.figures import paper, robustness, scores
from brainscan.benchmark.result import Result


def save_figures(result: Result, folder: Path) -> list[Path]:
    """Write the figures that the result has data for.

    Returns:
        The files written: ``figure4_accuracy.png`` and ``figure5_loss.png`` where networks were
        trained, ``figure6_comparison.png`` and ``confusion.png`` where any model was tested,
        ``roc.png``, ``precision_recall.png``, ``reliability.png`` and ``decision.png`` for two
        classes, ``robustness.png`` where it was asked for.
    """
    figures: dict[str, Callable[[], Figure]] = {}
    if result.histories:
        figures["figure4_accuracy.png"] = lambda: paper.curves(result, "accuracy")
        figures["figure5_loss.png"] = lambda: paper.curves(result, "loss")
    if any(row.accuracy is not None for row in result.rows):
        figures["figure6_comparison.png"] = lambda: paper.bars(result)
    if result.predictions:
        figures["confusion.png"] = lambda: scores.confusion(result)
    if scores.binary(result):
        figures["roc.png"] = lambda: scores.roc(result)
        figures["precision_recall.png"] = lambda: scores.precision_recall(result)
        figures["reliability.png"] = lambda: scores.reliability(result)
        figures["decision.png"] = lambda: scores.decision(result)
    if result.robustness:
        figures["robustness.png"] = lambda: robustness.curves(result)
    return [save(draw(), folder / name) for name, draw in figures.items()]


def save(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG, atomically."""

    def write(temporary: Path) -> Any:
        content = BytesIO()
        figure.savefig(content, format="png", dpi=150)
        temporary.write_bytes(content.getvalue())

    return write_atomic(path, write)
