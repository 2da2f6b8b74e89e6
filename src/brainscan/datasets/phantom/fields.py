"""Smooth random fields, from which individual shapes and textures are made."""

import cv2
import numpy as np
from jaxtyping import Float32

Field = Float32[np.ndarray, "h w"]


def smooth_field(
    rng: np.random.Generator, shape: tuple[int, int], spacing_mm: float, scale_mm: float
) -> Field:
    """Return a field of mean 0 and standard deviation about 1 that varies over ``scale_mm``.

    Args:
        rng: where the randomness comes from.
        shape: height and width in pixels.
        spacing_mm: the size of a pixel.
        scale_mm: the distance between the independent values that are interpolated.
    """
    cells = [int(np.ceil(size * spacing_mm / scale_mm)) + 3 for size in shape]
    coarse = rng.standard_normal((cells[0], cells[1]), np.float32)
    step = spacing_mm / scale_mm
    # A cubic spline through coarse noise, cut so that the cells are squares of scale_mm.
    to_coarse = np.array([[step, 0, 1], [0, step, 1]], np.float32)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    field = cv2.warpAffine(coarse, to_coarse, (shape[1], shape[0]), flags=flags)
    return field.astype(np.float32) * np.float32(1.4)


def ramp(distance: Field, width: float) -> Field:
    """Return 0 where ``distance`` is very negative, 1 where very positive, 0.5 at 0."""
    return np.clip(distance / np.float32(width) + np.float32(0.5), 0, 1)
