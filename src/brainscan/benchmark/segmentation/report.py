"""The report of a comparison of segmentation methods: Markdown, and one self-contained page."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainscan._core.artifacts import write_text
from brainscan.benchmark import grid
from brainscan.benchmark.page import DISCLAIMER, how_made, html, named_plainly, plain
from brainscan.benchmark.segmentation import tables
from brainscan.benchmark.segmentation.figures import save_figures
from brainscan.benchmark.segmentation.masks import write_masks
from brainscan.benchmark.segmentation.result import MaskPredictions, SegmentationResult
from brainscan.metrics import Interval, bootstrap_mean
from brainscan.metrics.segmentation.evaluation import DISTANCES, FIGURES

LEAST = 10  # images of a subgroup, below which no figure is shown
_PICTURES = {
    "dice.png": "Dice of every image with a lesion",
    "dice_by_area.png": "Dice against the area of the lesion, each point an image",
    "training_loss.png": "Training and validation loss",
    "training_dice.png": "Training and validation Dice, at the size of the network's images",
}


def save_all(result: SegmentationResult, folder: Path, masks: bool) -> None:
    """Write tables, pictures and report, and the masks where asked for."""
    if masks:
        for name, each in result.masks.items():
            write_masks(folder, result.predictions[name].files, each)
    tables.save_tables(result, folder)
    save_figures(result, folder / "figures")
    text = markdown(result, folder)
    write_text(folder / "report.md", text)
    write_text(folder / "report.html", html(text, folder))


def markdown(result: SegmentationResult, folder: Path) -> str:
    """Return the report as Markdown; it shows the pictures that lie in the folder."""
    rows = [replace(row, error=row.error and plain(row.error)) for row in result.rows]
    settings = named_plainly(result.settings)
    parts = [
        f"# {settings['data']['name']}: segmentation report",
        DISCLAIMER,
        tables.markdown(rows, settings).strip(),
        "## Comparisons",
        comparisons(result),
        "## Every figure",
        _figures_of_merit(result),
        "## What post-processing changed",
        post_processing(result),
        "## Classes and sizes",
        subgroups(result),
        "## Pictures",
    ]
    parts += [
        f"![{text}](figures/{name})\n\n*{text}.*"
        for name, text in _PICTURES.items()
        if (folder / "figures" / name).is_file()
    ]
    for path in sorted((folder / "figures").glob("overlays_*.png")):
        model = path.stem.removeprefix("overlays_")
        if model in result.predictions:
            parts.append(f"![The best, median and worst outlines of {model}](figures/{path.name})")
    return "\n\n".join([*parts, "## How it was made", how_made(result.settings)]) + "\n"


def comparisons(result: SegmentationResult) -> str:
    """Compare the Dice of every model with the best one's, image by image."""
    means = {row.model: row.means["dice"].value for row in result.rows if not row.error}
    known = {name: value for name, value in means.items() if value is not None}
    if len(known) < 2:
        return "There is one model only."
    best = max(known, key=lambda name: known[name])
    lines = [
        _difference(result, best, name, "dice", f"Dice of {best} less that of {name}")
        for name in known
        if name != best
    ]
    return "\n".join(lines)


def post_processing(result: SegmentationResult) -> str:
    """Show what post-processing did to each figure, and whether that can be told from chance."""
    headings = ["model", "figure", "before", "after", "change (95% interval)", "better", "worse"]
    body: list[list[str]] = []
    for row in result.rows:
        seen = result.predictions.get(row.model)
        if seen is None:
            continue
        for name in ("dice", "hd95", "lesion_f1"):
            digits = 1 if name in DISTANCES else 3
            change, ends = _mean_change(seen, seen.before[name], seen.after[name], result)
            gain = seen.after[name] - seen.before[name]
            gain = -gain if name in DISTANCES else gain
            low, high = (None, None) if ends is None else ends
            body.append(
                [
                    row.model,
                    tables.TITLES[name],
                    tables.mean(row.before, name),
                    tables.mean(row.means, name),
                    grid.interval(change, low, high, digits),
                    f"{int((gain > 0).sum())} images",
                    f"{int((gain < 0).sum())} images",
                ]
            )
    note = (
        "A change counts the images that have a value before and after: an image without a lesion "
        "whose mask post-processing empties leaves the means."
    )
    return f"{grid.to_markdown(headings, body)}\n\n{note}"


def subgroups(result: SegmentationResult) -> str:
    """Show the Dice by class and by size of the lesion, those with few images without figures."""
    models = list(result.predictions)
    if not models:
        return "No model was tested."
    lines: list[list[str]] = []
    first = result.predictions[models[0]]
    for title, members in _groups(first, result.settings["data"]["classes"]):
        cells = [plain(title), str(int(members.sum()))]
        for model in models:
            seen = result.predictions[model]
            if members.sum() < LEAST:
                cells.append("too few")
                continue
            dice = seen.after["dice"][members]
            ends = bootstrap_mean(dice, seen.groups[members], result.settings["seed"])
            low, high = (None, None) if ends is None else ends
            cells.append(grid.interval(float(dice.mean()), low, high, 3))
        lines.append(cells)
    headings = ["Dice (95% interval)", "images", *models]
    return (
        f"{grid.to_markdown(headings, lines)}\n\nImages with a lesion. No figure is shown for "
        f"fewer than {LEAST} images."
    )


def _groups(seen: MaskPredictions, classes: Sequence[str]) -> list[tuple[str, NDArray[np.bool_]]]:
    lesion = seen.areas > 0
    found = [
        (f"class: {name}", lesion & (seen.labels == label))
        for label, name in enumerate(classes)
        if (lesion & (seen.labels == label)).any()
    ]
    edges = np.quantile(seen.areas[lesion], [1 / 3, 2 / 3]) if lesion.any() else np.zeros(2)
    small, large = (int(edge) for edge in edges)
    return [
        *found,
        (f"area: up to {small:,} pixels", lesion & (seen.areas <= small)),
        (
            f"area: {small + 1:,} to {large:,} pixels",
            lesion & (seen.areas > small) & (seen.areas <= large),
        ),
        (f"area: above {large:,} pixels", lesion & (seen.areas > large)),
    ]


def _figures_of_merit(result: SegmentationResult) -> str:
    rows = [row for row in result.rows if not row.error]
    body = [
        [
            tables.TITLES[name]
            + (f", {tables.unit(result.settings)}" if name in DISTANCES else ""),
            *(tables.cell(row.means, name) for row in rows),
        ]
        for name in FIGURES
    ]
    return grid.to_markdown(["mean (95% interval)", *(row.model for row in rows)], body)


def _difference(result: SegmentationResult, one: str, other: str, name: str, title: str) -> str:
    seen = result.predictions[one]
    change, ends = _mean_change(
        seen, result.predictions[other].after[name], seen.after[name], result
    )
    if change is None:
        return f"- {title}: no image has both."
    if ends is None:
        return f"- {title}: {change:.3f}, without an interval: no two groups differ."
    told = "" if ends.low > 0 or ends.high < 0 else ": which is better can't be told"
    return f"- {title}: {change:.3f} (95% interval {ends.low:.3f} to {ends.high:.3f}){told}."


def _mean_change(
    seen: MaskPredictions,
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    result: SegmentationResult,
) -> tuple[float | None, Interval | None]:
    """Return the mean difference over images that have both values, and its interval."""
    change: NDArray[Any] = after - before
    known = np.isfinite(change)
    if not known.any():
        return None, None
    ends = bootstrap_mean(change[known], seen.groups[known], result.settings["seed"])
    return float(change[known].mean()), ends
