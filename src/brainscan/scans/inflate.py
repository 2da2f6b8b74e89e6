"""Inflate compressed bytes up to a limit."""

import zlib

GZIP = 31
"""The window that means gzip, with its header and its checksum."""

DEFLATE = -15
"""The window that means a bare deflate stream, as DICOM has it."""


def is_gzip(content: bytes) -> bool:
    """Tell bytes that gzip wrote."""
    return content.startswith(b"\x1f\x8b\x08")


def inflate_head(content: bytes, size: int) -> bytes:
    """Return the first bytes that gzip packed, and take no more memory than these.

    Raises:
        ValueError: the stream is damaged.
    """
    try:
        return zlib.decompressobj(GZIP).decompress(content, size)
    except zlib.error:
        raise ValueError("must be a whole file; its gzip stream is damaged.") from None


def inflate(content: bytes, most: int, window: int) -> bytes:
    """Return what was compressed, if it is no more than ``most`` bytes.

    Args:
        content: one stream; with gzip, several may follow each other.
        most: the bytes allowed. Memory is taken for these, however much more there is.
        window: `GZIP` or `DEFLATE`.

    Raises:
        ValueError: there is more, or the stream is damaged or cut short.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        stream = zlib.decompressobj(window)
        try:
            part = stream.decompress(content, most - size + 1)
            while not stream.eof and size + len(part) <= most:
                more = stream.decompress(stream.unconsumed_tail, most - size - len(part) + 1)
                if not more and not stream.eof:
                    raise ValueError("must be a whole file; its compressed content is cut short.")
                part += more
        except zlib.error:
            raise ValueError("must be a whole file; its compressed content is damaged.") from None
        size += len(part)
        if size > most:
            raise ValueError(
                f"must hold what its header promises; its compressed content is more than {most:,} "
                "bytes, as that of a decompression bomb is."
            )
        parts.append(part)
        content = stream.unused_data
        if window == DEFLATE or not is_gzip(content):
            return b"".join(parts)
