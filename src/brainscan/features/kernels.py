"""The loops over pixels behind the texture features; images are described in threads."""

import numpy as np
from jaxtyping import Float64, Int64, UInt8
from numpy.typing import NDArray

from brainscan._core.compiled import compiled

LEVELS = 256
_ROWS = 16
_CHAINS = 4  # tables that are counted in, in turn: one would wait for its last count


def count_pairs(
    grays: UInt8[np.ndarray, "n h w"], offsets: tuple[tuple[int, int], ...]
) -> tuple[Int64[np.ndarray, "n offsets levels"], Int64[np.ndarray, "n offsets sums"]]:
    """Count the pairs of pixels that lie so many rows down and columns to the right of each other.

    Returns:
        ``(n, offsets, 256)``: how many pairs differ by 0, 1, ... 255 levels; and
        ``(n, offsets, 3)``: the sums of the levels of all pairs, of their squares, and of the
        squared entries of the symmetric co-occurrence matrix.
    """
    downs, rights = np.array(offsets, np.int64).T.copy()
    steps, sums = zip(*(_count_pairs(gray, downs, rights) for gray in grays), strict=True)
    return np.stack(steps), np.stack(sums)


@compiled
def _count_pairs(
    gray: NDArray[np.uint8], downs: NDArray[np.int64], rights: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    height, width = gray.shape
    pairs = np.zeros((LEVELS, LEVELS), np.int32)  # by the lower and the higher level
    cells = np.empty(width, np.uint16)
    steps = np.zeros((len(downs), LEVELS), np.int64)
    sums = np.zeros((len(downs), 3), np.int64)
    for offset in range(len(downs)):
        down, right = downs[offset], rights[offset]
        first, count = max(-right, 0), width - abs(right)
        for row in range(max(-down, 0), height - max(down, 0)):
            here = gray[row, first : first + count]
            there = gray[row + down, first + right : first + right + count]
            levels, squares = _sum_levels(here, there)
            sums[offset, 0] += levels
            sums[offset, 1] += squares
            _count_cells(here, there, cells, pairs.reshape(-1))
        sums[offset, 2] = _take_steps(pairs, steps[offset])
    return steps, sums


# Short loops, each over a row: these are what the processor's vector instructions can be used for.


@compiled
def _sum_levels(
    here: NDArray[np.uint8], there: NDArray[np.uint8]
) -> tuple[np.int64, np.int64]:  # of both pixels, and of their squares
    levels = squares = np.int64(0)
    for i in range(len(here)):
        one, other = np.int32(here[i]), np.int32(there[i])
        levels += one + other
        squares += one * one + other * other
    return levels, squares


@compiled
def _count_cells(
    here: NDArray[np.uint8],
    there: NDArray[np.uint8],
    cells: NDArray[np.uint16],
    counts: NDArray[np.int32],
) -> None:
    for i in range(len(here)):
        low, high = min(here[i], there[i]), max(here[i], there[i])
        cells[i] = np.uint16(low) * np.uint16(LEVELS) + np.uint16(high)
    for i in range(len(here)):
        counts[cells[i]] += 1


@compiled
def _take_steps(pairs: NDArray[np.int32], steps: NDArray[np.int64]) -> np.int64:
    """Add the pairs to the steps, set them back to 0, and return the sum of the squared entries."""
    total = np.int64(0)
    found = np.zeros(LEVELS, np.int32)
    for low in range(LEVELS):
        counts = pairs[low, low:]  # of the steps 0, 1, ... from this level
        # A pair of two levels fills two cells of the matrix, one of equal levels one, twice.
        total += 2 * np.int64(counts[0]) * np.int64(counts[0])
        for step in range(len(counts)):
            found[step] += counts[step]
        for step in range(len(counts)):
            total += 2 * np.int64(counts[step]) * np.int64(counts[step])
    steps += found
    pairs[:] = 0
    return total


def count_patterns(
    grays: UInt8[np.ndarray, "n h w"],
    downs: Float64[np.ndarray, " points"],
    rights: Float64[np.ndarray, " points"],
    edge: int,
) -> Int64[np.ndarray, "n bins"]:
    """Count the uniform patterns of the points that lie ``(downs, rights)`` from each pixel.

    Points between pixels are interpolated bilinearly, those outside of the image are 0. It is done
    in the order of scikit-image's arithmetic, since a tie within rounding decides a pattern.

    Args:
        grays: images of one size.
        downs: ``(points,)`` in pixels.
        rights: ``(points,)`` in pixels.
        edge: no point is farther than this, in pixels.

    Returns:
        ``(n, points + 2)``: how many pixels have 0, 1, ... points at least as bright, where these
        are neighbours; the last one counts all other pixels.
    """
    return np.stack([_count_patterns(gray, downs, rights, edge) for gray in grays])


@compiled
def _count_patterns(
    gray: NDArray[np.uint8], downs: NDArray[np.float64], rights: NDArray[np.float64], edge: int
) -> NDArray[np.int64]:
    height, width = gray.shape
    points = len(downs)
    padded = np.zeros((height + 2 * edge + 2, width + 2 * edge + 2), np.float64)
    padded[edge : edge + height, edge : edge + width] = gray
    counts = np.zeros((_CHAINS, points + 2), np.int64)
    # Some rows at a time: what is noted of them stays in the cache. Not three parts of one array:
    # of those Numba does not know that they are contiguous.
    bright, brighter = np.zeros((_ROWS, width), np.int16), np.zeros((_ROWS, width), np.int16)
    changes = np.zeros((_ROWS, width), np.int16)
    for first in range(0, height, _ROWS):
        rows = min(_ROWS, height - first)
        brighter[:] = 0
        for point in range(points):
            down, right = downs[point], rights[point]
            whole = down == np.floor(down) and right == np.floor(right)
            if whole:
                _note_pixels(padded, edge, first, rows, down, right, bright, brighter, changes)
            else:
                _note_points(padded, edge, first, rows, down, right, bright, brighter, changes)
            if point == 0:
                changes[:] = 0  # there was no point before it
        for row in range(rows):
            for i in range(width):
                pattern = brighter[row, i] if changes[row, i] <= 2 else points + 1
                counts[i % _CHAINS, pattern] += 1
    return counts.sum(axis=0)


@compiled
def _note_pixels(
    padded: NDArray[np.float64],
    edge: int,
    first: int,
    rows: int,
    down: float,
    right: float,
    bright: NDArray[np.int16],
    brighter: NDArray[np.int16],
    changes: NDArray[np.int16],
) -> None:
    """Note of a point that is a pixel where it is as bright as the centre, in some rows."""
    width = bright.shape[1]
    top, left = edge + first + int(down), edge + int(right)
    for row in range(rows):
        pixels = padded[top + row, left : left + width]
        centres = padded[edge + first + row, edge : edge + width]
        was, count, change = bright[row], brighter[row], changes[row]
        for i in range(width):
            now = np.int16(pixels[i] >= centres[i])
            change[i] += now ^ was[i]
            was[i] = now
            count[i] += now


@compiled
def _note_points(
    padded: NDArray[np.float64],
    edge: int,
    first: int,
    rows: int,
    down: float,
    right: float,
    bright: NDArray[np.int16],
    brighter: NDArray[np.int16],
    changes: NDArray[np.int16],
) -> None:
    """Note of a point between pixels where it is as bright as the centre, in some rows."""
    width = bright.shape[1]
    top, left = edge + int(np.floor(first + down)), edge + int(np.floor(right))
    across, lines = np.empty(width), np.empty((2, width))
    for i in range(width):
        across[i] = i + right - np.floor(i + right)
    pixels, above = padded[top, left : left + width + 1], lines[0]
    for i in range(width):
        above[i] = (1 - across[i]) * pixels[i] + across[i] * pixels[i + 1]
    for row in range(rows):
        # The lower row of pixels around a point is the upper one of the next.
        pixels = padded[top + row + 1, left : left + width + 1]
        above, below = lines[row & 1], lines[1 - (row & 1)]
        for i in range(width):
            below[i] = (1 - across[i]) * pixels[i] + across[i] * pixels[i + 1]
        share = first + row + down - np.floor(first + row + down)
        centres = padded[edge + first + row, edge : edge + width]
        was, count, change = bright[row], brighter[row], changes[row]
        for i in range(width):
            now = np.int16((1 - share) * above[i] + share * below[i] >= centres[i])
            change[i] += now ^ was[i]
            was[i] = now
            count[i] += now
