"""The size that a compressed frame names itself: a decoder takes memory for this one."""

import struct
from itertools import pairwise
from typing import NamedTuple

_MOST_TILES = 4096
_START_OF_FRAME = frozenset({*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC})
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length
_DAMAGED = "must be a whole DICOM file; the header of a compressed frame is damaged."


class Size(NamedTuple):
    """The rows, columns, samples and bits of a compressed frame."""

    rows: int
    columns: int
    samples: int
    bits: int


def jpeg_size(frame: bytes) -> Size:
    """Return the size of a JPEG or JPEG-LS frame.

    Raises:
        ValueError: its header is damaged.

    Examples:
        >>> jpeg_size(bytes.fromhex("ffd8 ffc0 0011 08 0040 0080 03 012200 021101 031101"))
        Size(rows=64, columns=128, samples=3, bits=8)
    """
    try:
        if frame[:2] != b"\xff\xd8":
            raise ValueError(_DAMAGED)
        at = 2
        while True:
            mark, kind = struct.unpack_from("BB", frame, at)
            if mark != 0xFF:
                raise ValueError(_DAMAGED)
            if kind == 0xFF:  # filling
                at += 1
            elif kind in _ALONE:
                at += 2
            elif kind in _START_OF_FRAME:
                bits, rows, columns, samples = struct.unpack_from(">BHHB", frame, at + 4)
                return Size(rows, columns, samples, bits)
            else:
                (length,) = struct.unpack_from(">H", frame, at + 2)
                at += 2 + max(length, 2)
    except struct.error:
        raise ValueError(_DAMAGED) from None


def jpeg_2000_size(frame: bytes) -> Size:
    """Return the size of a bare JPEG 2000 codestream, as DICOM has it.

    Raises:
        ValueError: its header is damaged, it has thousands of tiles, or its samples are of several
            sizes.
    """
    try:
        if frame[:4] != b"\xff\x4f\xff\x51":
            raise ValueError(_DAMAGED)
        _, _, right, bottom, left, top, *tile, samples = struct.unpack_from(">HH8IH", frame, 4)
        components = [struct.unpack_from("BBB", frame, 42 + 3 * i) for i in range(samples)]
    except struct.error:
        raise ValueError(_DAMAGED) from None
    wide, high, tile_left, tile_top = tile
    if not components or len(set(components)) > 1 or components[0][1:] != (1, 1):
        raise ValueError("must have samples of one size in each frame; it has others.")
    if right <= left or bottom <= top or not wide or not high:
        raise ValueError(_DAMAGED)
    if _count(right, tile_left, wide) * _count(bottom, tile_top, high) > _MOST_TILES:
        raise ValueError(f"must have at most {_MOST_TILES} tiles a frame; it has more.")
    return Size(bottom - top, right - left, samples, (components[0][0] & 0x7F) + 1)


def _count(end: int, start: int, size: int) -> int:
    return -(-(end - start) // size)


def rle_is_longer(frame: bytes, expected: int) -> bool:
    """Tell an RLE frame that holds more than its size: the decoder would unpack it all.

    Args:
        frame: one frame, with its header of 64 bytes.
        expected: the bytes of one segment.
    """
    (count,) = struct.unpack_from("<I", frame)
    starts = [*struct.unpack_from(f"<{min(count, 15)}I", frame, 4), len(frame)]
    # Overlapping segments would be unpacked each: what one of them holds bounds them all.
    return any(
        _packed(frame[start:end], expected + 256) > expected + 256
        for start, end in pairwise(starts)
    )


def _packed(segment: bytes, most: int) -> int:
    """Return how many bytes a segment unpacks to; counting stops beyond the most."""
    at = size = 0
    while at < len(segment) and size <= most:
        head = segment[at]
        if head > 128:
            size += 257 - head
            at += 2
        elif head < 128:
            size += head + 1
            at += 2 + head
        else:
            at += 1
    return size
