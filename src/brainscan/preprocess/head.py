"""Find the head in a grey slice: blur, threshold, erode and dilate, largest outline."""

from typing import Literal

import cv2
import numpy as np
from jaxtyping import UInt8

from brainscan.preprocess.box import Box

PAPER_THRESHOLD = 45
"""The fixed threshold of the published pipeline, a grey level of 0 to 255."""

Threshold = float | Literal["auto"]

_Gray = UInt8[np.ndarray, "h w"]

_BLUR = (5, 5)
_ONCE, _TWICE = np.ones((3, 3), np.uint8), np.ones((5, 5), np.uint8)  # erosions by 3 x 3
_GAP = 0.015  # of the longer side of what is seen: how far apart scalp and brain may lie
_SPECK = 0.003  # of the largest outline's area
_BORDER = 0.06  # of the image's shorter side
_UNIFORM = 8  # grey levels around the border's median that still count as background
_DARK = 0.1  # of the highest level: below it a pixel tells nothing of the head's brightness
_BRIGHT_SHARE = 0.02  # of the head's pixels: brighter ones do not set the range
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


def foreground(gray: _Gray) -> _Gray:
    """Return 1 where a slice differs from its background as ``"auto"`` has it, without specks."""
    return _without_specks(_automatic_mask(gray))


def _automatic_mask(gray: _Gray) -> _Gray:
    """Return what differs from the background by the paper's share of the head's own range."""
    background = _background(gray)
    signal = cv2.absdiff(gray, np.full_like(gray, background)) if background else gray
    # The border goes on outside for the blur, so that the edge of a crop is not dimmed, and is
    # background for the erosion, so that a thin line on the border goes as it would elsewhere.
    smooth = cv2.GaussianBlur(signal, _BLUR, 0, borderType=cv2.BORDER_REPLICATE)
    level = _level(_open(smooth, _TWICE))
    # Eroded once: the paper's second erosion would take a thin scalp along.
    return cv2.threshold(_open(smooth, _ONCE), level, 1, cv2.THRESH_BINARY)[1]


def _open(gray: _Gray, square: UInt8[np.ndarray, "k k"]) -> _Gray:
    """Erode, then dilate grey levels.

    Cut at a level, that is the mask which comes of cutting first. This order lets the level be
    taken from what the opening leaves: thin text, lines and hot pixels are gone.
    """
    return cv2.morphologyEx(
        gray, cv2.MORPH_OPEN, square, borderType=cv2.BORDER_CONSTANT, borderValue=0
    )


def _background(gray: _Gray) -> int:
    """Return the level of a uniform border, or 0; a thin line around the picture does not count."""
    height, width = gray.shape
    side = max(1, round(_BORDER * min(height, width)))
    rows = gray[:side], gray[max(side, height - side) :]
    between = gray[side : height - side]
    columns = between[:, :side], between[:, max(side, width - side) :]
    levels = np.concatenate([part.ravel() for part in (*rows, *columns)])
    counts = np.bincount(levels, minlength=256)
    middle = [(len(levels) - 1) // 2, len(levels) // 2]  # of the levels in order
    level = int(np.searchsorted(np.cumsum(counts), middle, side="right").sum()) // 2  # the median
    near = counts[max(0, level - _UNIFORM) : level + _UNIFORM + 1].sum()
    return level if near > 0.5 * len(levels) else 0


def _level(solid: _Gray) -> float:
    """Return the paper's share, 45 of 255, of the head's own brightness."""
    counts = cv2.calcHist([solid], [0], None, [256], [0, 256]).ravel()
    counts[: int(_DARK * solid.max()) + 1] = 0
    from_above = np.cumsum(counts[::-1])[::-1]
    robust_maximum = np.flatnonzero(from_above >= _BRIGHT_SHARE * from_above[0])[-1]
    return PAPER_THRESHOLD / 255 * float(robust_maximum)


def _without_specks(mask: _Gray) -> _Gray:
    """Return the mask without parts too small to be of a head: letters near it are not joined."""
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    areas = [cv2.contourArea(outline) for outline in outlines]
    least = _SPECK * max(areas, default=0.0)
    specks = [outline for outline, area in zip(outlines, areas, strict=True) if area < least]
    if not specks:
        return mask
    return cv2.drawContours(mask.copy(), specks, -1, color=0, thickness=cv2.FILLED)


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
    joined = np.pad(mask, reach + 1)
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
