"""From whatever a user has to slices: an array, a file, its bytes."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainscan import scans
from brainscan._core.checks import check_image
from brainscan._core.reading import SUFFIXES
from brainscan._core.types import Image
from brainscan.scans import Scan

_ENDINGS = (*SUFFIXES, ".dcm", ".dicom", ".ima", ".nii", ".nii.gz")
_DICOM = slice(128, 132), b"DICM"


@dataclass(frozen=True, eq=False)
class Slice:
    """One image of a scan.

    Attributes:
        image: ``(height, width)`` or ``(height, width, channels)``.
        name: of the scan; a file's is its path.
        number: which slice of the scan it is, from 1.
        of: how many the scan has.
        plane: such as ``"axial"``, where the scan says it.
        modality: such as ``"MR"``, where the scan says it.
    """

    image: Image
    name: str
    number: int = 1
    of: int = 1
    plane: str | None = None
    modality: str | None = None


def read_slices(source: Any, name: str | None = None) -> Iterator[Slice]:
    """Read the slices of one scan.

    Args:
        source: an image, or anything that `brainscan.scans.read` takes.
        name: of the scan; None for the path, or ``"image"``.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no scan, damaged or too large.
        ImportError: the extra that reads it is not installed.
    """
    if isinstance(source, str | Path):
        yield from slices_of(scans.read(source, name=Path(source).name), name or str(source))
    elif isinstance(source, bytes | bytearray | memoryview) or hasattr(source, "read"):
        given = name or "image"
        yield from slices_of(scans.read(source, name=given), given)
    else:
        yield Slice(check_image(source, name or "image"), name or "image")


def slices_of(scan: Scan, name: str) -> Iterator[Slice]:
    """Return the slices of a scan that was read."""
    modality = None if scan.series is None else scan.series.modality
    for number, image in enumerate(scan.slices, start=1):
        yield Slice(image, name, number, len(scan.slices), scan.plane, modality)


def scans_in(folder: str | Path) -> list[Path]:
    """Return the files of a folder, and of those below, that look like scans; sorted.

    Args:
        folder: hidden files and folders in it, and links to folders, are passed over. What has no
            suffix is a scan if its content is DICOM. A file is returned as it is.

    Raises:
        FileNotFoundError: it is not there.
        ValueError: it holds no scan.
    """
    root = Path(folder)
    if root.is_file():
        return [root]
    if not root.is_dir():
        raise FileNotFoundError(f"there must be a file or folder; {str(folder)!r} is none.")
    found = sorted(path for path in _files(root) if _is_scan(path))
    if not found:
        raise ValueError(
            f"folder must hold a scan, such as .png, .jpg, .dcm or .nii.gz; got {str(folder)!r}."
        )
    return found


def _files(root: Path) -> Iterator[Path]:
    for where, below, names in os.walk(root):
        below[:] = [name for name in below if not name.startswith(".")]
        yield from (Path(where, name) for name in names if not name.startswith("."))


def _is_scan(path: Path) -> bool:
    if path.suffix:
        return path.name.lower().endswith(_ENDINGS)
    place, word = _DICOM
    try:
        with path.open("rb") as file:
            return file.read(place.stop)[place] == word
    except OSError:
        return False
