"""One file that holds several, whole or refused.

A zip without compression: it is moved into place by one rename, which a folder of files is not, can
be sent as it is, and `unzip` makes the folder of plain files of it. What is not compressed cannot
unpack to more than it is.
"""

import json
import os
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, BinaryIO

from brainscan._core.artifacts import remove_unfinished_of, write_atomic

FORMAT = "brainscan bundle"
VERSION = 1
MOST_BYTES = 4 * 2**30
_MANIFEST = "manifest.json"
_MOST_FILES = 1000
_NAME = re.compile(r"[a-z0-9_]{1,60}(/[a-z0-9_]{1,60}){0,3}(\.[a-z0-9_]{1,20}){1,3}")
_START = b"PK\x03\x04"
_BEGINNING_OF_TIME = (1980, 1, 1, 0, 0, 0)  # the same files make the same archive


@dataclass(frozen=True)
class Archive:
    """The files of an archive, by name, and the SHA-256 of the whole."""

    files: Mapping[str, bytes]
    digest: str


def has_manifest(path: str | Path) -> bool:
    """Tell an archive of ours, whole or not, from other files."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _MANIFEST in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def write_archive(path: str | Path, files: Mapping[str, bytes]) -> str:
    """Write files as one, atomically, with the SHA-256 of each in a manifest.

    Args:
        path: the archive to make or replace.
        files: their contents, by name.

    Returns:
        The SHA-256 of the archive.
    """
    for name in files:
        if not _NAME.fullmatch(name):
            raise ValueError(f"a file of a bundle must have a plain name; got {name!r}.")
    remove_unfinished_of(Path(path))
    with write_atomic(path, lambda temporary: _pack(temporary, files)).open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def read_archive(path: str | Path) -> Archive:
    """Read an archive whole.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no archive of ours, is damaged or of a later format.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"bundle must be a file that is there; got {str(path)!r}.")
    try:
        with path.open("rb") as file:  # once, so that what is measured is what is read
            return Archive(_unpacked(file), file_digest(file, "sha256").hexdigest())
    except (_RefusedError, zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
        raise ValueError(f"{path.name!r} must be a whole brainscan bundle; {error}.") from error


class _RefusedError(Exception):
    """What is wrong with an archive."""


def _pack(path: Path, files: Mapping[str, bytes]) -> None:
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "files": {
            name: {"bytes": len(content), "sha256": sha256(content).hexdigest()}
            for name, content in files.items()
        },
    }
    text = json.dumps(manifest, indent=2).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in {_MANIFEST: text, **files}.items():
            archive.writestr(zipfile.ZipInfo(name, _BEGINNING_OF_TIME), content)


def _unpacked(file: BinaryIO) -> dict[str, bytes]:
    size = file.seek(0, os.SEEK_END)
    if size > MOST_BYTES:
        raise _RefusedError(f"it has {size:,} bytes, more than {MOST_BYTES:,}")
    file.seek(0)
    if file.read(len(_START)) != _START:
        raise _RefusedError("its content is none")
    with zipfile.ZipFile(file) as archive:
        _check_entries(archive.infolist(), size)
        files = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    file.seek(0)
    if _MANIFEST not in files:
        raise _RefusedError("it has no manifest")
    listed = _listed(files.pop(_MANIFEST))
    if set(listed) != set(files):
        raise _RefusedError(f"its manifest must list its files; {sorted(set(listed) ^ set(files))}")
    for name, facts in listed.items():
        if facts != {"bytes": len(files[name]), "sha256": sha256(files[name]).hexdigest()}:
            raise _RefusedError(f"{name} was changed after it was written")
    return files


def _check_entries(entries: list[zipfile.ZipInfo], size: int) -> None:
    names = [entry.filename for entry in entries]
    if len(names) > _MOST_FILES or len(set(names)) < len(names):
        raise _RefusedError(f"it must hold at most {_MOST_FILES} files, each once")
    for entry in entries:
        if not _NAME.fullmatch(entry.filename):
            raise _RefusedError(f"it holds a file of the name {entry.filename[:80]!r}")
        if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
            raise _RefusedError(f"{entry.filename} is compressed or encrypted")
    if sum(entry.file_size for entry in entries) > size:
        raise _RefusedError("its files are said to be larger than itself")


def _listed(manifest: bytes) -> dict[str, Any]:
    try:
        values = json.loads(manifest)
    except (ValueError, RecursionError) as error:
        raise _RefusedError(f"its manifest is no JSON ({type(error).__name__})") from error
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise _RefusedError("its manifest is of something else")
    version = values.get("version")
    if version != VERSION:
        raise _RefusedError(
            f"it has format {version!r}, and this version of brainscan reads {VERSION}: "
            "install a later one"
        )
    listed = values.get("files")
    if not isinstance(listed, dict):
        raise _RefusedError("its manifest lists no files")
    return listed
