"""What is known of each image, and what a network says of it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from numpy.typing import NDArray


class Targets(NamedTuple):
    """What a network is to say of images; NumPy arrays or arrays on the device.

    Args:
        labels: ``(n,)`` class indices; 0 for a network that gives no score.
        masks: ``(n, height, width)`` uint8, 1 inside; None for a network that gives no mask.
        known: ``(n,)`` float32, 1 for images whose mask is known and 0 for others.
    """

    labels: Any
    masks: Any = None
    known: Any = None

    def take(self, index: Any) -> "Targets":
        """Return the targets of some images."""

        def pick(values: Any) -> Any:
            return values[index]

        return jax.tree.map(pick, self)


class Outputs(NamedTuple):
    """What a network says of images: a mask, a score or both.

    Args:
        mask: ``(n, height, width, 1)`` probabilities.
        score: ``(n, units)``.
    """

    mask: Any = None
    score: Any = None


def read_outputs(outputs: Any) -> Outputs:
    """Tell mask and score apart in what a model returns, symbols as well as arrays."""
    if isinstance(outputs, dict):
        return Outputs(outputs.get("mask"), outputs.get("score"))
    return Outputs(mask=outputs) if len(outputs.shape) == 4 else Outputs(score=outputs)


def stack_masks(
    masks: Sequence[Any] | NDArray[Any], size: tuple[int, int]
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return masks as an array, blank where there is none, and which ones are known.

    Args:
        masks: one an image, ``(height, width)``, bools or whole numbers: what is not 0 is inside.
            None where the mask is not known.
        size: height and width of the network's images.

    Raises:
        ValueError: a mask has another size or dtype, or none is known.
    """
    stacked = np.zeros((len(masks), *size), np.uint8)
    known = np.zeros(len(masks), np.float32)
    for number, mask in enumerate(masks):
        if mask is None:
            continue
        array = np.asarray(mask)
        if array.shape != tuple(size) or array.dtype.kind not in "bui":
            raise ValueError(
                f"mask {number} must hold bools or whole numbers and have the size of the "
                f"network's images, {tuple(size)}; got {array.dtype} of shape {array.shape}. "
                "Crop and resize it with its image."
            )
        stacked[number], known[number] = array != 0, 1
    if not known.any():
        raise ValueError("masks must hold a mask of one image or more; got None for all of them.")
    return stacked, known
