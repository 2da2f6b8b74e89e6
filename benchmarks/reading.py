"""Read, crop and resize files: brainscan beside OpenCV that decodes them only, files a second.

    python -m benchmarks reading
    python -m benchmarks.reading --folder path/to/images

Slices of the phantom at 512x512 as JPEG files, photos of a film of 12 megapixels, and the images of
a folder, if one is named. Both in threads on all cores, the files in the memory of the operating
system.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import brainscan as bs
from benchmarks.timing import caption, machine, ratio, spread, take_turns, write
from brainscan._core.images import to_rgb, to_uint8
from brainscan._core.reading import SUFFIXES, read_image
from brainscan._core.threads import THREADS
from brainscan.preprocess.resize import resize

ROUNDS = 7
SIZE = (150, 150)


def main() -> None:
    """Run both in turns and write the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="images of your own, at any depth")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)  # the threads are ours
    with tempfile.TemporaryDirectory() as folder:
        sets = {
            "12 megapixels": phantom_files(Path(folder), 8, (3000, 4000)),
            "512x512": phantom_files(Path(folder), 200, (512, 512)),
        }
        if arguments.folder:
            found = sorted(arguments.folder.rglob("*"))
            images = [path for path in found if path.suffix.lower() in SUFFIXES]
            sets[arguments.folder.resolve().name] = images
        result = {"machine": machine(), "sets": {name: compare(sets[name]) for name in sets}}
    write("reading", result, table(result))


def phantom_files(folder: Path, count: int, size: tuple[int, int]) -> list[Path]:
    """Write slices of the phantom in the middle of black images of this size."""
    paths = []
    for number, image in enumerate(bs.datasets.load("phantom", n=count)):
        side = min(size)
        large = cv2.resize(image, (side, side), interpolation=cv2.INTER_CUBIC)
        margin = (max(size) - side) // 2
        large = np.pad(large, ((0, 0), (margin, margin)))
        paths.append(folder / f"{max(size)}-{number}.jpg")
        cv2.imwrite(str(paths[-1]), large)
    return paths


def compare(paths: Sequence[Path]) -> dict[str, Any]:
    """Return the seconds a file of both, and the share of decoding's rate that is left."""
    crop = bs.preprocess.BrainCropper(size=SIZE, blank="keep")
    with ThreadPoolExecutor(THREADS) as pool:
        functions: dict[str, Callable[[], Any]] = {
            "brainscan": lambda: sum(pool.map(lambda p: _prepared(crop, p), paths)),
            "decoding": lambda: sum(pool.map(_decoded, paths)),
        }
        for function in functions.values():
            function()
        seconds = take_turns(functions, ROUNDS)
    each = {who: [s / len(paths) for s in found] for who, found in seconds.items()}
    share = ratio(each["decoding"], each["brainscan"])
    parts = seconds_of_parts(crop, paths)
    return {"files": len(paths), "seconds_a_file": each, "ratio": share, "parts": parts}


def seconds_of_parts(crop: bs.preprocess.BrainCropper, paths: Sequence[Path]) -> dict[str, Any]:
    """Return the seconds a file of each part of the work, in one thread."""
    images = [read_image(path) for path in paths]
    boxes = [crop.box(image) for image in images]
    pairs = list(zip(images, boxes, strict=True))
    functions: dict[str, Callable[[], Any]] = {
        "decoding": lambda: [_decoded(path) for path in paths],
        "reading": lambda: [read_image(path) for path in paths],
        "head": lambda: [crop.box(image) for image in images],
        "resizing": lambda: [resize(i[b.top : b.bottom, b.left : b.right], SIZE) for i, b in pairs],
    }
    seconds = take_turns(functions, ROUNDS)
    return {part: [s / len(paths) for s in found] for part, found in seconds.items()}


def _prepared(crop: Callable[..., Any], path: Path) -> int:
    return to_uint8(to_rgb(crop(read_image(path)))).ndim


def _decoded(path: Path) -> int:
    content = np.frombuffer(path.read_bytes(), np.uint8)
    return cv2.imdecode(content, cv2.IMREAD_UNCHANGED).ndim


def table(result: dict[str, Any]) -> str:
    """Return the result in Markdown."""
    lines = [
        caption(result["machine"], "Read, cropped and resized, files a second"),
        "",
        "| files | brainscan | OpenCV, decoding only | ratio |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, found in result["sets"].items():
        each = found["seconds_a_file"]
        ours, theirs = (
            spread([1 / s for s in each[who]], ".0f") for who in ("brainscan", "decoding")
        )
        share = "{median:.2f} ({low:.2f} to {high:.2f})".format(**found["ratio"])
        lines.append(f"| {name} ({found['files']}) | {ours} | {theirs} | {share} |")
    lines += [
        "",
        "In one thread, milliseconds a file:",
        "",
        "| files | OpenCV's decoding | reading, or saying why not | finding the head | resizing |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, found in result["sets"].items():
        parts = (spread([1000 * s for s in part], ".2f") for part in found["parts"].values())
        lines.append(f"| {name} | " + " | ".join(parts) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
