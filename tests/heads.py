"""Synthetic heads for tests: a textured ellipse whose box is known."""

import cv2
import numpy as np

from brainscan.preprocess import Box


def draw_head(
    shape=(120, 100),
    center=(60, 50),
    radii=(40, 30),
    peak=200,
    background=0,
    texture=0.4,
    seed=0,
):
    """Return an 8-bit image and the box of its ellipse; the texture darkens by up to that share."""
    rows, columns = np.indices(shape)
    inside = ((rows - center[0]) / radii[0]) ** 2 + ((columns - center[1]) / radii[1]) ** 2 <= 1
    rough = cv2.GaussianBlur(np.random.default_rng(seed).random(shape), (0, 0), 2)
    rough = (rough - rough.min()) / (rough.max() - rough.min())
    levels = np.rint(peak * (1 - texture * rough)).astype(np.uint8)
    image = np.where(inside, levels, np.uint8(background))
    return image, mask_box(inside)


def mask_box(mask):
    """Return the box around what is True."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)


def overlap(one, other):
    """Return the intersection over union of two boxes."""
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    width = min(one.right, other.right) - max(one.left, other.left)
    common = max(0, height) * max(0, width)
    return common / (one.height * one.width + other.height * other.width - common)
