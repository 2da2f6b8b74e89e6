"""Pictures of a comparison of segmentation methods: outlines, sizes, spread, curves."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from brainscan._core.images import to_gray, to_range_255
from brainscan.benchmark.figures import save
from brainscan.benchmark.figures.gallery import short_name
from brainscan.benchmark.figures.paper import curves
from brainscan.benchmark.figures.style import BLUE, GREEN, ORANGE, PALETTE
from brainscan.benchmark.segmentation.result import SegmentationResult

_SHOWN = 4  # images a row of outlines
_COLUMNS = 3
_LEAST_PER_BIN = 5


def save_figures(result: SegmentationResult, folder: Path) -> list[Path]:
    """Write the pictures that the result has data for.

    Returns:
        The files written: ``dice.png`` and ``dice_by_area.png`` where a model was tested on a
        lesion, ``training_loss.png`` and ``training_dice.png`` where networks were trained, and
        ``overlays_MODEL.png`` where the images are at hand.
    """
    drawn: dict[str, Figure] = {}
    if any(_lesions(result, name).any() for name in result.predictions):
        drawn["dice.png"] = spread(result)
        drawn["dice_by_area.png"] = by_area(result)
    if result.histories:
        drawn["training_loss.png"] = curves(result.histories, "loss", result.settings)
        drawn["training_dice.png"] = curves(result.histories, "dice", result.settings)
    for name in result.predictions if result.data is not None else ():
        if name in result.masks and _lesions(result, name).any():
            drawn[f"overlays_{name}.png"] = overlays(result, name)
    written = [save(figure, folder / name) for name, figure in drawn.items()]
    for earlier in folder.glob("overlays_*.png") if result.data is not None else ():
        if earlier not in written:
            earlier.unlink()
    return written


def overlays(result: SegmentationResult, name: str) -> Figure:
    """Draw the best, median and worst outlines of a model beside the true ones.

    Args:
        result: with its images.
        name: the model's; it was tested on an image with a lesion.
    """
    assert result.data is not None
    assert result.data.masks is not None
    seen = result.predictions[name]
    positions = {image: i for i, image in enumerate(result.data.ids)}
    rows = _best_median_worst(seen.after["dice"], _lesions(result, name))
    figure = Figure(figsize=(2.5 * _SHOWN, 2.85 * len(rows) + 0.7))
    height = figure.get_figheight()
    grid = figure.add_gridspec(
        len(rows), _SHOWN, left=0.03, right=0.99, bottom=0.05 / height, top=1 - 0.95 / height,
        wspace=0.04, hspace=0.24,
    )  # fmt: skip
    for line, (title, indices) in enumerate(rows.items()):
        for place, index in enumerate(indices):
            axis = figure.add_subplot(grid[line, place])
            position = positions[seen.ids[index]]
            image = to_range_255(to_gray(result.data[position]))
            axis.imshow(image, cmap="gray", vmin=0, vmax=255)
            _outline(axis, np.asarray(result.data.masks[position]), GREEN, "-")
            _outline(axis, result.masks[name][index], ORANGE, "--")
            _bare(axis)
            if place == 0:
                axis.set_ylabel(title)
            text = f"{short_name(seen.ids[index])}\nDice {seen.after['dice'][index]:.2f}"
            axis.set_title(text, fontsize="x-small", parse_math=False)
    legend = [
        Line2D([], [], color=GREEN, label="true"),
        Line2D([], [], color=ORANGE, linestyle="--", label="predicted, not seen in training"),
    ]
    figure.suptitle(name, y=1 - 0.1 / height, va="top", parse_math=False)
    figure.legend(
        handles=legend, loc="upper center", ncols=2, frameon=False, fontsize="small",
        bbox_to_anchor=(0.5, 1 - 0.3 / height),
    )  # fmt: skip
    return figure


def by_area(result: SegmentationResult) -> Figure:
    """Draw Dice against the area of the true lesion, and its median over ranges of area."""
    figure, panels = _panels(result)
    for axis, name, chosen in panels:
        seen = result.predictions[name]
        areas, dice = seen.areas[chosen], seen.after["dice"][chosen]
        axis.scatter(areas, dice, s=8, alpha=0.35, color=BLUE, linewidth=0)
        middles, medians = _medians(areas, dice)
        axis.plot(middles, medians, color=ORANGE, marker="o", markersize=3, label="median")
        axis.set_xscale("log")
        axis.set_ylim(-0.02, 1.02)
        axis.set_title(name, fontsize="medium", parse_math=False)
        axis.set_xlabel("area of the lesion, pixels")
        axis.set_ylabel("Dice")
        axis.grid(alpha=0.3)
    return figure


def spread(result: SegmentationResult) -> Figure:
    """Draw the Dice of every image with a lesion, a row a model, and what lies in the middle."""
    names = [name for name in result.predictions if _lesions(result, name).any()]
    figure = Figure(figsize=(7, 0.7 * len(names) + 1.6), layout="constrained")
    axis = figure.subplots()
    rng = np.random.default_rng(0)
    means = {row.model: row.means["dice"] for row in result.rows if not row.error}
    for place, name in enumerate(names):
        dice = result.predictions[name].after["dice"][_lesions(result, name)]
        colour = PALETTE[place % len(PALETTE)]
        jitter = place + rng.uniform(-0.3, 0.3, len(dice))
        axis.scatter(dice, jitter, s=5, alpha=0.3, color=colour, linewidth=0)
        low, middle, high = np.quantile(dice, [0.25, 0.5, 0.75])
        axis.fill_betweenx([place - 0.3, place + 0.3], low, high, color="grey", alpha=0.25)
        axis.plot([middle, middle], [place - 0.3, place + 0.3], color="black")
        mean = means[name]
        if mean.value is not None and mean.low is not None and mean.high is not None:
            ends = [[mean.value - mean.low], [mean.high - mean.value]]
            axis.errorbar(mean.value, place, xerr=ends, fmt="D", color="black", capsize=4, ms=4)
    axis.set_yticks(range(len(names)), names, parse_math=False)
    axis.invert_yaxis()
    axis.set_xlim(-0.02, 1.02)
    axis.set_xlabel(
        "Dice of each image with a lesion; grey: middle half; diamond: mean and its 95% interval"
    )
    axis.set_title(
        f"{result.settings['data']['name']}, protocol {result.settings['protocol']}",
        fontsize="medium",
        parse_math=False,
    )
    return figure


def _lesions(result: SegmentationResult, name: str) -> NDArray[np.bool_]:
    return result.predictions[name].areas > 0


def _best_median_worst(
    dice: NDArray[np.float64], chosen: NDArray[np.bool_]
) -> dict[str, list[int]]:
    """Return the images of each row, best first; a few images make fewer rows than three."""
    order = np.flatnonzero(chosen)[np.argsort(-dice[chosen], kind="stable")].tolist()
    start = max(0, (len(order) - _SHOWN) // 2)
    rows = {
        "best": order[:_SHOWN],
        "median": order[start : start + _SHOWN],
        "worst": order[-_SHOWN:],
    }
    return rows if len(order) > _SHOWN else {"all": order}


def _medians(
    areas: NDArray[np.int64], dice: NDArray[np.float64]
) -> tuple[list[float], list[float]]:
    """Return the median area and Dice of tenths of the images, smallest lesions first."""
    order = np.argsort(areas, kind="stable")
    parts = np.array_split(order, max(1, min(10, len(order) // _LEAST_PER_BIN)))
    return (
        [float(np.median(areas[part])) for part in parts],
        [float(np.median(dice[part])) for part in parts],
    )


def _panels(
    result: SegmentationResult,
) -> tuple[Figure, Iterator[tuple[Any, str, NDArray[np.bool_]]]]:
    names = [name for name in result.predictions if _lesions(result, name).any()]
    columns = min(_COLUMNS, len(names))
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(4 * columns, 3.2 * rows), layout="constrained")
    axes: Sequence[Any] = list(np.ravel(figure.subplots(rows, columns, squeeze=False)))
    for axis in axes[len(names) :]:
        axis.remove()
    return figure, (
        (axis, name, _lesions(result, name)) for axis, name in zip(axes, names, strict=False)
    )


def _outline(axis: Any, mask: NDArray[Any], colour: str, style: str) -> None:
    """Draw the border of a mask between its pixels and those outside."""
    if mask.any():
        padded = np.pad(mask.astype(float), 1)  # so that a border of the image is one of the mask
        height, width = mask.shape
        places = np.arange(-1, width + 1), np.arange(-1, height + 1)
        axis.contour(*places, padded, levels=[0.5], colors=colour, linestyles=style, linewidths=1)
        axis.set_xlim(-0.5, width - 0.5)
        axis.set_ylim(height - 0.5, -0.5)


def _bare(axis: Any) -> None:
    axis.set_xticks([])
    axis.set_yticks([])
    for side in axis.spines.values():
        side.set_visible(False)
