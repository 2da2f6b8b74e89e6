"""Tables of a comparison of segmentation methods: Markdown, LaTeX, CSV."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from brainscan._core.artifacts import write_text
from brainscan.benchmark import grid
from brainscan.benchmark.segmentation.result import (
    MaskPredictions,
    SegmentationResult,
    SegmentationRow,
)
from brainscan.benchmark.tables import training_sentence
from brainscan.metrics import Estimate
from brainscan.metrics.segmentation.evaluation import DISTANCES, EMPTY, FIGURES

TITLES = {
    "dice": "Dice",
    "iou": "IoU",
    "mask_sensitivity": "sensitivity",
    "mask_precision": "precision",
    "hd95": "HD95",
    "average_surface_distance": "surface distance",
    "lesion_f1": "lesion F1",
    EMPTY: "images without a lesion left empty",
}


def markdown(rows: Sequence[SegmentationRow], settings: Mapping[str, Any]) -> str:
    """Return the rows as a Markdown table, followed by how they were measured."""
    parts = [grid.to_markdown(*table(rows, settings)), caption(rows, settings)]
    failures = [f"- {row.model}: {row.error}" for row in rows if row.error]
    if failures:
        parts.append("Not measured:\n\n" + "\n".join(failures))
    return "\n\n".join(parts) + "\n"


def latex(rows: Sequence[SegmentationRow], settings: Mapping[str, Any]) -> str:
    """Return the rows as a LaTeX tabular in booktabs style, with the caption as a comment."""
    return grid.to_latex(*table(rows, settings), caption(rows, settings))


def table(
    rows: Sequence[SegmentationRow], settings: Mapping[str, Any]
) -> tuple[list[str], list[list[str]]]:
    """Return the headings and the cells of the printed table; a failed model's say so."""
    columns: dict[str, Callable[[SegmentationRow], str]] = {
        "model": lambda row: row.model,
        "trainable parameters": lambda row: grid.count(row.trainable_parameters),
        "ms/step": lambda row: grid.number(row.ms_per_step, 1),
        "training, s": lambda row: grid.number(row.training_seconds, 1),
        "Dice (95% interval)": lambda row: "failed" if row.error else cell(row.means, "dice"),
        "Dice before post-processing": lambda row: mean(row.before, "dice"),
        "IoU": lambda row: mean(row.means, "iou"),
        f"HD95, {unit(settings)} (95% interval)": lambda row: cell(row.means, "hd95"),
        f"surface distance, {unit(settings)}": lambda row: mean(
            row.means, "average_surface_distance"
        ),
        "lesion F1 (95% interval)": lambda row: cell(row.means, "lesion_f1"),
    }
    if any(EMPTY in row.means and row.means[EMPTY].value is not None for row in rows):
        columns[f"{TITLES[EMPTY]} (95% interval)"] = lambda row: cell(row.means, EMPTY)
    body = [[write(row) for write in columns.values()] for row in rows]
    return list(columns), body


def csv_table(rows: Sequence[SegmentationRow]) -> str:
    """Return every figure of every row; what is not known is empty."""
    plain = (
        "model",
        "kind",
        "trainable_parameters",
        "ms_per_step",
        "compile_seconds",
        "training_seconds",
        "tested",
        "lesions",
    )
    header = list(plain)
    for name in FIGURES:
        header += [name, f"{name}_low", f"{name}_high", f"{name}_before"]
    body: list[list[Any]] = []
    for row in rows:
        cells = [getattr(row, name) for name in plain]
        for name in FIGURES:
            after, before = (found.get(name) for found in (row.means, row.before))
            cells += [None] * 3 if after is None else [after.value, after.low, after.high]
            cells.append(None if before is None else before.value)
        body.append([*cells, row.error])
    return grid.to_csv([*header, "error"], body)


def caption(rows: Sequence[SegmentationRow], settings: Mapping[str, Any]) -> str:
    """Say in plain sentences what was measured, on what."""
    data, machine = settings["data"], settings["environment"]
    left_out = len(data["left_out"])
    return (
        f"{data['name']}: {data['images']} images in {data['groups']} groups, {data['lesions']} "
        f"with a lesion{f'; {left_out} left out, which the report names' if left_out else ''}. "
        f"{settings['caption']} {_twins(settings)}Masks are compared in the images' own pixels, "
        f"{_postprocessing(settings)}. Figures are means over the images; where just one of the "
        "masks is empty the worst possible counts, where both are the image is in no mean. "
        "Intervals: 95%, bootstrap of whole groups. "
        f"Seed {settings['seed']}. "
        f"{training_sentence(any(row.kind == 'cnn' for row in rows), settings['recipe'])}"
        f"{machine['device']}, Python {machine['python']}, Keras {machine['keras']}, JAX "
        f"{machine['jax']}; {settings['date']}. Research use only."
    )


def unit(settings: Mapping[str, Any]) -> str:
    """Return what distances are in."""
    return "pixels" if settings["spacing_mm"] is None else "mm"


def cell(means: Mapping[str, Estimate], name: str) -> str:
    """Return a mean with its interval."""
    one = means.get(name)
    digits = 1 if name in DISTANCES else 3
    return "" if one is None else grid.interval(one.value, one.low, one.high, digits)


def mean(means: Mapping[str, Estimate], name: str) -> str:
    """Return a mean without its interval."""
    one = means.get(name)
    return "" if one is None else grid.number(one.value, 1 if name in DISTANCES else 3)


def save_tables(result: SegmentationResult, folder: Path) -> None:
    """Write table.md, table.tex, table.csv, metrics.csv and a CSV of images for each model."""
    write_text(folder / "table.md", result.to_markdown())
    write_text(folder / "table.tex", result.to_latex())
    write_text(folder / "table.csv", result.to_csv())
    write_text(folder / "metrics.csv", _metrics_csv(result))
    written = {f"{name}.csv" for name in result.predictions}
    for name, predictions in result.predictions.items():
        text = _images_csv(predictions, result)
        write_text(folder / "predictions" / f"{name}.csv", text)
    for earlier in (folder / "predictions").glob("*.csv"):
        if earlier.name not in written:
            earlier.unlink()


def _metrics_csv(result: SegmentationResult) -> str:
    rows: list[list[Any]] = []
    for row in result.rows:
        for stage, means in (("after", row.means), ("before", row.before)):
            rows += [
                [row.model, stage, one.name, one.value, one.low, one.high, one.method]
                for one in means.values()
            ]
    header = ["model", "post-processing", "metric", "value", "low", "high", "interval"]
    return grid.to_csv(header, rows)


def _images_csv(predictions: MaskPredictions, result: SegmentationResult) -> str:
    classes = result.settings["data"]["classes"]
    header = ["id", "sha256", "group", "fold", "label", "area", "predicted_area"]
    header += [*FIGURES, *(f"{name}_before" for name in FIGURES), "mask"]
    columns = [*predictions.after.values(), *predictions.before.values()]
    rows = [
        [
            image,
            result.images[image].sha256,
            int(predictions.groups[i]),
            int(predictions.folds[i]),
            classes[int(predictions.labels[i])],
            int(predictions.areas[i]),
            int(predictions.predicted_areas[i]),
            *(None if np.isnan(column[i]) else float(column[i]) for column in columns),
            predictions.files[i],
        ]
        for i, image in enumerate(predictions.ids)
    ]
    return grid.to_csv(header, rows)


def _twins(settings: Mapping[str, Any]) -> str:
    if not settings["twins"]:
        return ""
    return (
        f"{settings['twins']} tested images have one of their group (a near-duplicate, or the same "
        "patient) among those learnt from. "
    )


def _postprocessing(settings: Mapping[str, Any]) -> str:
    """Say what was done to predicted masks."""
    asked = settings["postprocess"]
    done = ["holes filled"] if asked["fill_holes"] else []
    least = asked["minimum_area"]
    if least:
        size = f"{100 * least:g}% of the image" if least < 1 else f"{least:g} pixels"
        done.append(f"parts under {size} taken away")
    done += ["the largest part kept"] if asked["largest_only"] else []
    return ", ".join(["cut at one half", *(done or ["without post-processing"])])
