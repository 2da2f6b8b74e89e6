"""Measure heat maps where masks exist, and draw some, for docs/explanation/heat-maps.md.

    python tools/heat_maps.py [FOLDER_OF_CHENG [FOLDER_OF_THE_253_IMAGES]]

The phantom needs no data. The folder of Cheng's images has images/, masks/ and manifest.csv. The
table is written between the two marks in heat-maps.md, the pictures beside it.
"""

import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

import brainscan as bs
from brainscan._core.images import to_uint8
from brainscan.metrics import Interval
from brainscan.preprocess.resize import resize
from brainscan.train import FROZEN

# isort: split
import jax
import keras  # after brainscan, which puts it on JAX

PAGE = Path(__file__).parents[1] / "docs/explanation/heat-maps.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
SEED, SIZE, TOLERANCE = 0, 150, 4
EXPLAINED, FEW = 100, 25  # images a task; and for what takes many runs an image
BACKBONE = "efficientnet_lite0"
RECIPE = replace(FROZEN, head="global_average", size=(SIZE, SIZE))
METHODS: dict[str, Any] = {name: bs.explain.methods[name]() for name in bs.explain.methods}
SLOW = ("integrated_gradients", "occlusion")
CURVES = (bs.explain.deletion_curve, bs.explain.insertion_curve)
KINDS = ("glioma", "meningioma", "pituitary")


@dataclass(frozen=True, eq=False)
class Task:
    """What a classifier learns, and the images with masks on which its maps are judged."""

    name: str
    images: NDArray[Any]
    labels: NDArray[Any]
    judged: NDArray[Any]
    targets: NDArray[Any]
    masks: NDArray[Any]
    groups: NDArray[Any]


def main() -> None:
    """Measure every task, and write its table and pictures when it is done."""
    lines: list[str] = []
    for task in tasks([Path(folder) for folder in sys.argv[1:]]):
        found, model = measure(task)
        lines += found
        write([*lines, made()])
        draw(task, model, PAGE.with_name(f"heat-maps-{task.name.split(',')[0]}.png"))
        print("\n".join(found), flush=True)


def made() -> str:
    """Return when, where and how it was measured."""
    return (
        f"Measured on {datetime.now(UTC).date()} by `tools/heat_maps.py`, seed {SEED}: brainscan "
        f"{bs.__version__}, Keras {keras.__version__}, JAX {jax.__version__}, "
        f"{platform.machine()}, {os.cpu_count()} cores, beside other work. {BACKBONE} with "
        f"ImageNet weights, frozen, at {SIZE} pixels; head `{RECIPE.head}`. 95% intervals over "
        f"groups; pointing within {TOLERANCE} pixels. Curves, integrated gradients and occlusion "
        f"are of the first {FEW} images. Seconds are of 100 images, warm."
    )


def write(lines: list[str]) -> None:
    """Write lines between the marks of the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    text = "\n".join([before + BEGIN, "", *lines, "", END]) + after
    PAGE.write_text(text, encoding="utf-8")


def tasks(folders: list[Path]) -> Iterator[Task]:
    """Yield what is measured: always the phantom, others where their images are given."""
    data = bs.datasets.load("phantom", n=500, seed=SEED)
    images, masks = crops(data)
    learnt = np.arange(len(data)) < 300
    judged = np.flatnonzero(~learnt & (data.labels == 1))[:EXPLAINED]
    yield Task(
        "phantom, tumour or not",
        images[learnt],
        data.labels[learnt],
        images[judged],
        np.ones(len(judged), np.int64),
        masks[judged],
        data.groups[judged],
    )
    if not folders:
        return
    folder = folders[0]
    labels, outlines = folder / "manifest.csv", folder / "masks"
    cheng = bs.datasets.load(folder / "images", labels=labels, masks=outlines, classes=KINDS)
    images, masks = crops(cheng)
    order = np.random.default_rng(SEED).permutation(np.unique(cheng.groups))
    learnt = np.isin(cheng.groups, order[: len(order) // 2])
    judged = np.random.default_rng(SEED).permutation(np.flatnonzero(~learnt))[:EXPLAINED]
    told = images[judged], cheng.labels[judged], masks[judged], cheng.groups[judged]
    yield Task("cheng, kind of tumour", images[learnt], cheng.labels[learnt], *told)
    if len(folders) > 1:
        other = bs.datasets.load(folders[1])
        seen = crops(other)[0]
        ones = np.ones(len(judged), np.int64)
        yield Task(
            "kaggle253, tumour or not, judged on cheng",
            seen,
            other.labels,
            told[0],
            ones,
            *told[2:],
        )


def crops(data: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the images cropped to the head, and their masks, if any, cut out with them."""
    crop = bs.preprocess.BrainCropper(size=(SIZE, SIZE), blank="keep")
    images: list[NDArray[Any]] = []
    masks: list[NDArray[Any]] = []
    for index, image in enumerate(data):
        images.append(to_uint8(bs.preprocess.ToRGB()(crop(image))))
        if data.masks is not None:
            box = crop.box(image)
            part = data.masks[index][box.top : box.bottom, box.left : box.right]
            masks.append(resize(part.astype(np.float32), (SIZE, SIZE)) > 0.5)
    return np.stack(images), np.array(masks)


def measure(task: Task) -> tuple[list[str], keras.Model]:
    """Train on a task, judge every method's maps, and return the lines of its table."""
    classes = len(np.unique(task.labels))
    settings = {"scaling": RECIPE.scaling, "classes": classes, "head": RECIPE.head}
    untrained = bs.models.build(BACKBONE, (SIZE, SIZE, 3), None, seed=SEED + 1, **settings)
    random = untrained.get_weights()
    model = bs.models.build(BACKBONE, (SIZE, SIZE, 3), seed=SEED, **settings)
    bs.train.fit(model, task.images, task.labels, recipe=RECIPE, seed=SEED)
    learnt = model.get_weights()
    scores = model.predict(task.judged.astype(np.float32), batch_size=16, verbose=0)
    right = scores.argmax(axis=1) if classes > 2 else np.int64(scores[:, 0] >= 0.5)
    chance = np.random.default_rng(SEED).random(task.judged.shape[:3]).astype(np.float32)
    energy = bs.explain.energy_inside_mask(chance, task.masks).chance
    points = bs.explain.pointing_game(chance, task.masks, tolerance=TOLERANCE).chance
    told = (
        f"**{task.name}**: learnt from {len(task.labels)} images; of the {len(task.targets)} "
        f"judged, {np.mean(right == task.targets):.0%} were classified rightly. By chance, "
        f"{energy:.1%} of the energy is inside, and {points:.0%} of the points hit."
    )
    columns = (
        *("energy inside", "less chance", "less untrained", "points that hit"),
        *("deletion less random", "insertion less random", "seconds"),
    )
    lines = [told, "", f"| | {' | '.join(columns)} |", f"| ---{' | ---:' * len(columns)} |"]
    few = first(task, FEW)
    aimless = [area(few, model, chance[:FEW], curve) for curve in CURVES]
    for name, method in METHODS.items():
        judged = few if name in SLOW else task
        explain(first(task, 16), model, method)  # compiles
        begin = perf_counter()
        maps = explain(judged, model, method)
        seconds = (perf_counter() - begin) * 100 / len(maps)
        faithful = [
            f"{np.mean(area(few, model, maps[:FEW], curve) - other):+.3f}"
            for curve, other in zip(CURVES, aimless, strict=True)
        ]
        model.set_weights(random)  # compiled once for both
        before = explain(judged, model, method)
        model.set_weights(learnt)
        inside, without = (
            bs.explain.energy_inside_mask(found, judged.masks, judged.groups)
            for found in (maps, before)
        )
        hits = bs.explain.pointing_game(maps, judged.masks, judged.groups, TOLERANCE)
        cells = [
            f"{inside.mean:.1%}",
            shown(*inside.above_chance()),
            shown(*inside.above(without)),
            f"{hits.mean:.0%} ({hits.interval.low:.0%} to {hits.interval.high:.0%})",
            *faithful,
            f"{seconds:.0f}",
        ]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    return [*lines, ""], model


def first(task: Task, n: int) -> Task:
    """Return the task with the first of its judged images alone."""
    return replace(
        task,
        judged=task.judged[:n],
        targets=task.targets[:n],
        masks=task.masks[:n],
        groups=task.groups[:n],
    )


def explain(task: Task, model: keras.Model, method: Any) -> NDArray[np.float32]:
    """Return the map of each judged image for its own class."""
    maps = np.zeros(task.judged.shape[:3], np.float32)
    for target in np.unique(task.targets):
        own = task.targets == target
        maps[own] = bs.explain.heat_map(model, task.judged[own], method, int(target))
    return maps


def area(task: Task, model: keras.Model, maps: NDArray[Any], curve: Any) -> NDArray[np.float64]:
    """Return the area under the curve of each judged image for its own class."""
    areas = np.zeros(len(maps))
    for target in np.unique(task.targets):
        own = task.targets == target
        areas[own] = curve(model, task.judged[own], maps[own], int(target), steps=5).auc
    return areas


def shown(difference: float, interval: Interval) -> str:
    """Return a difference in points with its interval."""
    return f"{100 * difference:+.1f} ({100 * interval.low:+.1f} to {100 * interval.high:+.1f})"


def draw(task: Task, model: keras.Model, path: Path) -> None:
    """Draw some images with their masks, and the maps of every method."""
    few = first(task, 4)
    columns = {name: explain(few, model, method) for name, method in METHODS.items()}
    figure = Figure(figsize=(1.7 * (1 + len(columns)), 1.75 * len(few.judged) + 0.3))
    axes = figure.subplots(len(few.judged), 1 + len(columns))
    figure.subplots_adjust(0.003, 0.003, 0.997, 0.95, 0.02, 0.02)
    for row, cells in enumerate(axes):
        image, mask = few.judged[row], few.masks[row]
        cells[0].imshow(image)
        for cell, (name, maps) in zip(cells[1:], columns.items(), strict=True):
            cell.imshow(bs.explain.overlay(image, maps[row], level=None))
            if row == 0:
                cell.set_title(name, fontsize=8)
        for cell in cells:
            cell.contour(mask, [0.5], colors="#56B4E9", linewidths=0.9)
            cell.set_axis_off()
    axes[0, 0].set_title("image, tumour outlined", fontsize=8)
    figure.savefig(path, dpi=90)


if __name__ == "__main__":
    main()
