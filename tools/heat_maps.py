"""Measure heat maps where masks exist, and draw some, for docs/explanation/heat-maps.md.

    python tools/heat_maps.py [FOLDER_OF_CHENG [FOLDER_OF_THE_253_IMAGES]]

The phantom needs no data. The folder of Cheng's images has images/, masks/ and manifest.csv. The tables
are written between the two marks in heat-maps.md. About 20 minutes on two cores.
"""

import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

import brainscan as bs
from brainscan._core.images import to_uint8
from brainscan.explain import Agreement
from brainscan.metrics import Interval
from brainscan.preprocess.resize import resize
from brainscan.train import FROZEN

# isort: split
import jax
import keras  # after brainscan, which puts it on JAX

PAGE = Path(__file__).parents[1] / "docs/explanation/heat-maps.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
SEED, SIZE, EXPLAINED, TOLERANCE = 0, 150, 100, 4
BACKBONE = "efficientnet_lite0"
Images = NDArray[Any]


@dataclass(frozen=True)
class Task:
    """A classifier's images and the masked images that it is judged on, which it never saw."""

    name: str
    images: Images
    labels: NDArray[Any]
    judged: Images
    targets: NDArray[Any]
    masks: NDArray[Any]
    groups: NDArray[Any]


def crops(data: Any) -> tuple[Images, NDArray[Any] | None]:
    """Return the images cropped to the head, and their masks cut out with them."""
    crop = bs.preprocess.BrainCropper(size=(SIZE, SIZE), blank="keep")
    images, masks = [], []
    for index, image in enumerate(data):
        images.append(to_uint8(bs.preprocess.ToRGB()(crop(image))))
        if data.masks is not None:
            box = crop.box(image)
            part = data.masks[index][box.top : box.bottom, box.left : box.right]
            masks.append(resize(part.astype(np.float32), (SIZE, SIZE)) > 0.5)
    return np.stack(images), np.stack(masks) if masks else None
