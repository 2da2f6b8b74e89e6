"""Figures of a benchmark as PNG: the paper's, and those that show what its table is worth."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from brainscan._core.artifacts import write_atomic
from brainscan.benchmark.figures import gallery, paper, robustness, scores
from brainscan.benchmark.result import Result


def save_figures(result: Result, folder: Path) -> list[Path]:
    """Write the figures that the result has data for.

    Returns:
        The files written: ``figure4_accuracy.png`` and ``figure5_loss.png`` where networks were
        trained, ``figure6_comparison.png`` and ``confusion.png`` where any model was tested,
        ``roc.png``, ``precision_recall.png``, ``reliability.png`` and ``decision.png`` for two
        classes, ``robustness.png`` where it was asked for, ``failures_MODEL.png`` where the result
        has its crops.
    """
    figures: dict[str, Callable[[], Figure]] = {}
    if result.histories:
        figures["figure4_accuracy.png"] = lambda: paper.curves(
            result.histories, "accuracy", result.settings
        )
        figures["figure5_loss.png"] = lambda: paper.curves(
            result.histories, "loss", result.settings
        )
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
    written = [save(draw(), folder / name) for name, draw in figures.items()]
    return written if result.crops is None else written + _galleries(result, folder)


def _galleries(result: Result, folder: Path) -> list[Path]:
    """Write what each model got wrong, and remove galleries of an earlier result."""
    drawn = {name: gallery.failures(result, name) for name in result.predictions}
    written = [
        save(figure, folder / f"failures_{name}.png")
        for name, figure in drawn.items()
        if figure is not None
    ]
    for earlier in folder.glob("failures_*.png"):
        if earlier not in written:
            earlier.unlink()
    return written


def save(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG, atomically."""

    def write(temporary: Path) -> Any:
        content = BytesIO()
        figure.savefig(content, format="png", dpi=150)
        temporary.write_bytes(content.getvalue())

    return write_atomic(path, write)
