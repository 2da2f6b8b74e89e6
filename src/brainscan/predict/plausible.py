"""What can be told of an image without a network: that it is in colour, inverted, or a CT."""

from dataclasses import replace

import numpy as np

from brainscan._core.images import to_gray, to_rgb, to_uint8
from brainscan._core.types import Image
from brainscan.preprocess import Box, BrainCropper

BLANK = "nothing stands out in it: a blank slice, or none of a head"
MOST_COLOUR = 12.0
"""Of 255: more is a photo; see docs/reference/predict.md for what was measured."""
_CORNER, _BRIGHTER = 12, 30  # a twelfth of the side; of 255


def look_at(image: Image, modality: str | None, cropper: BrainCropper) -> tuple[Box, list[str]]:
    """Return where the head is, and a sentence for each reason why it may be no slice of one.

    Args:
        image: ``(height, width)`` or ``(height, width, channels)``.
        modality: what the scan says that it is, such as ``"MR"``.
        cropper: what finds the head; where it finds none, the box is the whole image.
    """
    found = [in_colour(image), other_modality(modality)]
    box = Box(0, 0, *image.shape[:2])
    try:
        box = replace(cropper, blank="error").box(image)
    except ValueError:
        found.append(BLANK)
    return box, [sentence for sentence in found if sentence is not None]


def colourfulness(image: Image) -> float:
    """Return the mean difference between the channels of an image, 0 to 255.

    Examples:
        >>> colourfulness(np.full((4, 4, 3), (10, 20, 40), np.uint8))
        30.0
        >>> colourfulness(np.zeros((4, 4), np.uint8))
        0.0
    """
    if image.ndim == 2 or image.shape[2] < 3:
        return 0.0
    pixels = to_uint8(to_rgb(image)).astype(np.int16)
    return float((pixels.max(axis=2) - pixels.min(axis=2)).mean())


def in_colour(image: Image) -> str | None:
    """Return a sentence where an image is in colour, else None."""
    colour = colourfulness(image)
    if colour <= MOST_COLOUR:
        return None
    return f"it is in colour ({colour:.0f} of 255 between channels), and slices are grey"


def inverted(crop: Image) -> str | None:
    """Return a sentence where what lies around the head is brighter than the head, else None.

    Args:
        crop: of the head: in its corners is background.
    """
    gray = to_gray(crop)
    height, width = gray.shape
    down, across = max(1, height // _CORNER), max(1, width // _CORNER)
    corners = [
        np.median(gray[rows, columns])
        for rows in (slice(down), slice(-down, None))
        for columns in (slice(across), slice(-across, None))
    ]
    middle = gray[height // 4 : -(height // 4) or None, width // 4 : -(width // 4) or None]
    if np.median(corners) <= np.median(middle) + _BRIGHTER:
        return None
    return "what lies around the head is brighter than the head: an inverted slice"


def other_modality(modality: str | None) -> str | None:
    """Return a sentence where a scan says that it is not MR, else None."""
    return None if modality in (None, "MR") else f"it is {modality}, and the network knows MR"
