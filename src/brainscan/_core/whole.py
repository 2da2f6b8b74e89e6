"""Tell a whole file from a damaged one where the decoder does not."""

from zlib import crc32

_SIGNATURE = 8
_FRAME = 12  # of a chunk: its length, its kind and its checksum


def png_damage(content: bytes) -> str | None:
    """Return what is wrong with a PNG file, or None; Pillow skips the checksums of the pixels.

    Example:
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
