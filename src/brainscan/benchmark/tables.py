"""Tables of a benchmark: Markdown, LaTeX, CSV."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from brainscan._core.artifacts import write_text
from brainscan.benchmark import grid
from brainscan.benchmark.controls import controls
from brainscan.benchmark.images import ImageRecord
from brainscan.benchmark.result import Predictions, Result, Row

Cell = Callable[[Row], str]


def markdown(rows: Sequence[Row], settings: dict[str, Any]) -> str:
    """Return the rows as a Markdown table, followed by how they were measured."""
    headings, body = table(rows)
    failures = [f"- {row.model}: {row.error}" for row in rows if row.error]
    parts = [grid.to_markdown(headings, body), caption(rows, settings)]
    if failures:
        parts.append("Not measured:\n\n" + "\n".join(failures))
    return "\n\n".join(parts) + "\n"


def latex(rows: Sequence[Row], settings: dict[str, Any]) -> str:
    """Return the rows as a LaTeX tabular in booktabs style, with the caption as a comment."""
    headings, body = table(rows)
    return grid.to_latex(headings, body, caption(rows, settings))


def table(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    """Return the headings and the cells of the printed table; a failed model's say so."""
    columns = _columns(rows)
    body = [
        [
            "failed" if row.error is not None and heading.startswith("test accuracy") else cell(row)
            for heading, cell in columns.items()
        ]
        for row in rows
    ]
    return list(columns), body


def _columns(rows: Sequence[Row]) -> dict[str, Cell]:
    columns: dict[str, Cell] = {
        "model": lambda row: row.model,
        "trainable parameters": lambda row: grid.count(row.trainable_parameters),
        "ms/step": lambda row: grid.number(row.ms_per_step, 1),
        "training, s": lambda row: grid.number(row.training_seconds, 1),
        "test accuracy (95% interval)": accuracy_cell,
        "AUC (95% interval)": auc_cell,
    }
    if any(row.single_accuracy is not None for row in rows):
        columns["accuracy of one model"] = lambda row: _percent(row.single_accuracy)
    if any(row.external_tested for row in rows):
        columns["external accuracy (95% interval)"] = lambda row: _percent(
            row.external_accuracy, row.external_low, row.external_high
        )
        columns["external AUC"] = lambda row: grid.number(row.external_auc, 3)
    return columns


def csv_table(rows: Sequence[Row]) -> str:
    """Return every field of every row; what is not known is empty."""
    return grid.to_csv(
        [field.name for field in fields(Row)], [list(asdict(row).values()) for row in rows]
    )


def caption(rows: Sequence[Row], settings: dict[str, Any]) -> str:
    """Say in plain sentences what was measured, on what."""
    data, machine = settings["data"], settings["environment"]
    return (
        f"{data['name']}: {data['images']} images in {data['groups']} groups. "
        f"{settings['caption']} {_notes(settings)}"
        "Intervals: 95%, images of one group counted as dependent: Wilson for accuracy, DeLong for "
        f"the AUC of two classes, else bootstrap. Seed {settings['seed']}. "
        f"{training_sentence(any(row.kind == 'cnn' for row in rows), settings['recipe'])}"
        f"{machine['device']}, "
        f"Python {machine['python']}, Keras {machine['keras']}, JAX {machine['jax']}; "
        f"{settings['date']}. Research use only."
    )


def training_sentence(networks: bool, recipe: Mapping[str, Any]) -> str:
    """Return how networks were trained, a sentence with a space after it, where there are any."""
    if not networks:
        return ""
    epochs = "1 epoch" if recipe["epochs"] == 1 else f"{recipe['epochs']} epochs"
    parts = [
        f"weights {recipe['weights'] or 'random'}",
        "the last layer fitted to its optimum"
        if recipe["trained"] == "last_layer"
        else f"{epochs}, batch {recipe['batch_size']}",
    ]
    members, stacked = recipe.get("members", 1), recipe.get("stacked")  # older runs have neither
    if members > 1:
        parts.append(f"each the mean of {members}")
    if stacked:
        parts.append(f"stacked with {', '.join(stacked)} on texture features")
    return f"Networks: {', '.join(parts)}. "


def _notes(settings: dict[str, Any]) -> str:
    """Return what else a reader must know, each a sentence with a space after it."""
    notes: list[str] = []
    if settings["twins"]:
        notes.append(
            f"{settings['twins']} tested images have one of their group (a near-duplicate, or the "
            "same patient) among those learnt from."
        )
    if settings["external"] is not None:
        other = settings["external"]
        notes.append(
            f"External: {other['name']}, {other['images']} images that nothing was trained on, "
            "scored by the average of all folds' models."
        )
        if other["left_out"]:
            notes.append(
                f"{len(other['left_out'])} external images were refused, as copies or unreadable; "
                "settings.json and the report name them."
            )
    if settings["control"] is not None:
        notes.append(controls[settings["control"]].caption)
    return "".join(f"{note} " for note in notes)


def accuracy_cell(row: Row) -> str:
    """Return the accuracy with its interval, in per cent."""
    return _percent(row.accuracy, row.accuracy_low, row.accuracy_high)


def auc_cell(row: Row) -> str:
    """Return the AUC with its interval."""
    return grid.interval(row.auc, row.auc_low, row.auc_high, 3)


def save_tables(result: Result, folder: Path) -> None:
    """Write table.md, table.tex, table.csv, metrics.csv and a CSV of predictions for each model."""
    write_text(folder / "table.md", result.to_markdown())
    write_text(folder / "table.tex", result.to_latex())
    write_text(folder / "table.csv", result.to_csv())
    write_text(folder / "metrics.csv", metrics_csv(result))
    classes = result.settings["data"]["classes"]
    written: set[str] = set()
    for kind, by_model, records in (
        ("", result.predictions, result.images),
        ("external-", result.externals, result.external_images),
    ):
        for name, predictions in by_model.items():
            path = folder / "predictions" / f"{kind}{name}.csv"
            written.add(path.name)
            write_text(path, _predictions_csv(predictions, records, classes))
    for earlier in (folder / "predictions").glob("*.csv"):
        if earlier.name not in written:
            earlier.unlink()


def metrics_csv(result: Result) -> str:
    """Return every metric of every model with its interval, on test and on external images."""
    rows = [
        [name, images, estimate.name, estimate.value, estimate.low, estimate.high, estimate.method]
        for images, by_model in (("test", result.predictions), ("external", result.externals))
        for name in by_model
        for estimate in result.metrics(name, images).values()
    ]
    return grid.to_csv(["model", "images", "metric", "value", "low", "high", "interval"], rows)


def _predictions_csv(
    predictions: Predictions, records: dict[str, ImageRecord], classes: Sequence[str]
) -> str:
    several = predictions.scores.ndim == 2
    columns = [f"score_{name}" for name in classes] if several else ["score"]
    rows = [
        [image, records[image].sha256, group, fold, classes[label], *np.atleast_1d(score)]
        for image, group, fold, label, score in zip(
            predictions.ids,
            predictions.groups.tolist(),
            predictions.folds.tolist(),
            predictions.labels.tolist(),
            predictions.scores.tolist(),
            strict=True,
        )
    ]
    return grid.to_csv(["id", "sha256", "group", "fold", "label", *columns], rows)


def _percent(value: float | None, low: float | None = None, high: float | None = None) -> str:
    if value is None:
        return ""
    interval = "" if low is None or high is None else f" ({100 * low:.1f} to {100 * high:.1f})"
    return f"{100 * value:.1f}%{interval}"
