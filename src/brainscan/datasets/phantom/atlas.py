"""The ICBM 152 tissue probability maps at 2 mm, and oblique sections through them."""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import product

import numpy as np
from jaxtyping import Float32
from scipy.ndimage import distance_transform_edt

Points = Float32[np.ndarray, "3 rows columns"]

_MARGIN_MM = 40.0


@dataclass(frozen=True, eq=False)
class Atlas:
    """Volumes on one grid, axes z (up), y (to the front), x (to the right): axial planes are whole.

    Args:
        maps: probability of grey matter; of white matter; fraction that is brain, ventricles
            included; distance in mm to the inside of the skull, positive outside.
        origin_mm: the MNI coordinates of the first voxel's centre.
        spacing_mm: the size of a voxel.
    """

    maps: Float32[np.ndarray, "z y x 4"]
    origin_mm: Float32[np.ndarray, "3"]
    spacing_mm: float

    def section(self, points_mm: Points) -> Float32[np.ndarray, "rows columns 4"]:
        """Sample the maps at MNI coordinates, trilinearly; the border goes on outside."""
        voxels = (points_mm - self.origin_mm[:, None, None])[::-1] / np.float32(self.spacing_mm)
        last = np.array(self.maps.shape[:3], np.float32)[:, None, None] - np.float32(1.001)
        voxels = np.clip(voxels, 0, last)
        corner = voxels.astype(np.int32)
        toward = voxels - corner.astype(np.float32)
        share = np.stack([1 - toward, toward])  # of the lower and the upper voxel, by axis
        _, height, width, _ = self.maps.shape
        first = (corner[0] * height + corner[1]) * width + corner[2]
        flat = self.maps.reshape(-1, 4)
        sampled = np.zeros((*first.shape, 4), np.float32)
        for z, y, x in product((0, 1), repeat=3):  # the eight voxels around each point
            weight = share[z, 0] * share[y, 1] * share[x, 2]
            voxel = first + ((z * height + y) * width + x)
            sampled += weight[..., None] * np.take(flat, voxel, axis=0, mode="clip")
        return sampled


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
    volumes = [
        *(_probability(arrays[name], pad) for name in ("gray", "white", "brain")),
        _signed_distance(np.pad(cavity, pad)) * np.float32(spacing_mm),
    ]
    return Atlas(
        maps=np.stack([volume.T for volume in volumes], axis=-1),
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
