"""Conversions of one image that several layers need: grey, RGB, 0-255."""

from typing import Any

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from brainscan._core.types import Image


def to_gray(image: Image) -> Image:
    """Return the luminance of an image, ``(height, width)``, in its own dtype.

    Colour is weighted as ITU-R BT.601 does; what is transparent turns black.
    """
    if image.ndim == 2:
        return image
    if image.shape[2] == 1:
        return image[:, :, 0]
    return cv2.cvtColor(_drop_alpha(image), cv2.COLOR_RGB2GRAY)


def to_rgb(image: Image) -> Image:
    """Return three channels, ``(height, width, 3)``, in the image's own dtype."""
    if image.ndim == 3 and image.shape[2] >= 3:
        return _drop_alpha(image)
    gray = image if image.ndim == 2 else image[:, :, 0]
    return np.repeat(gray[:, :, None], 3, axis=2)


def to_range_255(image: Image) -> Float[np.ndarray, "..."]:
    """Return float32 pixels in 0 to 255, of the image's own shape.

    8-bit images keep their values. Other images are stretched: their lowest value becomes 0 and
    their highest 255, since the units of raw MR pixels are arbitrary. A constant image becomes 0.
    """
    if image.dtype == np.uint8:
        return image.astype(np.float32)
    pixels = image.astype(np.float64)  # float32 would overflow between its extremes
    low, high = float(pixels.min()), float(pixels.max())
    if high == low:
        return np.zeros(image.shape, np.float32)
    return ((pixels - low) / (high - low) * 255.0).astype(np.float32)


def to_uint8(image: Image) -> UInt8[np.ndarray, "..."]:
    """Return the image as uint8, stretched as `to_range_255` does where it is not 8-bit."""
    if image.dtype == np.uint8:
        return image
    return np.rint(to_range_255(image)).astype(np.uint8)


def _drop_alpha(image: Image) -> Image:
    if image.shape[2] == 3:
        return image
    alpha = image[:, :, 3:].astype(np.float64)
    alpha /= _opaque(image.dtype, float(alpha.max()))
    if alpha.min() == 1:
        return np.ascontiguousarray(image[:, :, :3])
    return (image[:, :, :3] * alpha).astype(image.dtype)


def _opaque(dtype: np.dtype[Any], highest: float) -> float:
    """Return the alpha of an opaque pixel; floats hold 0 to 1, or 0 to 255 of an 8-bit image."""
    if dtype == np.uint8:
        return 255.0
    if dtype == np.uint16:
        return 65535.0
    return 1.0 if highest <= 1.0 else 255.0
