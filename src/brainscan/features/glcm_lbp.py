"""The texture features of the paper's classical classifiers: GLCM and LBP side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64
from numpy.typing import NDArray

from brainscan._core.checks import check_values
from brainscan._core.estimator import ImageTransformer
from brainscan._core.types import Image
from brainscan.features.glcm import ANGLES_DEG, DISTANCES, Glcm
from brainscan.features.lbp import SCALES, Lbp
from brainscan.features.table import Grays, describe_each


def glcm_lbp(
    images: Sequence[Image] | Image,
    distances: Sequence[int] = DISTANCES,
    angles_deg: Sequence[float | int] = ANGLES_DEG,
    scales: Sequence[tuple[int, float | int]] = SCALES,
) -> Float32[np.ndarray, "n d"]:
    """Return the features of `GlcmLbp` for every image.

    It takes the place of scikit-image's ``graycomatrix``, ``graycoprops`` and
    ``local_binary_pattern`` with the same settings and values: the reference shows both.

    Args:
        images: one image or a sequence, of any size, with 1, 3 or 4 channels. Of 8 bits they are
            taken as they are; others are stretched, each from its lowest pixel to its highest, to
            0 to 255, so levels that mean something are to be given as uint8.
        distances: see `Glcm`.
        angles_deg: see `Glcm`.
        scales: see `Lbp`.

    Returns:
        ``(n, d)`` float32, one row an image: 126 columns by default, named by
        `GlcmLbp.get_feature_names_out`.

    Raises:
        ValueError: there is no image, one is not finite, or too small for the distances.

    Examples:
        >>> scans = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)
        >>> glcm_lbp(scans).shape
        (5, 126)
    """
    return GlcmLbp(
        check_values(distances, "distances"),
        check_values(angles_deg, "angles_deg"),
        check_values(scales, "scales"),
    )(images)


@dataclass(frozen=True)
class GlcmLbp(ImageTransformer):
    """The features of `Glcm` and `Lbp` in one table.

    Args:
        distances: see `Glcm`.
        angles_deg: see `Glcm`.
        scales: see `Lbp`.
    """

    distances: tuple[int, ...] = DISTANCES
    angles_deg: tuple[float | int, ...] = ANGLES_DEG
    scales: tuple[tuple[int, float | int], ...] = SCALES

    def __post_init__(self) -> None:
        _ = self._parts  # checks the settings

    def __call__(self, images: Sequence[Image] | Image) -> Float32[np.ndarray, "n d"]:
        """Return ``(n, d)`` float32, one row an image."""
        return describe_each(images, self.describe)

    def describe(self, grays: Grays, name: str = "image") -> Float64[np.ndarray, "n d"]:
        """Return the features of grey images of one size."""
        return np.concatenate([part.describe(grays, name) for part in self._parts], axis=1)

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Return the names of the columns."""
        return np.concatenate([part.get_feature_names_out() for part in self._parts])

    @property
    def _parts(self) -> tuple[Glcm, Lbp]:
        return Glcm(self.distances, self.angles_deg), Lbp(self.scales)
