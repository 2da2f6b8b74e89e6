"""Tables of a benchmark: Markdown, LaTeX, CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from brainscan._core.artifacts import write_text
from brainscan.benchmark.protocol import protocols
from brainscan.benchmark.result import Predictions, Result, Row

_HEADINGS = (
    "model",
    "trainable parameters",
    "ms/step",
    "training, s",
    "test accuracy (95% interval)",
    "AUC",
)


def markdown(rows: Sequence[Row], settings: dict[str, Any]) -> str:
    """Return the rows as a Markdown table, followed by how they were measured."""
    lines = ["| " + " | ".join(_HEADINGS) + " |", "| --- |" + " ---: |" * (len(_HEADINGS) - 1)]
    lines += ["| " + " | ".join(cells(row)) + " |" for row in rows]
    failures = [f"- {row.model}: {row.error}" for row in rows if row.error]
    parts = ["\n".join(lines), caption(settings)]
    if failures:
        parts.append("Not measured:\n\n" + "\n".join(failures))
    return "\n\n".join(parts) + "\n"


def latex(rows: Sequence[Row], settings: dict[str, Any]) -> str:
    """Return the rows as a LaTeX tabular in booktabs style, with the caption as a comment."""
    lines = [
        "% " + caption(settings),
        r"\begin{tabular}{l" + "r" * (len(_HEADINGS) - 1) + "}",
        r"\toprule",
        " & ".join(map(_escape, _HEADINGS)) + r" \\",
        r"\midrule",
    ]
    lines += [" & ".join(map(_escape, cells(row))) + r" \\" for row in rows]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def csv_table(rows: Sequence[Row]) -> str:
    """Return every field of every row; what is not known is empty."""
    return _csv([field.name for field in fields(Row)], [list(asdict(row).values()) for row in rows])


def caption(settings: dict[str, Any]) -> str:
    """Say in plain sentences what was measured, on what."""
    data, machine = settings["data"], settings["environment"]
    protocol = protocols[settings["protocol"]].caption
    return (
        f"{data['name']}: {data['images']} images in {data['groups']} groups. {protocol} "
        f"Intervals: Wilson, 95%, images taken as independent. Seed {settings['seed']}; "
        f"{settings['recipe']['epochs']} epochs, batch {settings['recipe']['batch_size']}, "
        f"weights {settings['recipe']['weights'] or 'random'}. {machine['device']}, "
        f"Python {machine['python']}, Keras {machine['keras']}, JAX {machine['jax']}; "
        f"{settings['date']}. Research use only."
    )


def cells(row: Row) -> list[str]:
    """Return the columns of the printed table; a failed model has its reason in short."""
    if row.error is not None:
        return [row.model, _count(row.trainable_parameters), "", "", "failed", ""]
    return [
        row.model,
        _count(row.trainable_parameters),
        _number(row.ms_per_step, 1),
        _number(row.training_seconds, 1),
        accuracy_cell(row),
        _number(row.auc, 3),
    ]


def accuracy_cell(row: Row) -> str:
    """Return the accuracy with its interval, in per cent."""
    if row.accuracy is None or row.accuracy_low is None or row.accuracy_high is None:
        return ""
    low, high = 100 * row.accuracy_low, 100 * row.accuracy_high
    return f"{100 * row.accuracy:.1f}% ({low:.1f} to {high:.1f})"


def save_tables(result: Result, folder: Path) -> None:
    """Write table.md, table.tex, table.csv and a CSV of predictions for each model."""
    write_text(folder / "table.md", result.to_markdown())
    write_text(folder / "table.tex", result.to_latex())
    write_text(folder / "table.csv", result.to_csv())
    for earlier in (folder / "predictions").glob("*.csv"):
        if earlier.stem not in result.predictions:
            earlier.unlink()
    for name, predictions in result.predictions.items():
        write_text(folder / "predictions" / f"{name}.csv", _predictions_csv(predictions, result))


def _predictions_csv(predictions: Predictions, result: Result) -> str:
    classes = result.settings["data"]["classes"]
    several = predictions.scores.ndim == 2
    columns = [f"score_{name}" for name in classes] if several else ["score"]
    rows = [
        [image, fold, classes[label], *(score if several else [score])]
        for image, fold, label, score in zip(
            predictions.ids,
            predictions.folds.tolist(),
            predictions.labels.tolist(),
            predictions.scores.tolist(),
            strict=True,
        )
    ]
    return _csv(["id", "fold", "label", *columns], rows)


def _csv(header: list[str], rows: list[list[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _count(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _escape(text: str) -> str:
    return text.replace("%", r"\%").replace("_", r"\_").replace("&", r"\&")
