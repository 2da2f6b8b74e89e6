"""Make the phantom's atlas from the ICBM 152 maps that the PyPI package nilearn ships.

    python tools/make_phantom_atlas.py        # needs nilearn; rewrites icbm152_2mm.npz

The 1 mm maps of the symmetric template 2009a are averaged over blocks of 2x2x2 voxels, cut to the
brain and kept as probabilities in 64 steps. Licence and notice: see the file NOTICE.
"""

from pathlib import Path

import numpy as np
from nilearn.datasets import (
    load_mni152_gm_template,
    load_mni152_template,
    load_mni152_wm_template,
)
from numpy.typing import NDArray
from scipy.ndimage import binary_fill_holes, distance_transform_edt

TARGET = Path(__file__).parents[1] / "src/brainscan/datasets/phantom/icbm152_2mm.npz"
BLOCK = 2
CAVITY_MARGIN_MM = 16.0  # wide enough to bridge the folds between lobes and cerebellum


def main() -> None:
    """Write the atlas."""
    template = load_mni152_template(resolution=1)
    origin_mm = template.affine[:3, 3] + (BLOCK - 1) / 2
    brain = binary_fill_holes(template.get_fdata() > 0)
    maps = {
        "gray": block_mean(load_mni152_gm_template(resolution=1).get_fdata()),
        "white": block_mean(load_mni152_wm_template(resolution=1).get_fdata()),
        "brain": block_mean(brain.astype(float)),
    }
    inside = np.argwhere(maps["brain"] > 0)
    low, high = inside.min(axis=0), inside.max(axis=0) + 1
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    cut = {name: to_levels(map_[box]) for name, map_ in maps.items()}
    arrays = {
        **cut,
        "cavity": np.packbits(close(cut["brain"] > 127, CAVITY_MARGIN_MM / BLOCK)),
        "origin_mm": (origin_mm + BLOCK * low).astype(np.float32),
        "spacing_mm": np.float32(BLOCK),
    }
    np.savez_compressed(TARGET, **arrays)
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1000:.0f} kB, {cut['gray'].shape} voxels")


def block_mean(volume: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average blocks of voxels, dropping what doesn't fill a block; scale to at most 1."""
    shape = [size // BLOCK for size in volume.shape]
    cut = volume[tuple(slice(size * BLOCK) for size in shape)]
    blocks = cut.reshape(shape[0], BLOCK, shape[1], BLOCK, shape[2], BLOCK)
    return blocks.mean(axis=(1, 3, 5)) / max(1.0, volume.max())


def to_levels(probability: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Round 0 to 1 to the 64 levels 0, 4, ... 252: a third fewer bytes, no visible difference."""
    return (4 * np.rint(63 * probability)).astype(np.uint8)


def close(mask: NDArray[np.bool_], radius: float) -> NDArray[np.bool_]:
    """Close a mask with a ball of ``radius`` voxels: the inside of the skull around the brain."""
    pad = int(np.ceil(radius)) + 1
    dilated = distance_transform_edt(~np.pad(mask, pad)) <= radius
    closed = distance_transform_edt(dilated) > radius
    return closed[pad:-pad, pad:-pad, pad:-pad] | mask


if __name__ == "__main__":
    main()
