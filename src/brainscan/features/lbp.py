"""Local binary patterns: how a pixel compares with those on a circle around it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64
from numpy.typing import NDArray

from brainscan._core.checks import check_values, is_whole
from brainscan._core.estimator import ImageTransformer
from brainscan._core.types import Image
from brainscan.features.table import Grays, counting, describe_each

SCALES = ((8, 1), (16, 2), (24, 3))
_MOST_POINTS = 1024


def lbp(
    images: Sequence[Image] | Image, scales: Sequence[tuple[int, float | int]] = SCALES
) -> Float32[np.ndarray, "n d"]:
    """Return the features of `Lbp` for every image.

    Args:
        images: one image or a sequence, of any size, with 1, 3 or 4 channels; see `glcm_lbp`.
        scales: see `Lbp`.

    Returns:
        ``(n, d)`` float32, one row an image; `Lbp.get_feature_names_out` names the columns.
    """
    return Lbp(check_values(scales, "scales"))(images)


@dataclass(frozen=True)
class Lbp(ImageTransformer):
    """Histograms of uniform local binary patterns at several scales.

    At a scale of ``points`` on a circle of ``radius`` pixels, a pixel's pattern is the number of
    points at least as bright as it, where these are neighbours on the circle, and ``points + 1``
    else. The histogram of each scale has ``points + 2`` bins that sum to 1. The patterns are
    scikit-image's.

    Args:
        scales: ``(points, radius)`` of each.

    Raises:
        ValueError: a scale is out of range.

    Examples:
        >>> flat = np.zeros((5, 5), np.uint8)
        >>> int(Lbp(scales=((8, 1),))(flat).argmax())  # all 8 neighbours are as bright
        8

    References:
        T. Ojala, M. Pietikäinen, T. Mäenpää, "Multiresolution gray-scale and rotation invariant
        texture classification with local binary patterns", IEEE Transactions on Pattern Analysis
        and Machine Intelligence, 2002, doi:10.1109/TPAMI.2002.1017623
    """

    scales: tuple[tuple[int, float | int], ...] = SCALES

    def __post_init__(self) -> None:
        scales = check_values(self.scales, "scales")
        if not scales or not all(map(_is_scale, scales)):
            raise ValueError(
                "scales must be pairs (points, radius), one or more, with 1 to "
                f"{_MOST_POINTS} points and a radius above 0; got {self.scales}."
            )

    def __call__(self, images: Sequence[Image] | Image) -> Float32[np.ndarray, "n d"]:
        """Return ``(n, d)`` float32, one row an image."""
        return describe_each(images, self.describe)

    def describe(self, grays: Grays, name: str = "image") -> Float64[np.ndarray, "n d"]:
        """Return the features of grey images of one size."""
        count = counting().count_patterns
        counts = [count(grays, *_circle(*scale), math.ceil(scale[1])) for scale in self.scales]
        return np.concatenate(counts, axis=1) / grays[0].size

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Return the names of the columns, such as ``lbp_p8_r1_bin3``."""
        names = [
            f"lbp_p{points}_r{radius:g}_bin{bin_}"
            for points, radius in self.scales
            for bin_ in range(points + 2)
        ]
        return np.array(names, np.object_)


def _is_scale(scale: Any) -> bool:
    if not isinstance(scale, Sequence) or len(scale) != 2:
        return False
    points, radius = scale
    circle = isinstance(radius, Real) and 0 < float(radius) < math.inf
    return circle and is_whole(points) and 1 <= points <= _MOST_POINTS


def _circle(points: int, radius: float | int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far down and to the right the points lie, rounded as scikit-image's are."""
    angles = 2 * np.pi * np.arange(points) / points
    return np.round(-radius * np.sin(angles), 5), np.round(radius * np.cos(angles), 5)
