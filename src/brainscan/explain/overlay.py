"""Lay a map over its image, so that both can be read."""

from typing import Any

import cv2
import matplotlib as mpl
import numpy as np
from jaxtyping import UInt8
from numpy.typing import NDArray

from brainscan._core.checks import check_image
from brainscan._core.images import to_gray, to_uint8
from brainscan._core.types import Image

COLOURS = "inferno"
"""The colour map: equal steps of the map look equal, and grey prints keep the order."""

CONTOUR = (86, 180, 233)
"""Sky blue of Okabe and Ito's palette: it stands out from grey and from the colour map."""

ALPHA, LEVEL = 0.65, 0.5


def overlay(
    image: Image,
    map: NDArray[Any],  # noqa: A002
    alpha: float = ALPHA,
    level: float | None = LEVEL,
) -> UInt8[np.ndarray, "height width 3"]:
    """Return the image in grey with the map in colour over it, and a line around its hot part.

    The more the map tells, the more colour covers the image: where it tells nothing the anatomy is
    left as it is.

    Args:
        image: ``(height, width)`` or ``(height, width, channels)``. What is not 8-bit is stretched
            from its lowest to its highest value.
        map: ``(height, width)``, 0 to 1, of the image's size; see `brainscan.explain.uncrop`.
        alpha: how much colour covers the image where the map is 1, 0 to 1.
        level: where a line is drawn around what is at least this, above 0 to 1; None for no line.

    Returns:
        RGB.

    Raises:
        ValueError: the sizes differ, or a number is out of range.

    Examples:
        >>> import brainscan as bs
        >>> image, spot = np.zeros((64, 64), np.uint8), np.zeros((64, 64))
        >>> spot[20:30, 20:30] = 1
        >>> bs.explain.overlay(image, spot).shape
        (64, 64, 3)
    """
    gray, heat = checked(image, map, alpha, level)
    colours = mpl.colormaps[COLOURS](heat)[:, :, :3] * 255
    cover = (alpha * heat)[:, :, None]
    mixed = np.rint((1 - cover) * gray[:, :, None] + cover * colours).astype(np.uint8)
    if level is not None:
        hot = np.asarray(heat >= level, np.uint8)
        outlines, _ = cv2.findContours(hot, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        mixed = cv2.drawContours(np.ascontiguousarray(mixed), outlines, -1, CONTOUR, 1)
    return np.asarray(mixed, np.uint8)


def checked(
    image: Any, heat: Any, alpha: float, level: float | None
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return the image in grey 8 bits and the map as float32.

    Raises:
        ValueError: the sizes differ, or a number is out of range.
    """
    gray = to_uint8(to_gray(check_image(image)))
    seen = np.asarray(heat, np.float32)
    if seen.shape != gray.shape:
        raise ValueError(
            f"map must have the image's size, {gray.shape[0]} x {gray.shape[1]}; got shape "
            f"{seen.shape}. brainscan.explain.uncrop puts a map of a crop back into the image."
        )
    if not np.isfinite(seen).all() or seen.min() < 0 or seen.max() > 1:
        raise ValueError(
            f"map must be in 0 to 1, as heat_map gives it; got {seen.min()} to {seen.max()}."
        )
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must be 0 to 1; got {alpha}.")
    if level is not None and not 0 < level <= 1:
        raise ValueError(f"level must be above 0 and at most 1, or None; got {level}.")
    return gray, seen
