"""Images that are arithmetic alone, the same for ever: what old bundles are asked about."""

import numpy as np


def waves(shape=(96, 80), step=0.2, radius=0.42):
    """Return a disc of waves on black, ``shape`` uint8."""
    rows, columns = np.indices(shape)
    inside = np.hypot(rows / shape[0] - 0.5, columns / shape[1] - 0.5) < radius
    levels = 128 + 100 * np.sin(step * rows) * np.cos(step * columns)
    return np.where(inside, levels, 0).astype(np.uint8)


IMAGES = [waves(step=step) for step in (0.1, 0.2, 0.4)]
