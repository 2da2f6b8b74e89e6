"""Smooth random fields, from which individual shapes and textures are made."""

import cv2
import numpy as np
from jaxtyping import Bool, Float32

_SMOOTH_PX = 24  # from here on a field is interpolated on every fourth pixel: half the time

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
    step = scale_mm / spacing_mm
    if step > _SMOOTH_PX:
        quarter = (-(-shape[0] // 4), -(-shape[1] // 4))
        field = smooth_field(rng, quarter, 4 * spacing_mm, scale_mm)
        return cv2.resize(field, shape[::-1]).astype(np.float32)
    cells = [int(np.ceil(size / step)) + 2 for size in shape]
    coarse = rng.standard_normal((cells[0], cells[1]), np.float32)
    # Cubic interpolation of coarse noise; the cells at the border, which it treats apart, are cut.
    fine = (round(cells[1] * step), round(cells[0] * step))
    field = cv2.resize(coarse, fine, interpolation=cv2.INTER_CUBIC)
    top, left = (field.shape[0] - shape[0]) // 2, (field.shape[1] - shape[1]) // 2
    return field[top : top + shape[0], left : left + shape[1]] * np.float32(1.17)


def distance_mm(mask: Bool[np.ndarray, "h w"], spacing_mm: float) -> Field:
    """Return the distance to the nearest pixel of a mask, at most 500 mm."""
    pixels = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3)
    return np.minimum(pixels, 500 / spacing_mm).astype(np.float32) * np.float32(spacing_mm)


def ramp(distance: Field, width: float) -> Field:
    """Return 0 where ``distance`` is very negative, 1 where very positive, 0.5 at 0."""
    return np.clip(distance / np.float32(width) + np.float32(0.5), 0, 1)
