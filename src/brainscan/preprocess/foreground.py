"""What differs from the background of a grey slice, in loops that release Python's lock."""

import cv2
import numpy as np
from numpy.typing import NDArray

from brainscan._core.compiled import compiled

PAPER_THRESHOLD = 45
"""The fixed threshold of the published pipeline, a grey level of 0 to 255."""

_BORDER = 0.06  # of the image's shorter side
_UNIFORM = 8  # grey levels around the border's median that still count as background
_DARK = 0.1  # of the highest level: below it a pixel tells nothing of the head's brightness
_BRIGHT_SHARE = 0.02  # of the head's pixels: brighter ones do not set the range
_SPECK = 0.003  # of the largest outline's area

_Gray = NDArray[np.uint8]
_Sums = NDArray[np.uint16]


def foreground(gray: _Gray) -> _Gray:
    """Return 1 where a slice differs from its background as ``"auto"`` has it, without specks."""
    return _without_specks(automatic_mask(np.require(gray, requirements=["C", "W"])))


def _without_specks(mask: _Gray) -> _Gray:
    """Return the mask without parts too small to be of a head: letters near it are not joined."""
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    areas = [cv2.contourArea(outline) for outline in outlines]
    least = _SPECK * max(areas, default=0.0)
    specks = [outline for outline, area in zip(outlines, areas, strict=True) if area < least]
    if not specks:
        return mask
    left = mask.copy()
    cv2.drawContours(left, specks, -1, color=0, thickness=cv2.FILLED)
    return left


@compiled
def automatic_mask(gray: _Gray) -> _Gray:
    """Return 1 where a slice differs from its background by the paper's share of the head's range.

    The border goes on outside for the blur, so that the edge of a crop is not dimmed, and is
    background for the erosion, so that a thin line on the border goes as it would elsewhere.

    Eroding and dilating grey levels, cut at a level, gives the mask which comes of cutting first.
    This order lets the level be taken from what two erosions and dilations leave: thin text, lines
    and hot pixels are gone. What is cut was eroded once: a second time would take a thin scalp
    along.

    Args:
        gray: ``(height, width)``, 0 to 255.
    """
    background = _background(gray)
    one, other = np.empty(gray.shape, np.uint8), np.empty(gray.shape, np.uint8)
    for row in range(len(gray)):
        _differ(gray[row], np.uint8(background), other[row])
    _blur(other, one)
    _take(one, other, lowest=True)
    once = np.empty(gray.shape, np.uint8)
    _take(other, once, lowest=False)
    _take(other, one, lowest=True)
    _take(one, other, lowest=False)
    _take(other, one, lowest=False)
    tables = np.zeros((4, 256), np.int64)
    _count(one.reshape(-1), tables)
    level = np.uint8(_level(_total(tables)))
    for row in range(len(once)):
        _cut(once[row], level)
    return once


@compiled
def _background(gray: _Gray) -> int:
    """Return the level of a uniform border, or 0; a thin line around the picture does not count."""
    height, width = gray.shape
    side = max(1, round(_BORDER * min(height, width)))
    tables = np.zeros((4, 256), np.int64)
    for row in range(height):
        if side <= row < height - side:
            _count(gray[row, :side], tables)
            _count(gray[row, max(side, width - side) :], tables)
        else:
            _count(gray[row], tables)
    counts = _total(tables)
    total = _sum(counts, 0, 255)
    level = (_ranked(counts, (total - 1) // 2) + _ranked(counts, total // 2)) // 2  # the median
    near = _sum(counts, max(0, level - _UNIFORM), min(255, level + _UNIFORM))
    return level if near > 0.5 * total else 0


@compiled
def _ranked(counts: NDArray[np.int64], rank: int) -> int:
    """Return the level of the pixel that has so many before it in the order of levels."""
    level = 0
    while counts[level] <= rank:
        rank -= counts[level]
        level += 1
    return level


@compiled
def _level(counts: NDArray[np.int64]) -> int:
    """Return the paper's share, 45 of 255, of the head's own brightness."""
    highest = 255
    while highest > 0 and counts[highest] == 0:
        highest -= 1
    darkest = int(_DARK * highest) + 1
    least = _BRIGHT_SHARE * _sum(counts, darkest, 255)
    robust_maximum, brighter = 255, counts[255]
    while robust_maximum > darkest and brighter < least:
        robust_maximum -= 1
        brighter += counts[robust_maximum]
    return int(PAPER_THRESHOLD / 255 * robust_maximum)


@compiled
def _sum(counts: NDArray[np.int64], first: int, last: int) -> int:
    total = 0
    for level in range(first, last + 1):
        total += counts[level]
    return total


@compiled
def _blur(gray: _Gray, blurred: _Gray) -> None:
    """Smooth by the binomial weights 1, 4, 6, 4, 1 down and across; the border goes on outside."""
    height, width = gray.shape
    lines = np.empty((5, width), np.uint16)  # the last five that were blurred across
    line = np.empty(width + 4, np.uint8)
    for last in range(height + 2):
        if last < height:
            _copy(gray[last], line[2 : width + 2])
            line[0] = line[1] = gray[last, 0]
            line[width + 2] = line[width + 3] = gray[last, width - 1]
            _blur_across(line, lines[last % 5])
        row = last - 2
        if row >= 0:
            top, above = lines[max(row - 2, 0) % 5], lines[max(row - 1, 0) % 5]
            below, bottom = lines[min(row + 1, height - 1) % 5], lines[min(last, height - 1) % 5]
            _blur_down(top, above, lines[row % 5], below, bottom, blurred[row])


@compiled
def _take(gray: _Gray, taken: _Gray, lowest: bool) -> None:
    """Take the lowest or the highest of 3 x 3 pixels; outside of the image all are 0."""
    height, width = gray.shape
    line, outside = np.zeros(width + 2, np.uint8), np.zeros(width, np.uint8)
    for row in range(height):
        above = gray[row - 1] if row > 0 else outside
        below = gray[row + 1] if row < height - 1 else outside
        if lowest:
            _lowest(above, gray[row], below, line[1 : width + 1])
            _lowest(line[:width], line[1 : width + 1], line[2:], taken[row])
        else:
            _highest(above, gray[row], below, line[1 : width + 1])
            _highest(line[:width], line[1 : width + 1], line[2:], taken[row])


# Short loops, each over a row: these are what the processor's vector instructions can be used for.
# They copy too, since Numba's assignment to a slice takes many times as long.


@compiled
def _count(pixels: _Gray, tables: NDArray[np.int64]) -> None:
    """Count the pixels of each level, in four tables in turn: one would wait for its last count."""
    for i in range(len(pixels)):
        tables[i & 3, pixels[i]] += 1


@compiled
def _total(tables: NDArray[np.int64]) -> NDArray[np.int64]:
    total = np.zeros(256, np.int64)
    for level in range(256):
        total[level] = tables[0, level] + tables[1, level] + tables[2, level] + tables[3, level]
    return total


@compiled
def _differ(pixels: _Gray, level: np.uint8, differences: _Gray) -> None:
    for i in range(len(pixels)):
        pixel = pixels[i]
        differences[i] = pixel - level if pixel > level else level - pixel


@compiled
def _cut(pixels: _Gray, level: np.uint8) -> None:
    for i in range(len(pixels)):
        pixels[i] = pixels[i] > level


@compiled
def _copy(pixels: _Gray, copy: _Gray) -> None:
    for i in range(len(pixels)):
        copy[i] = pixels[i]


@compiled
def _blur_across(pixels: _Gray, sums: _Sums) -> None:
    for i in range(len(sums)):
        outer = np.uint16(pixels[i]) + np.uint16(pixels[i + 4])
        inner = np.uint16(pixels[i + 1]) + np.uint16(pixels[i + 3])
        sums[i] = np.uint16(outer + 4 * inner + 6 * np.uint16(pixels[i + 2]))


@compiled
def _blur_down(
    top: _Sums, above: _Sums, here: _Sums, below: _Sums, bottom: _Sums, blurred: _Gray
) -> None:
    for i in range(len(blurred)):
        # Of 256 shares, rounded; 16 bits hold them.
        total = top[i] + bottom[i] + 4 * (above[i] + below[i]) + 6 * here[i] + 128
        blurred[i] = np.uint8(np.uint16(total) >> 8)


@compiled
def _lowest(one: _Gray, other: _Gray, third: _Gray, lowest: _Gray) -> None:
    for i in range(len(lowest)):
        lowest[i] = min(one[i], other[i], third[i])


@compiled
def _highest(one: _Gray, other: _Gray, third: _Gray, highest: _Gray) -> None:
    for i in range(len(highest)):
        highest[i] = max(one[i], other[i], third[i])
