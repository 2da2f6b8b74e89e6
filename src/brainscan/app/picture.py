"""Pictures as the page takes them: PNG in base64."""

from base64 import b64encode

import cv2
import numpy as np
from jaxtyping import Float

from brainscan._core.images import to_rgb, to_uint8
from brainscan._core.types import Image, Mask
from brainscan.preprocess.resize import resize

LONGEST_SIDE = 768


def picture(image: Image) -> str:
    """Return an image, stretched to 8 bits and with its longer side at most 768 pixels."""
    shown = to_uint8(_reduced(image))
    if shown.ndim == 3:
        shown = to_rgb(shown)
    return _png(shown)


def map_picture(values: Float[np.ndarray, "height width"]) -> str:
    """Return a map of values in 0 to 1 as grey levels."""
    return _png(np.rint(_reduced(np.clip(values, 0, 1).astype(np.float32)) * 255).astype(np.uint8))


def mask_picture(mask: Mask) -> str:
    """Return a mask as black and white."""
    return _png((_reduced(mask.astype(np.float32)) >= 0.5).astype(np.uint8) * np.uint8(255))


def _reduced(image: Image) -> Image:
    height, width = image.shape[:2]
    share = LONGEST_SIDE / max(height, width)
    if share >= 1:
        return image
    return resize(image, (max(1, round(height * share)), max(1, round(width * share))))


def _png(image: Image) -> str:
    colour = cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if image.ndim == 3 else image
    _, encoded = cv2.imencode(".png", colour)
    return b64encode(encoded.tobytes()).decode()
