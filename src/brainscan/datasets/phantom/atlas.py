"""The ICBM 152 tissue probability maps at 2 mm, and oblique sections through them."""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from jaxtyping import Float32
from scipy.ndimage import distance_transform_edt, map_coordinates

Points = Float32[np.ndarray, "3 rows columns"]

_MARGIN_MM = 40.0


@dataclass(frozen=True, eq=False)
class Atlas:
    """Volumes on one grid, axes x (to the right), y (to the front), z (up).

    Args:
        gray: probability of grey matter.
        white: probability of white matter.
        brain: fraction that is brain, ventricles included.
        cavity_mm: distance to the inside of the skull, positive outside.
        origin_mm: the MNI coordinates of the first voxel's centre.
        spacing_mm: the size of a voxel.
    """

    gray: Float32[np.ndarray, "x y z"]
    white: Float32[np.ndarray, "x y z"]
    brain: Float32[np.ndarray, "x y z"]
    cavity_mm: Float32[np.ndarray, "x y z"]
    origin_mm: Float32[np.ndarray, "3"]
    spacing_mm: float

    def section(self, points_mm: Points) -> Float32[np.ndarray, "4 rows columns"]:
        """Sample grey, white, brain and cavity distance at MNI coordinates, trilinearly."""
        voxels = (points_mm - self.origin_mm[:, None, None]) / np.float32(self.spacing_mm)
        volumes = (self.gray, self.white, self.brain, self.cavity_mm)
        return np.stack(
            [map_coordinates(volume, voxels, order=1, mode="nearest") for volume in volumes]
        )


@lru_cache(maxsize=1)
def load_atlas() -> Atlas:
    """Read the atlas that comes with the package.

    References:
        V. Fonov et al., "Unbiased average age-appropriate atlases for pediatric studies",
        NeuroImage 54(1), 313-327, 2011, doi:10.1016/j.neuroimage.2010.07.033
    """
    file = files("brainscan.datasets.phantom") / "icbm152_2mm.npz"
    with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    shape = arrays["gray"].shape
    spacing_mm = float(arrays["spacing_mm"])
    pad = int(_MARGIN_MM / spacing_mm)
    cavity = np.unpackbits(arrays["cavity"], count=int(np.prod(shape))).reshape(shape).astype(bool)
    return Atlas(
        gray=_probability(arrays["gray"], pad),
        white=_probability(arrays["white"], pad),
        brain=_probability(arrays["brain"], pad),
        cavity_mm=_signed_distance(np.pad(cavity, pad)) * np.float32(spacing_mm),
        origin_mm=(arrays["origin_mm"] - pad * spacing_mm).astype(np.float32),
        spacing_mm=spacing_mm,
    )


def _probability(levels: np.ndarray, pad: int) -> Float32[np.ndarray, "x y z"]:
    return np.pad(levels.astype(np.float32) / np.float32(252), pad)


def _signed_distance(mask: np.ndarray) -> Float32[np.ndarray, "x y z"]:
    outside = np.asarray(distance_transform_edt(~mask))
    inside = np.asarray(distance_transform_edt(mask))
    # Distances run between voxel centres; half a voxel puts their zero on the boundary.
    return np.where(mask, 0.5 - inside, outside - 0.5).astype(np.float32)
