"""Which content an answer is of: a hash of the bytes of a scan."""

from collections.abc import Callable
from functools import partial
from hashlib import blake2b, file_digest
from pathlib import Path
from typing import BinaryIO

from brainscan.scans.folder import dicom_files

_new: Callable[..., blake2b] = partial(blake2b, digest_size=16)


class HashedFile:
    """A file that is open for reading, whose bytes are hashed as they are read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = _new()

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes; none at the end."""
        part = self._file.read(size)
        self._hash.update(part)
        return part

    @property
    def content(self) -> str:
        """What `content_of` returns, of the bytes that were read."""
        return self._hash.hexdigest()


def content_of(path: Path) -> str:
    """Return a hash of a file's bytes; of a folder, that of the DICOM files directly in it.

    Raises:
        OSError: it can't be read.
    """
    if not path.is_dir():
        with path.open("rb") as file:
            return file_digest(file, _new).hexdigest()
    return _new("".join(map(content_of, dicom_files(path))).encode()).hexdigest()
