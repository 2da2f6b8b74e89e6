"""Predicted masks as PNG files of a run folder."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage

from brainscan._core.artifacts import write_atomic
from brainscan._core.reading import read_image
from brainscan._core.types import Mask

_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 80


def mask_name(model: str, fold: int, index: int, image: str) -> str:
    """Return where the mask of an image lies in a run folder.

    Args:
        model: what predicted it.
        fold: of the run.
        index: the image's position in the data, since ids may differ in what a file name can't be.
        image: its id.
    """
    return f"masks/{model}/{fold}/{index:05d}-{_PLAIN.sub('_', image)[-_LONGEST:]}.png"


def write_masks(folder: Path, names: Sequence[str], masks: Sequence[Mask]) -> None:
    """Write masks as black and white PNG, each atomically."""
    for name, mask in zip(names, masks, strict=True):
        picture = PilImage.fromarray(mask.astype(np.uint8) * np.uint8(255))
        write_atomic(folder / name, picture.save)


def read_masks(folder: Path, names: Sequence[str]) -> tuple[Mask, ...] | None:
    """Return masks that were written, or None where one is not there whole."""
    masks: list[NDArray[Any]] = []
    for name in names:
        try:
            masks.append(read_image(folder / name) != 0)
        except (OSError, ValueError):
            return None
    return tuple(masks)
