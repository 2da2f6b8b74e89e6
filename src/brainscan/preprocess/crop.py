"""Crop a slice to the head and resize it."""

from dataclasses import dataclass
from math import ceil, nan
from typing import Literal

import cv2
import numpy as np

from brainscan._core.checks import check_image, check_size
from brainscan._core.images import to_gray, to_uint8
from brainscan._core.types import Image
from brainscan.preprocess.box import Box
from brainscan.preprocess.head import Threshold, find_head
from brainscan.preprocess.resize import resize
from brainscan.preprocess.step import Step

_LARGE, _REDUCED = 2048, 512  # pixels of the longer side: above the one, reduced to the other
_EXACT = 1e-6  # of a pixel: what dividing and multiplying again may add


@dataclass(frozen=True)
class BrainCropper(Step):
    """Crop to the head and resize: grey, blur, threshold, erode, dilate, largest contour, extremes.

    The steps are repeated on what they leave until they leave it whole, so cropping a crop changes
    nothing, and a sheet of paper around a film around a head is peeled off. Images of more than
    8 bits are stretched to 0 to 255 to find the box, and cropped as they are. Of a side longer than
    2048 pixels, the box is found on a copy of at most 512, and the original is cropped.

    Args:
        size: height and width of the result in pixels; None keeps the crop's own.
        threshold: ``"auto"``, or a grey level of 0 to 255, such as the paper's fixed one,
            `PAPER_THRESHOLD`. ``"auto"`` takes what differs from the background (the level of a
            uniform border, else black) by more than the paper's share, 45 of 255, of the image's
            own range; it counts scalp and brain as one and passes over a frame.
        blank: what to do with an image in which nothing is found: ``"error"``, or ``"keep"`` it
            whole.

    Raises:
        ValueError: a setting is out of range.

    References:
        The steps: Dhawan, "Training and Testing a CNN-based Engine for Brain MRI Scan
        Classification and Segmentation". The robust range: Smith, Fast robust automated brain
        extraction, Human Brain Mapping 2002, doi:10.1002/hbm.10062.

    Examples:
        >>> import brainscan as bs
        >>> image = bs.datasets.load("phantom", n=2)[0]
        >>> crop = bs.preprocess.BrainCropper(size=(150, 150))
        >>> crop(image).shape
        (150, 150)
    """

    size: tuple[int, int] | None = (150, 150)
    threshold: Threshold = "auto"
    blank: Literal["error", "keep"] = "error"

    def __post_init__(self) -> None:
        if self.size is not None:
            check_size(self.size)
        if self.threshold != "auto" and not 0 <= _number(self.threshold) <= 255:
            raise ValueError(
                f"threshold must be 'auto' or a grey level of 0 to 255; got {self.threshold!r}."
            )
        if self.blank not in ("error", "keep"):
            raise ValueError(f"blank must be 'error' or 'keep'; got {self.blank!r}.")

    def apply(self, image: Image) -> Image:
        """Crop one image."""
        box = self.box(image)
        cropped = image[box.top : box.bottom, box.left : box.right]
        return cropped.copy() if self.size is None else resize(cropped, self.size)

    def box(self, image: Image) -> Box:
        """Return the box of the head in one image, in its pixels.

        Args:
            image: ``(height, width)`` or ``(height, width, channels)``.

        Raises:
            ValueError: the image is refused; or nothing is found, and ``blank`` is ``"error"``.
        """
        image = check_image(image)
        height, width = image.shape[:2]
        if image.dtype == np.uint8 and max(height, width) <= _LARGE:
            image = to_gray(image)  # once for all repetitions
        inner = self._find(image)
        if inner is None and self.blank == "error":
            gray = to_gray(image)
            raise ValueError(
                f"image must show a head; nothing stands out in its {height} x {width} pixels of "
                f"{gray.min()} to {gray.max()}. Leave it out, or give blank='keep'."
            )
        box = Box(0, 0, height, width)
        while inner is not None and inner != (0, 0, box.height, box.width):
            top, left = box.top + inner.top, box.left + inner.left
            box = Box(top, left, top + inner.height, left + inner.width)
            # Reduced and stretched anew, as it would be if the crop were the image.
            inner = self._find(image[box.top : box.bottom, box.left : box.right])
        return box

    def _find(self, image: Image) -> Box | None:
        """Return the box of the head, found on a reduced copy where the image is large."""
        height, width = image.shape[:2]
        side = max(height, width)
        factor = -(-side // _REDUCED) if side > _LARGE else 1
        if factor > 1:
            size = -(-width // factor), -(-height // factor)
            image = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)  # quick, for a box
        found = find_head(to_uint8(to_gray(image)), self.threshold)
        if found is None or factor == 1:
            return found
        across, down = width / image.shape[1], height / image.shape[0]
        return Box(
            int(found.top * down),
            int(found.left * across),
            ceil(found.bottom * down - _EXACT),
            ceil(found.right * across - _EXACT),
        )


def _number(threshold: object) -> float:
    """Return the number, or NaN, which lies in no range."""
    return float(threshold) if isinstance(threshold, int | float) else nan
