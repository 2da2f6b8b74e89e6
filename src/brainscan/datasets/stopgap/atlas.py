"""The tissue maps of the average brain that every phantom starts from."""

from functools import cache
from importlib.resources import files

import numpy as np
from jaxtyping import Float32

Maps = Float32[np.ndarray, "tissue x y z"]

VOXEL_MM = 2.0
"""The edge of a voxel."""


@cache
def tissue_maps() -> Maps:
    """Return shares (0 to 1) of grey matter, white matter and fluid, from left, back and below.

    References:
        Fonov et al., NeuroImage 2011, doi:10.1016/j.neuroimage.2010.07.033; see NOTICE.
    """
    path = files("brainscan.datasets.stopgap") / "icbm152_2mm.npz"
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        return np.stack([stored[name] for name in ("gray", "white", "fluid")]).astype(
            np.float32
        ) / np.float32(32)
