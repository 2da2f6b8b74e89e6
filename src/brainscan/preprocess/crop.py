"""Crop a slice to the head: the paper's steps, with a threshold that follows the image."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, UInt8

from brainscan._core.checks import check_image, check_size
from brainscan._core.images import to_gray, to_uint8
from brainscan._core.types import Image
from brainscan.preprocess.resize import resize
from brainscan.preprocess.step import Step

PAPER_THRESHOLD = 45
"""The fixed threshold of the published pipeline, of 255."""

_BLUR = 5  # pixels
_SQUARE = np.ones((3, 3), np.uint8)
_GAP = 0.02  # of the image's side: how far scalp and brain may lie apart
_RANGE_PERCENTILE = 98  # BET's robust maximum
_BORDER = 0.04  # of the image's side
_UNIFORM = 8  # grey levels around the border's median that still count as background
_FRAME_SPAN, _FRAME_FILL = 0.95, 0.2

_Gray = UInt8[np.ndarray, "h w"]


class Box(NamedTuple):
    """A rectangle of pixels; ``bottom`` and ``right`` are the first row and column outside."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        """The number of rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """The number of columns."""
        return self.right - self.left


@dataclass(frozen=True)
class BrainCropper(Step):
    """Crop to the head and resize: grey, blur, threshold, erode, dilate, largest contour, extremes.

    The steps are repeated on what they leave until they leave it whole, so cropping a crop changes
    nothing, and a sheet of paper around a film around a head is peeled off.

    Args:
        size: height and width of the result in pixels; None keeps the crop's own.
        threshold: ``"auto"``, or a grey level of 0 to 255 such as `PAPER_THRESHOLD`. Images of more
            than 8 bits are stretched to 0 to 255 to find the box, and cropped as they are.
            ``"auto"`` takes what differs from the background (the level of a uniform border, or
            black) by more than the paper's share, 45 of 255, of the image's own range.
        blank: what to do with an image in which nothing is found: ``"error"``, or ``"keep"`` it
            whole.

    Raises:
        ValueError: a setting is out of range.

    References:
        The steps: Dhawan, "Training and Testing a CNN-based Engine for Brain MRI Scan
        Classification and Segmentation". The robust range: Smith, Fast robust automated brain
        extraction, Human Brain Mapping 2002, doi:10.1002/hbm.10062.

    Example:
        >>> import brainscan as bs
        >>> image = bs.datasets.load("phantom", n=2)[0]
        >>> crop = bs.preprocess.BrainCropper(size=(150, 150))
        >>> crop(image).shape
        (150, 150)
    """

    size: tuple[int, int] | None = (150, 150)
    threshold: float | Literal["auto"] = "auto"
    blank: Literal["error", "keep"] = "error"

    def __post_init__(self) -> None:
        if self.size is not None:
            check_size(self.size)
        if isinstance(self.threshold, str):
            if self.threshold != "auto":
                raise ValueError(f"threshold must be 'auto' or 0 to 255; got {self.threshold!r}.")
        elif not 0 <= self.threshold <= 255:
            raise ValueError(f"threshold must be 'auto' or 0 to 255; got {self.threshold}.")
        if self.blank not in ("error", "keep"):
            raise ValueError(f"blank must be 'error' or 'keep'; got {self.blank!r}.")

    def apply(self, image: Image) -> Image:
        """Crop one image."""
        box = self.box(image)
        cropped = image[box.top : box.bottom, box.left : box.right]
        return cropped.copy() if self.size is None else resize(cropped, self.size)

    def box(self, image: Image) -> Box:
        """Return the box of the head in an image, in its pixels.

        Args:
            image: ``(height, width)`` or ``(height, width, channels)``.

        Raises:
            ValueError: nothing is found, and ``blank`` is ``"error"``.
        """
        gray = to_uint8(to_gray(check_image(image)))
        whole = box = Box(0, 0, *gray.shape)
        while True:
            inner = self._box_once(gray[box.top : box.bottom, box.left : box.right])
            if inner is None and box == whole:
                if self.blank == "keep":
                    return whole
                raise ValueError(
                    f"image must show a head; nothing stands out in {gray.shape[0]}x"
                    f"{gray.shape[1]} pixels of {gray.min()} to {gray.max()}. Leave it out, or "
                    "give blank='keep'."
                )
            if inner is None or (inner.height, inner.width) == (box.height, box.width):
                return box
            box = Box(
                box.top + inner.top,
                box.left + inner.left,
                box.top + inner.bottom,
                box.left + inner.right,
            )

    def _box_once(self, gray: _Gray) -> Box | None:
        if self.threshold == "auto":
            signal = cv2.absdiff(gray, np.full_like(gray, _background(gray)))
            seen = signal[signal > 0.1 * signal.max()]
            if not seen.size:
                return None
            level = PAPER_THRESHOLD / 255 * float(np.percentile(seen, _RANGE_PERCENTILE))
        else:
            signal, level = gray, float(self.threshold)
        # What lies outside continues the edge for the blur, so that a crop's edge is not dimmed,
        # and is background for the rest.
        smooth = cv2.GaussianBlur(signal, (_BLUR, _BLUR), 0, borderType=cv2.BORDER_REPLICATE)
        mask = cv2.morphologyEx((smooth > level).astype(np.uint8), cv2.MORPH_OPEN, _SQUARE)
        return _head(mask)


def _background(gray: _Gray) -> int:
    """Return the level of a uniform border, or 0; a thin line around the picture does not count."""
    width = max(1, round(_BORDER * min(gray.shape)))
    inside = np.ones(gray.shape, np.bool_)
    inside[width:-width, width:-width] = False
    border = gray[inside]
    level = int(np.median(border))
    uniform = np.mean(np.abs(border.astype(np.int16) - level) <= _UNIFORM)
    return level if uniform > 0.5 else 0


def _head(mask: UInt8[np.ndarray, "h w"]) -> Box | None:
    """Return the box of the part with the largest outline; scalp and brain are one part.

    A part that is a thin frame along the borders of the picture is passed over.
    """
    reach = max(1, round(_GAP * min(mask.shape)))
    padded = np.pad(mask, reach)
    joined = cv2.dilate(padded, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    _, parts = cv2.connectedComponents(joined, connectivity=8)
    parts = parts[reach:-reach, reach:-reach] * mask
    best: tuple[float, Box] | None = None
    for part in range(1, int(parts.max()) + 1):
        rows, columns = (
            np.flatnonzero((parts == part).any(1)),
            np.flatnonzero((parts == part).any(0)),
        )
        if not rows.size:
            continue
        box = Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)
        own = (parts == part)[box.top : box.bottom, box.left : box.right].astype(np.uint8)
        spans = min(box.height / mask.shape[0], box.width / mask.shape[1])
        if spans > _FRAME_SPAN and own.mean() < _FRAME_FILL:
            continue
        contours, _ = cv2.findContours(own, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        area = sum(cv2.contourArea(contour) for contour in contours)
        if best is None or area > best[0]:
            best = area, box
    return None if best is None else best[1]
