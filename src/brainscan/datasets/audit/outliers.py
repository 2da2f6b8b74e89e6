"""Images unlike the rest of their data set: blank, tiny, coloured, negative, not of a head."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32
from sklearn.decomposition import PCA

from brainscan.datasets.audit.facts import Facts
from brainscan.datasets.duplicates import SIDE, standardise

_LIMIT = 5.0  # robust standard deviations
_BLANK = 2.0  # grey levels of standard deviation
_COLORED = 0.1  # parts of the range between the channels of one pixel
_NEGATIVE = -0.3  # correlation with the average image
_COMPONENTS = 10
_MOST = 10_000  # images, from which the components are learnt
_BLOCK = 4096  # images held against them at once
_ENOUGH = 20  # images, below which there is no "rest" to be unlike of


@dataclass(frozen=True)
class Outlier:
    """An image that is unlike the rest, and why."""

    id: str
    reason: str


def find_outliers(
    ids: Sequence[str], facts: Sequence[Facts], thumbnails: Float32[np.ndarray, "n side side"]
) -> tuple[Outlier, ...]:
    """Return the images that a person should look at, with all reasons for each.

    Size, shape, brightness and contrast are held against the median and the median absolute
    deviation of the data set, and so is what the first ten principal components of all thumbnails
    leave unexplained of one.
    """
    reasons: list[list[str]] = [[] for _ in ids]
    spread = np.array([thumbnail.std() for thumbnail in thumbnails])
    for i, (fact, level) in enumerate(zip(facts, spread, strict=True)):
        if level < _BLANK:
            reasons[i].append(f"blank: its grey levels differ by {level:.1f} of 255")
        if min(fact.height, fact.width) < SIDE:
            reasons[i].append(f"tiny: {fact.height}x{fact.width} pixels")
        if fact.color > _COLORED:
            reasons[i].append(f"coloured: channels differ by {fact.color:.0%} of the range")
    if len(ids) >= _ENOUGH:
        _compare(reasons, facts, thumbnails, spread)
    return tuple(
        Outlier(name, "; ".join(found)) for name, found in zip(ids, reasons, strict=True) if found
    )


def _compare(
    reasons: list[list[str]],
    facts: Sequence[Facts],
    thumbnails: Float32[np.ndarray, "n side side"],
    spread: Float[np.ndarray, " n"],
) -> None:
    areas = np.array([f.height * f.width for f in facts], np.float64)
    shapes = np.array([f.height / f.width for f in facts])
    means = thumbnails.mean(axis=(1, 2), dtype=np.float64)
    rest, likeness = _unexplained(thumbnails)
    # A spread below the last number is no reason: what all images share exactly has none.
    for what, values, shown, least in (
        ("size in pixels", np.log2(areas), areas, 0.5),
        ("height by width", np.log2(shapes), shapes, 0.1),
        ("mean grey level", means, means, 10.0),
        ("contrast (standard deviation of grey levels)", spread, spread, 8.0),
        ("share of its pattern that is in no other image", rest, rest, 0.03),
    ):
        middle = float(np.median(values))
        scale = max(1.4826 * float(np.median(np.abs(values - middle))), least)
        usual = float(np.median(shown))
        for i in np.flatnonzero(np.abs(values - middle) > _LIMIT * scale):
            reasons[i].append(f"unusual {what}: {shown[i]:.3g}, commonly {usual:.3g}")
    for i in np.flatnonzero(likeness < _NEGATIVE):
        reasons[i].append(
            f"dark where others are bright, as a negative is or an image with a white margin: "
            f"correlation {likeness[i]:.2f} with the average image"
        )


def _unexplained(
    thumbnails: Float32[np.ndarray, "n side side"],
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """Return what the main components leave of each thumbnail, and its likeness to the mean."""
    n = len(thumbnails)
    step = 1 + n // _MOST
    parts = [
        PCA(min(_COMPONENTS, n // 5), svd_solver="covariance_eigh").fit(
            _rows(thumbnails[half::2][::step])
        )
        for half in (0, 1)
    ]
    mean = parts[0].mean_ + parts[1].mean_
    mean /= max(float(np.linalg.norm(mean)), 1e-9)
    rest, likeness = np.empty(n), np.empty(n)
    for start in range(0, n, _BLOCK):
        for half in (0, 1):
            # The other half's components: in its own half an outlier could be a component itself.
            chosen = slice(start + half, start + _BLOCK, 2)
            rows = _rows(thumbnails[chosen])
            if len(rows):
                other = parts[1 - half]
                left = rows - other.inverse_transform(other.transform(rows))
                rest[chosen], likeness[chosen] = (left**2).sum(axis=1), rows @ mean
    return rest, likeness


def _rows(thumbnails: Float32[np.ndarray, "n side side"]) -> Float32[np.ndarray, "n pixels"]:
    rows, _ = standardise(thumbnails)
    return rows.reshape(len(rows), SIDE * SIDE)
