"""The loops over pixels behind the texture features, compiled by Numba on first use.

The compiled code is kept on disk, beside this file or in the user's cache, so that later processes
load it. The loops release Python's lock: images are described in threads.
"""

import inspect
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

LEVELS = 256


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function for the arguments that it is called with."""
    loop = inspect.unwrap(function)  # Numba reads the loop itself, not a check wrapped around it
    try:
        return numba.njit(cache=True, nogil=True)(loop)
    except RuntimeError:  # there is no folder that it could be kept in
        return numba.njit(nogil=True)(loop)


@compiled
def count_pairs(
    gray: NDArray[np.uint8], down: int, right: int
) -> tuple[NDArray[np.int64], tuple[np.int64, np.int64, np.int64]]:
    """Count the pairs of pixels that lie ``(down, right)`` apart.

    Returns:
        how many pairs differ by 0, 1, ... 255 levels; and three sums: of the levels of all pairs,
        of their squares, and of the squared entries of the symmetric co-occurrence matrix.
    """
    height, width = gray.shape
    pairs = np.zeros((LEVELS, LEVELS), np.int32)
    for row in range(max(-down, 0), height - max(down, 0)):
        for column in range(max(-right, 0), width - max(right, 0)):
            here, there = gray[row, column], gray[row + down, column + right]
            pairs[min(here, there), max(here, there)] += 1
    steps = np.zeros(LEVELS, np.int64)
    levels = squares = entries = np.int64(0)
    for low in range(LEVELS):
        for high in range(low, LEVELS):
            count = np.int64(pairs[low, high])
            steps[high - low] += count
            levels += count * (low + high)
            squares += count * (low * low + high * high)
            # A pair of two levels fills two cells of the matrix, one of equal levels one, twice.
            entries += count * count * (4 if low == high else 2)
    return steps, (levels, squares, entries)


@compiled
def count_patterns(
    gray: NDArray[np.uint8], downs: NDArray[np.float64], rights: NDArray[np.float64], edge: int
) -> NDArray[np.int64]:
    """Count the uniform patterns of the points that lie ``(downs, rights)`` from each pixel.

    Points between pixels are interpolated bilinearly, those outside of the image are 0. It is done
    in the order of scikit-image's arithmetic, since a tie within rounding decides a pattern.

    Args:
        gray: the image.
        downs: ``(points,)`` in pixels.
        rights: ``(points,)`` in pixels.
        edge: no point is farther than this, in pixels.

    Returns:
        ``(points + 2,)``: how many pixels have 0, 1, ... points at least as bright, where these are
        neighbours; the last one counts all other pixels.
    """
    height, width = gray.shape
    points = len(downs)
    padded = np.zeros((height + 2 * edge + 2, width + 2 * edge + 2), np.float64)
    padded[edge : edge + height, edge : edge + width] = gray
    shares = np.empty((points, width), np.float64)
    for point in range(points):
        for column in range(width):
            place = column + rights[point]
            shares[point, column] = place - np.floor(place)
    counts = np.zeros(points + 2, np.int64)
    brighter = np.empty(width, np.int64)
    changes = np.empty(width, np.int64)
    before = np.empty(width, np.int64)
    for row in range(height):
        brighter[:] = 0
        changes[:] = 0
        centres = padded[edge + row, edge : edge + width]
        for point in range(points):
            place = row + downs[point]
            share = place - np.floor(place)
            top = edge + int(np.floor(place))
            left = edge + int(np.floor(rights[point]))
            upper = padded[top, left : left + width + 1]
            lower = padded[top + 1, left : left + width + 1]
            across = shares[point]
            for column in range(width):
                right = across[column]
                above = (1 - right) * upper[column] + right * upper[column + 1]
                below = (1 - right) * lower[column] + right * lower[column + 1]
                bright = np.int64((1 - share) * above + share * below >= centres[column])
                if point > 0:
                    changes[column] += bright ^ before[column]
                before[column] = bright
                brighter[column] += bright
        for column in range(width):
            counts[brighter[column] if changes[column] <= 2 else points + 1] += 1
    return counts
