"""The size of a TIFF file's pages, from its directories alone."""

import struct
from typing import NamedTuple

_WIDTH, _LENGTH, _SAMPLES, _TILE_WIDTH, _TILE_LENGTH = 256, 257, 277, 322, 323
_INTEGERS = {1: "B", 3: "H", 4: "I", 16: "Q"}  # the types that a size comes in


class _Form(NamedTuple):
    """How a directory is written: in the classic form or that of BigTIFF."""

    order: str
    number: str
    entry: str
    offset: str


def page_pixels(content: bytes, most: int) -> list[int]:
    """Return the pixels that decoding each page takes memory for, of at most so many pages.

    For a decoder that has no limit of its own: OpenCV is asked only after this.

    Raises:
        ValueError: a directory is damaged, or names a size twice, so that two readers of it could
            differ.
    """
    order = "<" if content[:2] == b"II" else ">"
    big = content[2:4] in (b"+\0", b"\0+")
    form = _Form(order, "Q", "HHQ8s", "Q") if big else _Form(order, "H", "HHI4s", "I")
    try:
        (at,) = struct.unpack_from(form.order + form.offset, content, 8 if big else 4)
        pages: list[int] = []
        while at and len(pages) < most:
            pixels, at = _page(content, at, form)
            pages.append(pixels)
    except struct.error:
        raise ValueError("its directory of tags is cut short") from None
    return pages


def _page(content: bytes, at: int, form: _Form) -> tuple[int, int]:
    """Return the pixels of the page whose directory is here, and where the next one is."""
    (count,) = struct.unpack_from(form.order + form.number, content, at)
    at += struct.calcsize(form.order + form.number)
    size = struct.calcsize(form.order + form.entry)
    if at + count * size > len(content):
        raise ValueError("its directory of tags is cut short")
    found: dict[int, int] = {}
    for position in range(at, at + count * size, size):
        tag, kind, number, value = struct.unpack_from(form.order + form.entry, content, position)
        if tag not in (_WIDTH, _LENGTH, _SAMPLES, _TILE_WIDTH, _TILE_LENGTH):
            continue
        if tag in found or number != 1 or kind not in _INTEGERS:
            raise ValueError("its directory of tags is damaged")
        (found[tag],) = struct.unpack_from(form.order + _INTEGERS[kind], value)
    if not found.get(_WIDTH) or not found.get(_LENGTH):
        raise ValueError("its directory of tags names no size")
    tile = found.get(_TILE_WIDTH, 1) * found.get(_TILE_LENGTH, 1)
    samples = -(-found.get(_SAMPLES, 1) // 4)  # up to four count as one pixel
    (following,) = struct.unpack_from(form.order + form.offset, content, at + count * size)
    return max(found[_WIDTH] * found[_LENGTH], tile) * max(samples, 1), following
