"""Measure what a predictor warns of: false alarms on held-out slices, and alarms on other images.

    python -P tools/outliers.py --data path/to/kaggle253 --other path/to/other/slices

The features are frozen ImageNet features of EfficientNet-Lite0, as the presets quick and careful
have them. False alarms are counted on folds of groups that the statistics were not made of. The
other images are those that scikit-image brings, a CT that pydicom brings where it is installed,
noise, and slices made unlike: blank, inverted, turned to one grey level.
"""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import skimage.data
from skimage import io

import brainscan as bs
from brainscan.predict.plausible import BLANK, in_colour, inverted
from brainscan.predict.scorer import Scorer
from brainscan.preprocess import Box
from brainscan.preprocess.resize import resize

SIZE = (150, 150)
SCALING = bs.train.FROZEN.scaling


def crop(image: Any) -> tuple[Any, list[str]]:
    """Return the crop of an image as a predictor makes it, and what it complains of."""
    from brainscan._core.images import to_rgb, to_uint8

    found = [in_colour(image)]
    box = Box(0, 0, *image.shape[:2])
    try:
        box = bs.preprocess.BrainCropper(SIZE).box(image)
    except ValueError:
        found.append(BLANK)
    cut = resize(image[box.top : box.bottom, box.left : box.right], SIZE)
    cropped = to_uint8(to_rgb(cut))
    found.append(inverted(cropped))
    return cropped, [sentence for sentence in found if sentence]


def photos() -> dict[str, Any]:
    """Return scikit-image's pictures, in grey and in colour."""
    folder = Path(skimage.data.__file__).parent
    found = {}
    for path in sorted(folder.iterdir()):
        if path.suffix in (".png", ".jpg"):
            image = io.imread(path)
            if image.ndim in (2, 3) and image.dtype == np.uint8:
                found[path.stem] = image
                if image.ndim == 3:
                    found[f"{path.stem}, in grey"] = image[..., :3].mean(axis=2).astype(np.uint8)
    return found


def made(slices: list[Any]) -> dict[str, Any]:
    """Return noise, and slices made unlike."""
    rng = np.random.default_rng(0)
    grey = [image if image.ndim == 2 else image[..., 0] for image in slices]
    found = {
        "blank, black": np.zeros((200, 200), np.uint8),
        "blank, white": np.full((200, 200), 255, np.uint8),
        "noise, uniform": rng.integers(0, 256, (200, 200), np.uint8),
        "noise, faint": rng.integers(0, 12, (200, 200), np.uint8),
    }
    for i, image in enumerate(grey):
        found[f"inverted slice {i}"] = 255 - image
        found[f"filled slice {i}"] = np.where(image > 40, 128, 0).astype(np.uint8)
        found[f"shuffled slice {i}"] = rng.permuted(image.reshape(-1)).reshape(image.shape)
        found[f"slice upside down {i}"] = image[::-1].copy()
    try:
        from pydicom import dcmread
        from pydicom.data import get_testdata_file

        found["CT of pydicom"] = dcmread(get_testdata_file("CT_small.dcm")).pixel_array.astype(
            np.float32
        )
    except ImportError:
        pass
    return found


def interval(hits: int, of: int) -> str:
    """Return a share with its 95% interval."""
    low, high = bs.metrics.wilson(hits, of)
    return f"{hits} of {of}, {100 * hits / of:.1f}% ({100 * low:.1f} to {100 * high:.1f})"


def main() -> None:
    """Print what was found as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--other", help="Slices of another data set: a folder of images.")
    parser.add_argument("--most", type=int, default=60, help="Of the other data set.")
    given = parser.parse_args()
    data = bs.datasets.load(given.data)
    start = ("efficientnet_lite0", (*SIZE, 3), "imagenet", "stages")
    model = bs.models.build(*start, scaling=SCALING, seed=0)
    scorer = Scorer(model, flips=True)

    def features(images: Iterable[Any]) -> tuple[Any, list[list[str]]]:
        crops, complaints = zip(*(crop(image) for image in images), strict=True)
        return scorer(np.stack(crops))[1], list(complaints)

    known, complaints = features(data)
    colour = sum(any("colour" in c for c in found) for found in complaints)
    blank = sum(BLANK in found for found in complaints)
    turned = sum(any("inverted" in c for c in found) for found in complaints)
    alarms = 0
    apart = np.zeros(len(data))
    for split in bs.datasets.grouped_folds(data, 5):
        train = np.concatenate([split.train, split.validation])
        rule = bs.predict.fit_outliers(known[train], data.groups[train])
        apart[split.test] = rule(known[split.test])
    alarms = int((apart > 1).sum())
    rule = bs.predict.fit_outliers(known, data.groups)
    report: dict[str, Any] = {
        "data": repr(data),
        "false alarms, by features": interval(alarms, len(data)),
        "false alarms, colour": colour,
        "false alarms, blank": blank,
        "false alarms, inverted": turned,
        "held-out distances, median and largest": [float(np.median(apart)), float(apart.max())],
    }
    others = photos() | made([data[i] for i in range(0, len(data), len(data) // 8)][:8])
    table, warned = features(others.values())
    distances = dict(zip(others, rule(table).round(2).tolist(), strict=True))
    report["others"] = {
        name: {"distance": distance, "complaints": [c.split(":")[0] for c in found]}
        for (name, distance), found in zip(distances.items(), warned, strict=True)
    }
    missed = [n for n, f in report["others"].items() if f["distance"] <= 1 and not f["complaints"]]
    report["missed"] = missed
    report["warned of"] = interval(len(others) - len(missed), len(others))
    sets = {"phantom": list(bs.datasets.load("phantom", n=40))}
    if given.other:
        paths = sorted(Path(given.other).glob("*.png"))
        chosen = paths[:: max(1, len(paths) // given.most)]
        sets[Path(given.other).name] = [bs.scans.read(path).slices[0] for path in chosen]
    for name, images in sets.items():
        found = rule(features(images)[0])
        report[f"warned of, of {name}"] = interval(int((found > 1).sum()), len(images))
        report[f"distances of {name}, median"] = float(np.median(found))
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
