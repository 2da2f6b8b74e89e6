"""From whatever a user has to slices: an array, a file, its bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from brainscan._core.checks import check_image
from brainscan._core.reading import decode_image, read_image
from brainscan._core.types import Image

Source = Image | str | Path | bytes | BinaryIO


@dataclass(frozen=True, eq=False)
class Slice:
    """One image of a scan.

    Attributes:
        image: ``(height, width)`` or ``(height, width, channels)``.
        name: of the scan; a file's is its path.
        number: which slice of the scan it is, from 1.
        of: how many the scan has.
        plane: such as ``"axial"``, where the scan says it.
    """

    image: Image
    name: str
    number: int = 1
    of: int = 1
    plane: str | None = None


def read_slices(source: Any, name: str | None = None) -> Iterator[Slice]:
    """Read the slices of one scan.

    Args:
        source: an image, a path, a file's bytes or an open file.
        name: of the scan; None for the path, or ``"image"``.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no scan, or damaged.
    """
    if isinstance(source, str | Path):
        yield Slice(read_image(source), name or str(source))
    elif isinstance(source, bytes):
        yield Slice(decode_image(source, name or "image"), name or "image")
    elif hasattr(source, "read"):
        yield Slice(decode_image(source.read(), name or "image"), name or "image")
    else:
        yield Slice(check_image(source, name or "image"), name or "image")
