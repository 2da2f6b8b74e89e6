"""What a scan is read from: a path, bytes or a file object; and of which format it is."""

from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias

from brainscan.scans.limits import Limits

Source: TypeAlias = "str | Path | bytes | bytearray | memoryview | BinaryIO"
Format: TypeAlias = Literal["png", "jpeg", "tiff", "bmp", "webp", "dicom", "nifti"]

PICTURES = frozenset({"png", "jpeg", "tiff", "bmp", "webp"})
FORMATS = "PNG, JPEG, TIFF, BMP, WebP, DICOM or NIfTI"
HEAD = 560
"""How many bytes the format is told from: a NIfTI-2 header is the longest."""

NOT_THERE = "must be a file or a folder that exists; there is none at its path."

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_NIFTI = {  # the size of the header, in either order of bytes, and where its name stands
    (348).to_bytes(4, "little"): slice(344, 347),
    (348).to_bytes(4, "big"): slice(344, 347),
    (540).to_bytes(4, "little"): slice(4, 7),
    (540).to_bytes(4, "big"): slice(4, 7),
}


def read_content(source: Source, limits: Limits) -> bytes:
    """Return the bytes of a file; no more of it is read than the limit allows.

    Raises:
        FileNotFoundError: there is no file at the path. The path is not repeated: the names of
            medical files often hold the patient's.
        ValueError: it is no file, or a larger one than the limit.
        TypeError: the source is none of these.
    """
    if isinstance(source, str | Path):
        return _read_path(Path(source).expanduser(), limits)
    if isinstance(source, bytes | bytearray | memoryview):
        limits.check_file(len(source))
        return bytes(source)
    if not hasattr(source, "read"):
        raise TypeError(
            "must be a path, bytes, or a file that is open for reading bytes; "
            f"got {type(source).__name__}."
        )
    return _read_open(source, limits)


def _read_path(path: Path, limits: Limits) -> bytes:
    if not path.exists():
        raise FileNotFoundError(NOT_THERE)
    if not path.is_file():
        raise ValueError("must be a file or a folder; its path leads to something else.")
    limits.check_file(path.stat().st_size)
    with path.open("rb") as file:
        return _read_open(file, limits)


def _read_open(file: BinaryIO, limits: Limits) -> bytes:
    content = file.read(limits.file_bytes + 1)
    if not isinstance(content, bytes):
        raise TypeError(
            "must be a file that is open for reading bytes (mode 'rb'); "
            f"reading it gave {type(content).__name__}."
        )
    limits.check_file(len(content))
    return content


def format_of(head: bytes) -> Format | None:
    """Tell the format from the first bytes; None where they are of none that is read here.

    DICOM comes first: its first 128 bytes are free, and some writers make them those of a TIFF.
    """
    if head[128:132] == b"DICM":
        return "dicom"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(_TIFF):
        return "tiff"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:4] in _NIFTI and head[_NIFTI[head[:4]]] in (b"n+1", b"n+2", b"ni1", b"ni2"):
        return "nifti"
    return "bmp" if head.startswith(b"BM") else None
