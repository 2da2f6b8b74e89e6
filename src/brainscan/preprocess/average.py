"""Average an image over areas, in a loop that releases Python's lock."""

from typing import Any

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from brainscan._core.compiled import compiled


def average(image: NDArray[Any], height: int, width: int) -> Float32[np.ndarray, "h w c"]:
    """Return the mean of each of ``(height, width)`` equal areas of an image.

    The result is OpenCV's ``INTER_AREA`` up to rounding. OpenCV goes across each row, then down;
    this adds whole rows first, which vector instructions do, and leaves little to go across.

    Args:
        image: ``(height, width, channels)``, no smaller than the result.
        height: of the result, in pixels.
        width: of the result, in pixels.
    """
    rows = np.require(image.reshape(len(image), -1), requirements="W")  # a crop is not copied
    means = np.empty((height, width, image.shape[2]), np.float32)
    _average(rows, means)
    means /= np.float32(_scale(len(image)) * len(image) * _scale(image.shape[1]) * image.shape[1])
    return means


@compiled
def _average(rows: NDArray[Any], means: NDArray[np.float32]) -> None:
    height, width, channels = means.shape
    tops, downs, upper, whole_down, lower = _spans(len(rows), height)
    lefts, acrosses, left, whole_across, right = _spans(rows.shape[1] // channels, width)
    sums = np.empty(rows.shape[1], np.float32)
    for row in range(height):
        top, down = tops[row], downs[row]
        for i in range(len(sums)):
            sums[i] = 0
        _add(rows[top], upper[row], sums)
        for i in range(1, down):
            _add(rows[top + i], whole_down, sums)
        if down:
            _add(rows[top + down], lower[row], sums)
        for channel in range(channels):
            for column in range(width):
                first, across = lefts[column] * channels + channel, acrosses[column]
                total = np.float64(left[column] * sums[first])
                for i in range(1, across):
                    total += whole_across * sums[first + i * channels]
                if across:
                    total += right[column] * sums[first + across * channels]
                means[row, column, channel] = total


@compiled
def _spans(
    pixels: int, parts: int
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], np.float32, NDArray[Any]]:
    """Divide a line of pixels into equal parts.

    Returns:
        Of each part its first pixel, and how many follow to its last; the weights of the first
        pixel, of a whole one, and of the last. Weights are whole numbers times the power of two
        that `_scale` returns.
    """
    firsts, following = np.empty(parts, np.int64), np.empty(parts, np.int64)
    weights, last_weights = np.empty(parts, np.float32), np.empty(parts, np.float32)
    scale = _scale(pixels)
    for part in range(parts):
        start, stop = part * pixels, (part + 1) * pixels  # in shares of a pixel
        first, last = start // parts, (stop - 1) // parts
        firsts[part], following[part] = first, last - first
        weights[part] = scale * (min(stop, (first + 1) * parts) - start)
        last_weights[part] = scale * (stop - last * parts)
    return firsts, following, weights, np.float32(scale * parts), last_weights


@compiled
def _scale(pixels: int) -> float:
    """Return the power of two by which the weights of a part sum to 1 or less: sums stay small."""
    scale = 1.0
    while scale * pixels > 1:
        scale /= 2
    return scale


@compiled
def _add(pixels: NDArray[Any], weight: np.float32, sums: NDArray[np.float32]) -> None:
    for i in range(len(sums)):
        sums[i] += weight * np.float32(pixels[i])
