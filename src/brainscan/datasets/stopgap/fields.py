"""Smooth random fields: what makes one head differ from the next."""

import cv2
import numpy as np
from jaxtyping import Float32

Field = Float32[np.ndarray, "h w"]


def smooth_field(rng: np.random.Generator, size: tuple[int, int], grain: float) -> Field:
    """Return smooth noise of mean about 0 and standard deviation 1.

    Args:
        rng: the source of randomness.
        size: height and width in pixels.
        grain: the distance between independent values, in pixels.
    """
    coarse = tuple(max(2, round(side / grain) + 2) for side in size)
    noise = rng.standard_normal(coarse).astype(np.float32)
    field = cv2.resize(noise, (size[1], size[0]), interpolation=cv2.INTER_CUBIC)
    return field / np.float32(field.std() + 1e-6)
