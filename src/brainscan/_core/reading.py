"""Read one image file whole, or say why it cannot be read."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import simplejpeg
from PIL import Image as PilImage
from PIL import UnidentifiedImageError

from brainscan._core.tiff import page_pixels
from brainscan._core.types import Image
from brainscan._core.whole import check_jpeg, has_many_scans, png_damage

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".jfif", ".tif", ".tiff", ".bmp", ".webp"})
MAX_PIXELS = 100_000_000
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")
_SIXTEEN_BIT_COLOUR = ("RGB;16", "RGBA;16", "RGBX;16", "LA;16")
_ALPHA_MODES = ("LA", "La", "PA", "RGBA", "RGBa")
_PNG = b"\x89PNG\r\n\x1a\n"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_COUNTED = 100  # so many pages of a TIFF file are counted; of more it is said that they are more
_TILE_WIDTH, _TILE_LENGTH = 322, 323


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
    return decode_pages(content, name)[0]


def decode_pages(
    content: bytes,
    name: str = "image",
    max_pages: int = 1,
    max_pixels: int = MAX_PIXELS,
    max_bytes: int | None = None,
) -> list[Image]:
    """Decode every page of a TIFF file, or the one image of another file; see `read_image`.

    Args:
        content: the bytes of the file.
        name: what errors call it.
        max_pages: the pages allowed; files that are no TIFF may have one all the same.
        max_pixels: those of one page. Pillow's own limit, 178 million, holds too.
        max_bytes: all pages together once decoded; None for no limit.

    Raises:
        ValueError: as `read_image`; what is too large is refused before it is decoded.
    """
    if not content:
        raise ValueError(f"{name} must be an image file; it is empty (0 bytes).")
    refusal: str | None = None
    pages: list[Image | None] = [None]
    try:
        with PilImage.open(BytesIO(content), formats=_FORMATS) as file:
            refusal = _refusal(file, content, max_pages, max_pixels, max_bytes)
            if refusal is None:
                pages = [_pixels(file, content) for _ in _pages(file, max_pages)]
    except UnidentifiedImageError:
        refusal = _refusal_of_unknown(content)
    except (PilImage.DecompressionBombError, PilImage.DecompressionBombWarning):
        refusal = f"must have at most {max_pixels:,} pixels; it has more."
    except MemoryError:
        refusal = "must fit into memory; it does not."
    except Exception as error:  # noqa: BLE001  on a damaged file Pillow may raise anything
        refusal = f"must be a whole image file; decoding failed: {error}."
    if refusal:
        raise ValueError(f"{name} {refusal}")
    if any(page is None for page in pages) and content.startswith(_TIFF):
        _check_tiff(content, name, len(pages), max_pixels)
    return [
        _decode_with_opencv(content, name, number) if page is None else page
        for number, page in enumerate(pages)
    ]


def _refusal(
    file: PilImage.Image, content: bytes, max_pages: int, max_pixels: int, max_bytes: int | None
) -> str | None:
    several = _refusal_of_pages(file, max_pages)
    if several:
        return several
    unpacked = 0
    for _ in _pages(file, max_pages):
        if max(file.width * file.height, _tile_pixels(file)) > max_pixels:
            return f"must have at most {max_pixels:,} pixels; it has {file.width}x{file.height}."
        unpacked += file.width * file.height * _pixel_bytes(file)
        if max_bytes is not None and unpacked > max_bytes:
            return f"must have at most {max_bytes:,} bytes once decoded; it has more."
    if file.format in ("JPEG", "MPO") and has_many_scans(content):
        return "must be a JPEG image of at most 100 scans; it has more. Save it anew."
    damage = png_damage(content) if file.format == "PNG" else None
    return damage and f"must be a whole image file; {damage}."


def _refusal_of_unknown(content: bytes) -> str | None:
    """Return None for a TIFF file, of which OpenCV reads some kinds that Pillow does not."""
    if content.startswith(_TIFF):
        return None
    if content.startswith((_PNG, b"\xff\xd8\xff", b"BM", b"RIFF")):
        return "must be a whole image file; its header is damaged."
    return "must be a PNG, JPEG, TIFF, BMP or WebP image; its content is none of these."


def _refusal_of_pages(file: PilImage.Image, max_pages: int) -> str | None:
    allowed = max_pages if file.format == "TIFF" else 1
    # A TIFF says how many pages it has by where each next one is: counting them all takes long.
    count = sum(1 for _ in _pages(file, max(allowed, _COUNTED) + 1))
    if file.format != "TIFF":
        count = int(getattr(file, "n_frames", 1))
    if count <= allowed:
        return None
    shown = f"more than {allowed:,}" if count > max(allowed, _COUNTED) else str(count)
    images = "one image" if allowed == 1 else f"at most {allowed:,} images"
    return f"must hold {images}; it holds {shown}. Split it into files."


def _pages(file: PilImage.Image, most: int) -> Iterator[int]:
    """Go through the pages of a TIFF file, or stay at the one image of another file."""
    for page in range(most if file.format == "TIFF" else 1):
        try:
            file.seek(page)
        except EOFError:
            return
        yield page


def _tile_pixels(file: PilImage.Image) -> int:
    """Return the pixels of a tile of a TIFF file, which are decoded even outside of the page."""
    tags: Any = getattr(file, "tag_v2", {})
    return int(tags.get(_TILE_WIDTH, 1)) * int(tags.get(_TILE_LENGTH, 1))


def _pixel_bytes(file: PilImage.Image) -> int:
    if _is_sixteen_bit_colour(file):
        return 8
    return {"1": 1, "L": 1, "I;16": 2, "I;16B": 2}.get(file.mode, 4)


def _pixels(file: PilImage.Image, content: bytes) -> Image | None:
    """Return the pixels, or None for 16-bit colour, which Pillow would cut to 8 bits."""
    if file.format in ("JPEG", "MPO"):
        return _jpeg_pixels(file, content)
    sixteen_bit_colour = _is_sixteen_bit_colour(file)
    _check_covered(file)
    file.load()  # whole, or it raises
    if sixteen_bit_colour:
        return None
    if file.mode in ("1", "L"):
        return np.asarray(file if file.mode == "L" else file.convert("L"))
    if file.mode.startswith("I;16"):
        return np.asarray(file).astype(np.uint16)
    if file.mode in ("I", "F"):
        return np.asarray(file).astype(np.float32)
    has_alpha = file.mode in _ALPHA_MODES or "transparency" in file.info
    mode = "RGBA" if has_alpha else "RGB"
    return np.asarray(file if file.mode == mode else file.convert(mode))


def _jpeg_pixels(file: PilImage.Image, content: bytes) -> Image:
    """Return Pillow's pixels of a JPEG file, or raise where it would make up what is missing."""
    if file.mode not in ("L", "RGB"):
        check_jpeg(content)
        return np.asarray(file.convert("RGB"))
    pixels = simplejpeg.decode_jpeg(content, "GRAY" if file.mode == "L" else "RGB")
    return pixels[:, :, 0] if file.mode == "L" else pixels


def _check_covered(file: PilImage.Image) -> None:
    """Raise where a TIFF file lists too few strips: Pillow would leave what is missing black."""
    tiles: list[Any] = list(getattr(file, "tile", None) or [])
    if file.format == "TIFF":
        boxes = [tile[1] for tile in tiles]
        covered = sum((box[2] - box[0]) * (box[3] - box[1]) for box in boxes)
        if covered < file.width * file.height:
            raise ValueError("strips or tiles of it are missing")


def _is_sixteen_bit_colour(file: PilImage.Image) -> bool:
    return any(str(arg).startswith(_SIXTEEN_BIT_COLOUR) for arg in _raw_modes(file))


def _raw_modes(file: PilImage.Image) -> list[Any]:
    tiles: list[Any] = list(getattr(file, "tile", None) or [])
    return [arg[0] if isinstance(arg, tuple) else arg for arg in (tile[3] for tile in tiles)]


def _decode_with_opencv(content: bytes, name: str, page: int) -> Image:
    buffer = np.frombuffer(content, np.uint8)
    try:
        if page:
            found = cv2.imdecodemulti(buffer, cv2.IMREAD_UNCHANGED, range=(page, page + 1))[1]
            array = found[0] if found else None
        else:
            array = cv2.imdecode(buffer, cv2.IMREAD_UNCHANGED)
    except cv2.error:
        array = None
    if array is None:
        raise ValueError(f"{name} must be a whole image file; decoding failed.")
    if array.ndim == 3 and array.shape[2] not in (3, 4):
        raise ValueError(f"{name} must be gray, RGB or RGBA; it has {array.shape[2]} channels.")
    if array.ndim == 3:  # OpenCV's order is BGR; it converts some dtypes only
        array = np.ascontiguousarray(array[:, :, [2, 1, 0, 3][: array.shape[2]]])
    return array if array.dtype in (np.uint8, np.uint16) else array.astype(np.float32)


def _check_tiff(content: bytes, name: str, count: int, max_pixels: int) -> None:
    """Raise ValueError unless each page has a size that is allowed: OpenCV has no such limit."""
    try:
        pixels = page_pixels(content, most=count + 1)
    except ValueError as error:
        raise ValueError(f"{name} must be a whole image file; {error}.") from None
    if max(pixels, default=0) > max_pixels:
        raise ValueError(f"{name} must have at most {max_pixels:,} pixels; it has more.")
    if len(pixels) != count:
        raise ValueError(f"{name} must hold one image; it holds several. Split it into files.")
