"""Read one image file whole, or say why it cannot be read."""

import struct
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image as PilImage
from PIL import UnidentifiedImageError

from brainscan._core.types import Image

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".jfif", ".tif", ".tiff", ".bmp", ".webp"})
MAX_PIXELS = 100_000_000
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")
_SIXTEEN_BIT_COLOUR = ("RGB;16", "RGBA;16", "RGBX;16", "LA;16")
_ALPHA_MODES = ("LA", "La", "PA", "RGBA", "RGBa")
# Pillow raises any of these on damaged files.
_DAMAGED = (
    OSError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    struct.error,
)


def file_format(path: Path) -> str:
    """Return the format that a file's suffix names, such as ``jpeg`` for ``.JPG``."""
    suffix = path.suffix.lower().lstrip(".")
    return {"jpg": "jpeg", "jfif": "jpeg", "tif": "tiff"}.get(suffix, suffix)


def read_image(path: str | Path) -> Image:
    """Read a PNG, JPEG, TIFF, BMP or WebP file.

    Args:
        path: the file. One image a file; at most 100 million pixels.

    Returns:
        ``(height, width)``, or ``(height, width, 3 or 4)`` for RGB and RGBA; uint8, or uint16 and
        float32 where the file holds them. A palette is resolved to the colours it stands for.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is empty, no image, cut short, too large, or holds several pages.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"image file must exist; got {str(path)!r}.")
    return decode_image(path.read_bytes(), name=path.name)


def decode_image(content: bytes, name: str = "image") -> Image:
    """Decode the bytes of an image file; see `read_image`."""
    if not content:
        raise ValueError(f"{name} must be an image file; it is empty (0 bytes).")
    try:
        with PilImage.open(BytesIO(content), formats=_FORMATS) as file:
            refusal = _refusal(file)
            pixels = None if refusal else _pixels(file)
    except UnidentifiedImageError:
        refusal = pixels = None
    except (PilImage.DecompressionBombError, PilImage.DecompressionBombWarning):
        raise ValueError(f"{name} must have at most {MAX_PIXELS:,} pixels; it has more.") from None
    except _DAMAGED as error:
        raise ValueError(f"{name} must be a whole image file; decoding failed: {error}.") from error
    if refusal:
        raise ValueError(f"{name} {refusal}")
    return _decode_with_opencv(content, name) if pixels is None else pixels


def _refusal(file: PilImage.Image) -> str | None:
    if file.width * file.height > MAX_PIXELS:
        return f"must have at most {MAX_PIXELS:,} pixels; it has {file.width}x{file.height}."
    pages = int(getattr(file, "n_frames", 1))
    if pages > 1:
        return f"must hold one image; it holds {pages}. Split it into files."
    return None


def _pixels(file: PilImage.Image) -> Image | None:
    """Return the pixels, or None for 16-bit colour, which Pillow would cut to 8 bits."""
    sixteen_bit_colour = any(str(arg).startswith(_SIXTEEN_BIT_COLOUR) for arg in _raw_modes(file))
    file.load()  # whole, or it raises
    if sixteen_bit_colour:
        return None
    if file.mode in ("1", "L"):
        return np.asarray(file.convert("L"))
    if file.mode.startswith("I;16"):
        return np.asarray(file).astype(np.uint16)
    if file.mode in ("I", "F"):
        return np.asarray(file).astype(np.float32)
    has_alpha = file.mode in _ALPHA_MODES or "transparency" in file.info
    return np.asarray(file.convert("RGBA" if has_alpha else "RGB"))


def _raw_modes(file: PilImage.Image) -> list[Any]:
    tiles: list[Any] = list(getattr(file, "tile", None) or [])
    return [arg[0] if isinstance(arg, tuple) else arg for arg in (tile[3] for tile in tiles)]


def _decode_with_opencv(content: bytes, name: str) -> Image:
    try:
        array = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        array = None
    if array is None:
        raise ValueError(
            f"{name} must be a PNG, JPEG, TIFF, BMP or WebP image; its content is none of these."
        )
    if array.ndim == 3:
        code = cv2.COLOR_BGRA2RGBA if array.shape[2] == 4 else cv2.COLOR_BGR2RGB
        array = cv2.cvtColor(array, code)
    return array if array.dtype in (np.uint8, np.uint16) else array.astype(np.float32)
