"""Bring images to one size."""

from dataclasses import dataclass

import cv2
import numpy as np

from brainscan._core.checks import check_size
from brainscan._core.types import Image
from brainscan.preprocess.average import average
from brainscan.preprocess.step import Step


@dataclass(frozen=True)
class Resize(Step):
    """Resize an image; its aspect ratio may change, its dtype, channels and range do not.

    A side that shrinks is averaged over areas, so nothing is aliased; one that grows is
    interpolated linearly.

    Args:
        size: height and width of the result, in pixels.

    Raises:
        ValueError: the size is not two positive integers.

    Examples:
        >>> import numpy as np
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
    """Resize an image to ``(height, width)``, always into a new array; see `Resize`."""
    height, width = size
    resized = image if image.ndim == 3 else image[:, :, None]
    smaller = min(height, image.shape[0]), min(width, image.shape[1])
    # Shrunk before it is enlarged: one side may do this, and the other that.
    if resized.shape[:2] != smaller:
        means = average(resized, *smaller)
        if np.issubdtype(image.dtype, np.integer):
            # A mean of white is white, or by rounding a little more.
            np.rint(means, out=means).clip(max=np.iinfo(image.dtype).max, out=means)
        resized = means.astype(image.dtype)
    if smaller != (height, width):
        resized = np.ascontiguousarray(resized)
        resized = cv2.resize(resized, (width, height), interpolation=cv2.INTER_LINEAR)
    resized = resized.reshape(height, width, *image.shape[2:])
    return resized.copy() if np.shares_memory(resized, image) else resized
