"""Measure masks from patches, from image labels and of the brain, on simulated slices.

    python tools/patches_and_weak_labels.py [brain] [patches] [weak]

All three parts if none is named; each writes the table between its marks in
docs/explanation/patches-and-weak-labels.md. Needs no data. About 10 minutes on two idle cores.
"""

import os
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import cv2
import numpy as np
import skimage
from numpy.typing import NDArray

import brainscan as bs
from brainscan.datasets.phantom import simulate
from brainscan.segment.fully_convolutional import fully_convolutional

# isort: split
import keras  # after brainscan, which puts it on JAX

PAGE = Path(__file__).parents[1] / "docs/explanation/patches-and-weak-labels.md"
TEST, TRAINING, VALIDATION = 0, 1, 2  # seeds of the phantom: other people in each
TESTED, BRAINS = 60, 200
SIZE, PATCH, STEP = 160, 64, 8
THRESHOLDS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
Masks = NDArray[np.bool_]


def main() -> None:
    """Measure the parts that the command line names, or all."""
    parts: dict[str, Callable[[], list[str]]] = {
        "brain": brain_rows,
        "patches": patch_rows,
        "weak": weak_rows,
    }
    for name in sys.argv[1:] or parts:
        begin = perf_counter()
        rows = parts[name]()
        made = (
            f"Measured on {datetime.now(UTC).date()} by `tools/patches_and_weak_labels.py {name}`: "
            f"brainscan {bs.__version__}, Keras {keras.__version__}, scikit-image "
            f"{skimage.__version__}, OpenCV {cv2.__version__}, Python {platform.python_version()}, "
            f"{platform.machine()}, {os.cpu_count()} cores shared with other work, "
            f"{(perf_counter() - begin) / 60:.0f} minutes."
        )
        write(name, [*rows, "", made])


def write(name: str, lines: list[str]) -> None:
    """Put lines between a part's marks, and print them."""
    print("\n".join(lines), flush=True)
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    PAGE.write_text("\n".join([before + begin, "", *lines, "", end]) + after, encoding="utf-8")


def brain_rows() -> list[str]:
    """Compare masks of head and brain with the simulation's own."""
    scans = [simulate(index, TEST) for index in range(BRAINS)]
    brains = [bs.segment.brain_mask(scan.image) for scan in scans]
    heads = [bs.segment.head_mask(scan.image) for scan in scans]
    kinds = {"all": [True] * len(scans)}
    kinds |= {
        plane: [scan.plane == plane for scan in scans] for plane in ("axial", "coronal", "sagittal")
    }
    kinds |= {
        name: [scan.contrast == name for scan in scans] for name in ("t1", "t2", "flair", "t1ce")
    }
    rows = [
        f"| of {BRAINS} slices, seed {TEST} | slices | head: Dice | brain: Dice | its worst |",
        "| --- | ---: | --- | --- | ---: |",
    ]
    for kind, chosen in kinds.items():
        some = np.flatnonzero(chosen)
        head = dice([scans[i].head for i in some], [heads[i] for i in some])
        brain = dice([scans[i].brain for i in some], [brains[i] for i in some])
        worst = min(bs.metrics.segmentation.dice(scans[i].brain, brains[i]) for i in some)
        rows.append(f"| {kind} | {len(some)} | {head} | {brain} | {worst:.2f} |")
    inside = [
        (scan.tumour & mask).sum() / scan.tumour.sum()
        for scan, mask in zip(scans, brains, strict=True)
        if scan.label
    ]
    said = (
        f"Of the tumours, {100 * np.mean(inside):.1f}% of the pixels are in the brain mask, "
        f"at worst {100 * np.min(inside):.0f}%."
    )
    return [*rows, "", said]


def patch_rows() -> list[str]:
    """Train patch classifiers, and refine their maps by each method."""
    make_unpadded()
    images, masks, _ = slices(TRAINING, 160)
    patches = bs.segment.cut_patches(images, masks, size=PATCH, per_image=12)
    rows = [
        "| backbone | map against patches | threshold | refinement | Dice | empty if healthy |",
        "| --- | --- | ---: | --- | --- | --- |",
    ]
    recipe = bs.train.Recipe(
        epochs=8, batch_size=32, learning_rate=1e-3, augmentation=bs.augment.mri()
    )
    for name in ("small_cnn", "unpadded"):
        model = bs.models.build(name, (PATCH, PATCH, 3), None, "global_average", seed=0)
        bs.train.fit(model, patches.images, patches.labels, recipe=recipe)
        checked, truths, _ = slices(VALIDATION, 40)
        maps = bs.segment.probability_map(model, checked, STEP)
        threshold = max(THRESHOLDS, key=lambda level: mean_dice(truths, maps >= level))
        tested, truths, labels = slices(TEST, TESTED)
        begin = perf_counter()
        maps = bs.segment.probability_map(model, tested, STEP)
        print(f"{name}: {(perf_counter() - begin) / TESTED:.2f} s a map", flush=True)
        agreed = agreement(model, tested)
        for method in bs.segment.refinements:
            begin = perf_counter()
            found = [
                bs.segment.refine(chance, image, method, threshold)
                for chance, image in zip(maps, tested, strict=True)
            ]
            print(f"{method}: {(perf_counter() - begin) / TESTED:.3f} s", flush=True)
            figures = tumours_and_others(truths, found, labels)
            rows.append(f"| `{name}` | {agreed} | {threshold} | `{method}` | {figures} |")
    return rows


def weak_rows() -> list[str]:
    """Train a classifier from image labels, and cut its heat maps."""
    images, _, labels = slices(TRAINING, 320)
    checked, _, truly = slices(VALIDATION, 40)
    model = bs.models.build(
        "small_cnn", (SIZE, SIZE, 3), None, "global_average", scaling="standardized", seed=0
    )
    recipe = bs.train.Recipe(epochs=25, learning_rate=1e-3, augmentation=bs.augment.mri())
    bs.train.fit(model, images, labels, (checked, truly), recipe)
    tested, truths, labels = slices(TEST, TESTED)
    scores = np.asarray(model.predict(tested, verbose=0))[:, 0]
    auc = bs.metrics.evaluate(labels, scores)["roc_auc"]
    said = (
        f"The classifier, `small_cnn` of 320 slices, has an AUC of {auc.value:.2f} "
        f"({auc.low:.2f} to {auc.high:.2f}) on the {TESTED} test slices."
    )
    rows = [
        said,
        "",
        "| level | refinement | Dice | empty if healthy |",
        "| --- | --- | --- | --- |",
    ]
    for level in ("otsu", 0.2, 0.5):
        for method in bs.segment.refinements:
            found = bs.segment.weak_mask(model, tested, level=level, refinement=method)
            rows.append(f"| {level} | `{method}` | {tumours_and_others(truths, found, labels)} |")
            print(rows[-1], flush=True)
    # What says nothing of the image: a disc in the middle, of the mean area of a tumour.
    area = truths[labels == 1].mean()
    rows_, columns = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    disc = np.hypot(rows_, columns) <= SIZE * np.sqrt(area / np.pi)
    rows.append(
        f"| a disc in the middle | | {tumours_and_others(truths, [disc] * TESTED, labels)} |"
    )
    return rows


def make_unpadded() -> None:
    """Register a backbone that pads nothing, whose maps equal the scores of patches."""

    @bs.models.register("unpadded", scaling="unit")
    def unpadded(input_shape: tuple[int, int, int], weights: str | None) -> keras.Model:
        image = keras.Input(input_shape)
        x = image
        for width, kernel, stride in ((16, 5, 2), (32, 3, 1), (32, 3, 2), (64, 3, 1), (64, 3, 1)):
            x = keras.layers.Conv2D(width, kernel, strides=stride, use_bias=False)(x)
            x = keras.layers.BatchNormalization(momentum=0.9)(x)
            x = keras.layers.ReLU()(x)
        return keras.Model(image, x)


def slices(seed: int, n: int) -> tuple[NDArray[np.uint8], Masks, NDArray[np.int64]]:
    """Return simulated slices cropped to the head, their masks and labels."""
    data = bs.datasets.load("phantom", n=n, seed=seed)
    frame = bs.segment.Frame((SIZE, SIZE))
    images = [frame.image(image) for image in data]
    masks = [frame.mask(data.masks[i], data[i]) for i in range(n)]
    return np.stack(images), np.stack(masks), data.labels


def agreement(model: Any, images: NDArray[np.uint8]) -> str:
    """Return how far the map is from the scores of patches that are cut out."""
    stride, rng = fully_convolutional(model).stride, np.random.default_rng(0)
    near, half = PATCH // 2, PATCH - PATCH // 2
    cut, seen = [], []
    for image in images[:20]:
        chances = bs.segment.probability_map(model, image, stride)
        for _ in range(10):
            row, column = stride * rng.integers(-(-near // stride), (SIZE - half) // stride + 1, 2)
            cut.append(image[row - near : row + half, column - near : column + half])
            seen.append(chances[row, column])
    alone = np.asarray(model.predict(np.stack(cut), verbose=0))[:, 0]
    difference = np.abs(alone - np.array(seen))
    return f"mean difference {difference.mean():.3f}, largest {difference.max():.3f}"


def dice(truths: Any, found: Any) -> str:
    """Return the mean Dice with its interval."""
    return shown(bs.metrics.segmentation.evaluate_masks(truths, found).means["dice"])


def mean_dice(truths: Any, found: Any) -> float:
    """Return the mean Dice, with 0 for a tumour made up."""
    return float(bs.metrics.segmentation.evaluate_masks(truths, found).means["dice"].value or 0)


def tumours_and_others(truths: Masks, found: Any, labels: NDArray[np.int64]) -> str:
    """Return the Dice of slices with a tumour, and how many of the others have an empty mask."""
    ill, well = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
    figure = dice([truths[i] for i in ill], [np.asarray(found[i]) for i in ill])
    empty = sum(not np.any(found[i]) for i in well)
    return f"{figure} | {empty} of {len(well)}"


def shown(estimate: Any) -> str:
    """Return a figure with its interval."""
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


if __name__ == "__main__":
    main()
