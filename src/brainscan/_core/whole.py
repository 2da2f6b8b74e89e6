"""Tell a sound file from a damaged or hostile one where the decoder does not."""

import re
from zlib import crc32

import simplejpeg

_SIGNATURE = 8
_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")
_END, _SCAN, _ALONE = 0xD9, 0xDA, (0x01, 0xD8)
_MOST_SCANS = 100  # a progressive file has about ten
_FRAME = 12  # of a chunk: its length, its kind and its checksum


def png_damage(content: bytes) -> str | None:
    """Return what is wrong with a PNG file, or None; Pillow skips the checksums of the pixels.

    Examples:
        >>> png_damage(bytes(8))
        'it is cut short'
    """
    view = memoryview(content)
    at = _SIGNATURE
    while at + _FRAME <= len(content):
        end = at + _FRAME + int.from_bytes(view[at : at + 4], "big")
        if end > len(content):
            break
        if crc32(view[at + 4 : end - 4]) != int.from_bytes(view[end - 4 : end], "big"):
            return "the checksum of one of its chunks is wrong"
        if view[at + 4 : at + 8] == b"IEND":
            return None
        at = end
    return "it is cut short"


def check_jpeg(content: bytes) -> None:
    """Raise ValueError where a JPEG decoder had to guess; Pillow fills gaps and says nothing.

    A JPEG file has no checksum: bytes that were exchanged for others that decode are not seen.

    Examples:
        >>> check_jpeg(bytes.fromhex("ffd8ffd9"))
        Traceback (most recent call last):
        ...
        ValueError: tjDecompressHeader3(): Could not determine subsampling level of JPEG image
    """
    space = simplejpeg.decode_jpeg_header(content)[2]
    kept = {"Gray": "GRAY", "CMYK": "CMYK", "YCCK": "CMYK"}.get(space, "RGB")
    simplejpeg.decode_jpeg(content, kept, min_height=1, min_width=1)  # an eighth of the size


def has_many_scans(jpeg: bytes) -> bool:
    """Tell a JPEG file whose pixels are gone over more than 100 times.

    Each of these scans may be a few bytes long, and costs the time of a whole image.

    Examples:
        >>> has_many_scans(bytes.fromhex("ffd8") + bytes.fromhex("ffda0002") * 101)
        True
    """
    if jpeg.count(b"\xff\xda") <= _MOST_SCANS:  # quick; it counts those of thumbnails too
        return False
    at = scans = 0
    while (found := _MARKER.search(jpeg, at)) and scans <= _MOST_SCANS:
        kind, at = found[1][0], found.end()
        if kind == _END:
            break
        if kind not in _ALONE:
            at += max(int.from_bytes(jpeg[at : at + 2], "big"), 2)
        scans += kind == _SCAN
    return scans > _MOST_SCANS
