"""Runs whose outcome is known beforehand: one that fails them measures something else."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from brainscan._core.registry import Registry
from brainscan._core.types import Labels
from brainscan.benchmark.images import Images

_FRAME = 10  # a frame is the outer tenth of each side; see below for the centre


@dataclass(frozen=True)
class Control:
    """A change of the data that should take the answer away.

    Args:
        apply: a function ``(images, labels, seed) -> (images, labels)``; leaves its input alone.
        caption: what the figures should then be, one sentence.
    """

    apply: Callable[[Images, Labels, int], tuple[Images, Labels]]
    caption: str


controls: Registry[Control] = Registry("control")
"""The controls by name: ``shuffled_labels``, ``border_only`` and ``centre_masked``."""


def shuffled_labels(images: Images, labels: Labels, seed: int) -> tuple[Images, Labels]:
    """Give the labels to other images."""
    return images, np.random.default_rng(seed).permutation(labels)


def border_only(images: Images, labels: Labels, seed: int) -> tuple[Images, Labels]:
    """Black out all but a frame, a tenth of the side wide."""
    height, width = images.shape[1:3]
    top, left = -(-height // _FRAME), -(-width // _FRAME)
    changed = images.copy()
    changed[:, top : height - top, left : width - left] = 0
    return changed, labels


def centre_masked(images: Images, labels: Labels, seed: int) -> tuple[Images, Labels]:
    """Black out the middle half of the height and of the width."""
    height, width = images.shape[1:3]
    changed = images.copy()
    changed[:, height // 4 : height - height // 4, width // 4 : width - width // 4] = 0
    return changed, labels


controls.add(
    "shuffled_labels",
    Control(
        shuffled_labels,
        "Control: labels were shuffled, so the AUC should be about 0.5 and no accuracy above the "
        "commonest class's share; more means that the pipeline leaks.",
    ),
)
controls.add(
    "border_only",
    Control(
        border_only,
        "Control: all but the outer tenth of each side is black; what is above chance here comes "
        "from frames, text, background or cropping, not from the tumour.",
    ),
)
controls.add(
    "centre_masked",
    Control(
        centre_masked,
        "Control: the middle half of the height and width is black; tumours lie there mostly, so "
        "a figure that hardly falls is not about them.",
    ),
)
