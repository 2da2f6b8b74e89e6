"""Put a map of a crop back into the image that it was cropped from."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainscan._core.checks import check_size
from brainscan.preprocess import Box
from brainscan.preprocess.resize import resize


def uncrop(map: NDArray[Any], box: Box, shape: tuple[int, ...]) -> NDArray[np.float32]:  # noqa: A002
    """Return a map in the coordinates of the image that was cropped; 0 outside the crop.

    Args:
        map: ``(rows, columns)`` of any size, such as a heat map of the crop resized for a model.
        box: where the crop lies, of `brainscan.preprocess.BrainCropper.box`.
        shape: of the image, ``(height, width)`` or with channels.

    Returns:
        ``(height, width)`` float32, interpolated to the box's size.

    Raises:
        ValueError: the map has other dimensions, or the box does not lie within the image.

    Examples:
        >>> import brainscan as bs
        >>> image = bs.datasets.load("phantom", n=2)[1]
        >>> crop = bs.preprocess.BrainCropper(size=(64, 64))
        >>> whole = bs.explain.uncrop(np.ones((64, 64)), crop.box(image), image.shape)
        >>> whole.shape == image.shape
        True
    """
    small = np.asarray(map)
    if small.ndim != 2 or small.size == 0:
        raise ValueError(
            f"map must have shape (rows, columns), one map; got {small.shape}. "
            "Of several, uncrop one after the other."
        )
    height, width = check_size(tuple(shape)[:2], "shape")
    box = Box(*box)
    if not (0 <= box.top < box.bottom <= height and 0 <= box.left < box.right <= width):
        raise ValueError(
            f"box must lie within the image of {height} x {width} pixels; got {box}. "
            "Give the shape of the image that was cropped."
        )
    whole = np.zeros((height, width), np.float32)
    inside = resize(small.astype(np.float32), (box.height, box.width))
    whole[box.top : box.bottom, box.left : box.right] = inside
    return whole
