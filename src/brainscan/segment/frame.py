"""How an image and its mask come to a network, and a map back to the image."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from jaxtyping import Float, UInt8
from numpy.typing import NDArray

from brainscan._core.checks import check_image, check_size
from brainscan._core.images import to_rgb, to_uint8
from brainscan._core.types import Image, Mask
from brainscan.preprocess import BrainCropper, Resize
from brainscan.preprocess.box import Box

_CROPPER = BrainCropper(size=None, blank="keep")


@dataclass(frozen=True)
class Frame:
    """Brings images of any size, depth and number of channels to a network, and its maps back.

    Args:
        size: height and width of the network's images, in pixels.
        crop: whether an image is cropped to the head first, see
            `brainscan.preprocess.BrainCropper`; one in which no head is found stays whole.

    Raises:
        ValueError: the size is not two positive integers.

    Examples:
        >>> import brainscan as bs
        >>> data = bs.datasets.load("phantom", n=4)
        >>> frame = Frame((64, 64))
        >>> frame.image(data[0]).shape, frame.mask(data.masks[0], data[0]).shape
        ((64, 64, 3), (64, 64))
    """

    size: tuple[int, int]
    crop: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", check_size(self.size))

    def box(self, image: Image) -> Box:
        """Return the part of an image that the network sees."""
        image = check_image(image)
        return _CROPPER.box(image) if self.crop else Box(0, 0, *image.shape[:2])

    def image(self, image: Image) -> UInt8[np.ndarray, "h w 3"]:
        """Return what the network sees of an image, 0 to 255.

        Args:
            image: ``(height, width)`` or ``(height, width, channels)``; 8 bits stay as they are,
                others are stretched.
        """
        return Resize(self.size).apply(_cut(to_rgb(to_uint8(check_image(image))), self.box(image)))

    def mask(self, mask: NDArray[Any], image: Image) -> Mask:
        """Return the mask of what the network sees of an image; what is not 0 is inside.

        Raises:
            ValueError: the mask has another height or width than the image.
        """
        inside, image = np.asarray(mask) != 0, check_image(image)
        if inside.shape != image.shape[:2]:
            raise ValueError(
                f"a mask must have its image's height and width, {image.shape[:2]}; "
                f"got {inside.shape}."
            )
        cut = _cut(inside, self.box(image)).astype(np.float32)
        return Resize(self.size).apply(cut) > 0.5

    def back(self, values: NDArray[np.float32], image: Image) -> Float[np.ndarray, "height width"]:
        """Return the network's map in the image's coordinates, 0 where the network saw nothing."""
        box = self.box(image)
        whole = np.zeros(np.shape(image)[:2], np.float32)
        # Linear both ways: an average over areas would be blurred twice.
        whole[box.top : box.bottom, box.left : box.right] = cv2.resize(
            np.asarray(values, np.float32), (box.width, box.height), interpolation=cv2.INTER_LINEAR
        )
        return whole


def _cut(image: NDArray[Any], box: Box) -> NDArray[Any]:
    return image[box.top : box.bottom, box.left : box.right]
