"""Find the head in a grey slice: blur, threshold, erode and dilate, largest outline."""

from typing import Literal

import cv2
import numpy as np
from jaxtyping import UInt8

from brainscan.preprocess.box import Box
from brainscan.preprocess.foreground import foreground

Threshold = float | Literal["auto"]

_Gray = UInt8[np.ndarray, "h w"]

_BLUR = (5, 5)
_TWICE = np.ones((5, 5), np.uint8)  # two erosions by 3 x 3 are one by 5 x 5
_GAP = 0.015  # of the longer side of what is seen: how far apart scalp and brain may lie
_FRAME_FILL = 0.95, 0.6  # a frame's outline fills its box, and its hole fills most of that


def find_head(gray: _Gray, threshold: Threshold) -> Box | None:
    """Return the box of the head, or None where nothing stands out.

    Args:
        gray: ``(height, width)``, 0 to 255.
        threshold: a grey level, for the published steps as they are; or ``"auto"``, as
            `BrainCropper` documents it.
    """
    if gray.min() == gray.max():
        return None
    if isinstance(threshold, str):
        mask = foreground(gray)
        return _largest(mask, reach=_gap(mask), frames=False)
    smooth = cv2.GaussianBlur(gray, _BLUR, 0)
    mask = cv2.morphologyEx((smooth > threshold).astype(np.uint8), cv2.MORPH_OPEN, _TWICE)
    return _largest(mask, reach=0, frames=True)


def _gap(mask: _Gray) -> int:
    _, _, width, height = cv2.boundingRect(mask)
    return max(1, round(_GAP * max(width, height)))


def _largest(mask: _Gray, reach: int, frames: bool) -> Box | None:
    """Return the box of the largest outline.

    Args:
        mask: ``(height, width)``, 1 inside.
        reach: parts nearer than twice this, in pixels, are one.
        frames: count a frame around the picture too.
    """
    around = (reach + 1,) * 4
    joined = cv2.copyMakeBorder(mask, *around, borderType=cv2.BORDER_CONSTANT, value=0)
    joined = cv2.dilate(joined, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    outlines, tree = cv2.findContours(joined, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    areas = [cv2.contourArea(outline) for outline in outlines]
    parts = [i for i in range(len(outlines)) if tree[0][i][3] < 0]  # the others are holes
    for part in sorted(parts, key=lambda i: -areas[i]):
        left, top, width, height = cv2.boundingRect(outlines[part])
        hole = max((areas[i] for i in range(len(areas)) if tree[0][i][3] == part), default=0.0)
        rectangular, hollow = _FRAME_FILL
        frame = areas[part] > rectangular * (width - 1) * (height - 1)
        if frames or not (frame and hole > hollow * areas[part]):
            top, left = top - 1, left - 1  # of the padding; the reach goes from both ends
            return Box(top, left, top + height - 2 * reach, left + width - 2 * reach)
    return None
