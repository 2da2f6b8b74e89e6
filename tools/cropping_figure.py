"""Measure both thresholds of BrainCropper and draw what they do, for docs/explanation/cropping.md.

    python tools/cropping_figure.py [FOLDER_OF_THE_253_IMAGES]

The figure and the phantom's numbers need no data; the folder adds the paper's own images to the
table. The table is written between the two marks in cropping.md.
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
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

import brainscan as bs
from brainscan.datasets.phantom import Slice, simulate
from brainscan.preprocess import PAPER_THRESHOLD, Box, BrainCropper

PAGE = Path(__file__).parents[1] / "docs/explanation/cropping.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
SEED, PHANTOM_SLICES = 0, 200
AUTO = BrainCropper(size=None, blank="keep")
FIXED = BrainCropper(size=None, threshold=PAPER_THRESHOLD, blank="keep")
Gray = NDArray[Any]


def overlap(one: Box, other: Box) -> float:
    """Return the intersection over union."""
    common = inside(one, other)
    return common / (one.height * one.width + other.height * other.width - common)


def inside(one: Box, other: Box) -> int:
    """Return the number of pixels that two boxes share."""
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    width = min(one.right, other.right) - max(one.left, other.left)
    return max(0, height) * max(0, width)


def known_box(mask: NDArray[np.bool_]) -> Box:
    """Return the box around a mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)


def phantom_rows(slices: list[Slice]) -> list[str]:
    """Compare both thresholds with the known heads."""
    overlaps: list[list[float]] = [[], []]
    cut = [0, 0]
    for scan in slices:
        for column, crop in enumerate((AUTO, FIXED)):
            box = crop.box(scan.image)
            overlaps[column].append(overlap(box, known_box(scan.head)))
            kept = scan.brain[box.top : box.bottom, box.left : box.right].sum()
            cut[column] += kept < 0.99 * scan.brain.sum()
    auto, fixed = overlaps
    return [
        f"| **phantom, {len(slices)} slices, against the head's box** | | |",
        f"| mean IoU | {np.mean(auto):.3f} | {np.mean(fixed):.3f} |",
        f"| worst IoU | {np.min(auto):.3f} | {np.min(fixed):.3f} |",
        f"| slices that lose over 1% of the brain | {cut[0]} | {cut[1]} |",
    ]


def real_rows(folder: Path) -> list[str]:
    """Compare both thresholds with each other on the paper's images, and time them."""
    data = bs.datasets.load(str(folder))
    images = list(data)
    boxes: list[list[Box]] = []
    speeds: list[float] = []
    for crop in (AUTO, FIXED):
        resized = BrainCropper(threshold=crop.threshold, blank="keep")
        resized(images[:20])
        speeds.append(len(images) / min(_seconds(resized, images) for _ in range(3)))
        boxes.append([crop.box(image) for image in images])
    wholes = [Box(0, 0, *image.shape[:2]) for image in images]
    none = [sum(not _found(crop.threshold, image) for image in images) for crop in (AUTO, FIXED)]
    whole = [sum(a == b for a, b in zip(found, wholes, strict=True)) for found in boxes]
    lost = [
        [
            1 - inside(a, b) / (a.height * a.width)
            for a, b in zip(boxes[i], boxes[1 - i], strict=True)
        ]
        for i in (1, 0)
    ]
    cut = [sum(share > 0.1 for share in shares) for shares in lost]
    badly = [sum(share > 0.3 for share in shares) for shares in lost]
    return [
        f"| **the paper's {len(images)} images** | | |",
        f"| nothing found | {none[0]} | {none[1]} |",
        f"| kept whole | {whole[0]} | {whole[1]} |",
        f"| cuts off more than 10% of the other's box | {cut[0]} | {cut[1]} |",
        f"| cuts off more than 30% of the other's box | {badly[0]} | {badly[1]} |",
        f"| images a second, best of 3, decoding left out | {speeds[0]:.0f} | {speeds[1]:.0f} |",
    ]


def _seconds(crop: BrainCropper, images: list[Gray]) -> float:
    begin = perf_counter()
    crop(images)
    return perf_counter() - begin


def _found(threshold: Any, image: Gray) -> bool:
    try:
        BrainCropper(threshold=threshold).box(image)
    except ValueError:
        return False
    return True


def darken(image: Gray) -> Gray:
    """Return an eighth of the brightness."""
    return image // 8


def add_page(image: Gray) -> Gray:
    """Lay the slice on white paper."""
    return np.pad(image, image.shape[0] // 6, constant_values=255)


def add_text(image: Gray) -> Gray:
    """Burn text in, brighter than the head."""
    written = image // 2
    scale = image.shape[1] / 500
    for text, row, column in (("1.5T", 0.06, 0.01), ("3/21", 0.98, 0.01), ("R", 0.06, 0.93)):
        spot = (round(column * image.shape[1]), round(row * image.shape[0]))
        cv2.putText(written, text, spot, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, 1)
    return written


def add_frame(image: Gray) -> Gray:
    """Draw a frame around the picture."""
    framed = image.copy()
    cv2.rectangle(framed, (3, 3), (image.shape[1] - 4, image.shape[0] - 4), 220, 3)
    return framed


def lower_contrast(image: Gray) -> Gray:
    """Squeeze the levels into a quarter, above a grey floor."""
    return (90 + image.astype(np.float32) / 4).astype(np.uint8)


def deepen(image: Gray) -> Gray:
    """Return 16 bits with an offset."""
    return image.astype(np.uint16) * 40 + 700


def leave(image: Gray) -> Gray:
    """Return the slice as it is."""
    return image


def draw(slices: list[Slice], path: Path) -> None:
    """Draw two rows of slices with their boxes."""
    worst = sorted(slices, key=lambda scan: overlap(FIXED.box(scan.image), known_box(scan.head)))
    shown: list[tuple[str, Callable[[Gray], Gray], Slice]] = [
        (f"{scan.contrast.replace('_', ', ')}", leave, scan) for scan in (*slices[:4], *worst[:2])
    ]
    changes = [
        ("dark", darken),
        ("white paper", add_page),
        ("low contrast", lower_contrast),
        ("text", add_text),
        ("frame", add_frame),
        ("16-bit", deepen),
    ]
    shown += [(name, change, slices[4 + i]) for i, (name, change) in enumerate(changes)]
    figure, axes = plt.subplots(2, 6, figsize=(12, 4.8), layout="constrained")
    for axis, (name, change, scan) in zip(axes.flat, shown, strict=True):
        image = change(scan.image)
        top = 65535 if image.dtype == np.uint16 else 255
        high = int(image.max()) if top == 65535 else top
        axis.imshow(image, cmap="gray", vmin=0, vmax=high)
        for crop, colour, style in ((FIXED, "#ff9f1c", "--"), (AUTO, "#2ec4b6", "-")):
            box = crop.box(image)
            corner = (box.left - 0.5, box.top - 0.5)
            outline = Rectangle(
                corner, box.width, box.height, fill=False, color=colour, ls=style, lw=1.6
            )
            axis.add_patch(outline)
        axis.set_title(name, fontsize=10)
        axis.set_axis_off()
    figure.savefig(path, dpi=75)
    plt.close(figure)


def main() -> None:
    """Write the figure and the table."""
    slices = [simulate(index, SEED) for index in range(PHANTOM_SLICES)]
    draw(slices, PAGE.with_suffix(".png"))
    rows = phantom_rows(slices)
    rows += real_rows(Path(sys.argv[1])) if len(sys.argv) > 1 else []
    made = (
        f"Measured on {datetime.now(UTC).date()} by `tools/cropping_figure.py` (phantom seed "
        f"{SEED}): "
        f"brainscan {bs.__version__}, OpenCV {cv2.__version__}, numpy {np.__version__}, Python "
        f"{platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, one process."
    )
    table = [
        "| | `auto` | `threshold=45` |",
        "| --- | --- | --- |",
        *rows,
        "",
        made,
    ]
    print("\n".join(table))
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    text = "\n".join([before + BEGIN, "", *table, "", END]) + after
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    mpl.use("agg")
    main()
