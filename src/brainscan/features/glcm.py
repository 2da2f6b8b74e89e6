"""Haralick's texture features: which grey levels lie beside each other."""

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
from brainscan.features.kernels import LEVELS
from brainscan.features.table import Grays, counting, describe_each

DISTANCES = (1, 2, 3)
ANGLES_DEG = (0, 45, 90, 135)
PROPERTIES = ("contrast", "dissimilarity", "homogeneity", "energy", "correlation", "asm")

_STEP = np.arange(LEVELS, dtype=np.float64)
_OF_STEPS = np.stack([_STEP**2, _STEP, 1 / (1 + _STEP**2)], axis=1)


def glcm(
    images: Sequence[Image] | Image,
    distances: Sequence[int] = DISTANCES,
    angles_deg: Sequence[float | int] = ANGLES_DEG,
) -> Float32[np.ndarray, "n d"]:
    """Return the features of `Glcm` for every image.

    Args:
        images: one image or a sequence, of any size, with 1, 3 or 4 channels; see `glcm_lbp`.
        distances: see `Glcm`.
        angles_deg: see `Glcm`.

    Returns:
        ``(n, d)`` float32, one row an image; `Glcm.get_feature_names_out` names the columns.
    """
    return Glcm(check_values(distances, "distances"), check_values(angles_deg, "angles_deg"))(
        images
    )


@dataclass(frozen=True)
class Glcm(ImageTransformer):
    """Properties of the grey-level co-occurrence matrix.

    For every distance and angle, the pairs of pixels that lie so far apart are counted by their two
    grey levels, of 256; the counts are symmetric and sum to 1. From them come contrast,
    dissimilarity, homogeneity, energy, correlation and the angular second moment (asm). The values
    are those of scikit-image's ``graycomatrix`` and ``graycoprops``, at a multiple of their speed.

    Args:
        distances: in pixels, each at least 1.
        angles_deg: in degrees; 0 is the pixel to the right and 45 the one to the right and below.
            Offsets are rounded to whole pixels, so 45 at distance 2 is 45 at distance 1.

    Raises:
        ValueError: a setting is empty or out of range; when called, an image is too small to hold
            a pair of pixels.

    Examples:
        >>> stripes = np.array([[0, 255] * 4] * 8, np.uint8)
        >>> table = Glcm(distances=(1, 2), angles_deg=(0,))(stripes)
        >>> [float(value) for value in table[0, :2]]  # contrast at 1 and 2 pixels
        [65025.0, 0.0]

    References:
        R. M. Haralick, K. Shanmugam, I. Dinstein, "Textural Features for Image Classification",
        IEEE Transactions on Systems, Man, and Cybernetics, 1973, doi:10.1109/TSMC.1973.4309314
    """

    distances: tuple[int, ...] = DISTANCES
    angles_deg: tuple[float | int, ...] = ANGLES_DEG

    def __post_init__(self) -> None:
        distances = check_values(self.distances, "distances")
        if not distances or not all(is_whole(d) and d >= 1 for d in distances):
            raise ValueError(f"distances must be whole pixels, 1 or more; got {self.distances}.")
        angles: tuple[Any, ...] = check_values(self.angles_deg, "angles_deg")
        if not angles or not all(isinstance(a, Real) and np.isfinite(float(a)) for a in angles):
            raise ValueError(f"angles_deg must be finite, one or more; got {self.angles_deg}.")

    def __call__(self, images: Sequence[Image] | Image) -> Float32[np.ndarray, "n d"]:
        """Return ``(n, d)`` float32, one row an image."""
        return describe_each(images, self.describe)

    def describe(self, grays: Grays, name: str = "image") -> Float64[np.ndarray, "n d"]:
        """Return the features of grey images of one size."""
        offsets = tuple(
            _offset(grays.shape[1:], distance, angle_deg, name)
            for distance in self.distances
            for angle_deg in self.angles_deg
        )
        steps, sums = counting().count_pairs(grays, offsets)
        return _properties(steps.astype(np.float64), sums.astype(np.float64))

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Return the names of the columns, such as ``glcm_contrast_d1_a45``."""
        names = [
            f"glcm_{of}_d{distance}_a{angle_deg:g}"
            for of in PROPERTIES
            for distance in self.distances
            for angle_deg in self.angles_deg
        ]
        return np.array(names, np.object_)


def _offset(
    shape: tuple[int, ...], distance: int, angle_deg: float | int, name: str
) -> tuple[int, int]:
    """Return how many rows down and columns to the right the other pixel of a pair lies."""
    angle = np.deg2rad(angle_deg)
    down, right = _whole(np.sin(angle) * distance), _whole(np.cos(angle) * distance)
    height, width = shape
    if height <= abs(down) or width <= abs(right):
        raise ValueError(
            f"{name} must be larger than the distance between pixels, {distance}, on both sides; "
            f"got {height}x{width}. Use smaller distances or leave the image out."
        )
    return down, right


def _whole(pixels: float) -> int:
    """Round halves away from zero, 30 degrees at distance 1 among them, as scikit-image does."""
    return int(pixels + np.copysign(0.5, pixels))


def _properties(
    steps: Float64[np.ndarray, "n offsets levels"], sums: Float64[np.ndarray, "n offsets 3"]
) -> Float64[np.ndarray, "n d"]:
    """Return each property of all offsets, one property after the other."""
    totals = steps.sum(axis=2)
    of_steps = np.moveaxis(steps @ _OF_STEPS, 2, 0) / totals
    contrast, dissimilarity, homogeneity = of_steps
    mean, square, _ = np.moveaxis(sums, 2, 0) / (2 * totals)
    variance = square - mean**2
    # Contrast is twice the difference of variance and covariance. Of a constant image the
    # correlation is 1, as in scikit-image; below 1e-9 a variance is rounding.
    varies = variance > 1e-9
    correlation = 1 - np.where(varies, contrast, 0) / (2 * np.where(varies, variance, 1))
    asm = sums[:, :, 2] / (2 * totals) ** 2
    of = (contrast, dissimilarity, homogeneity, np.sqrt(asm), correlation, asm)
    return np.concatenate(of, axis=1)
