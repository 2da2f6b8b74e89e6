"""Bring images to one size."""

from dataclasses import dataclass

import cv2
import numpy as np

from brainscan._core.checks import check_size
from brainscan._core.types import Image
from brainscan.preprocess.step import Step


@dataclass(frozen=True)
class Resize(Step):
    """Resize an image; its aspect ratio may change, its dtype, channels and range do not.

    A smaller result averages over areas, so nothing is aliased; a larger one is interpolated
    linearly.

    Args:
        size: height and width of the result, in pixels.

    Raises:
        ValueError: the size is not two positive integers.

    Example:
        >>> Resize((32, 48))(np.zeros((64, 64, 3), np.uint8)).shape
        (32, 48, 3)
    """

    size: tuple[int, int] = (150, 150)

    def __post_init__(self) -> None:
        check_size(self.size)

    def apply(self, image: Image) -> Image:
        """Resize one image."""
        return resize(image, self.size)


def resize(image: Image, size: tuple[int, int]) -> Image:
    """Resize an image to ``(height, width)``; see `Resize`."""
    height, width = size
    if image.shape[:2] == (height, width):
        return image.copy()
    shrinks = height <= image.shape[0] and width <= image.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = cv2.resize(np.ascontiguousarray(image), (width, height), interpolation=how)
    return resized.reshape(height, width, *image.shape[2:])
