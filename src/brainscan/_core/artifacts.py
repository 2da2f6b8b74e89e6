"""Write files so that a reader sees the old content or the new, never half of it."""

import json
import os
import re
from collections.abc import Callable
from errno import ENOSPC
from glob import escape
from pathlib import Path
from typing import Any
from uuid import uuid4

_UNFINISHED = re.compile(r"\.[0-9a-f]{32}\.unfinished\.")


def write_atomic(path: str | Path, write: Callable[[Path], object]) -> Path:
    """Let ``write`` fill a temporary file beside ``path``, then move it into place.

    Args:
        path: the file to make or replace; its folder is made where missing.
        write: called with the temporary path, which has the same suffix as ``path``.

    Returns:
        The path written.

    Raises:
        OSError: it can't be written; what is named is ``path``, not the temporary file.
    """
    path = require_output(path)
    temporary = _unfinished(path)
    try:
        write(temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        named = error.filename is None or Path(error.filename) == temporary
        if error.errno is None or not named:
            raise
        raise _refused(error, repr(str(path)), "a file that can be written") from error
    finally:
        temporary.unlink(missing_ok=True)
    return path


def require_output(path: str | Path) -> Path:
    """Return the path of a file to write, after a look whether it can be; its folder is made.

    Raises:
        OSError: the path is a folder's, or its folder takes no files.
    """
    path = Path(path)
    if os.path.isdir(path):  # noqa: PTH112  Path.is_dir raises what is told below
        raise IsADirectoryError(
            f"{str(path)!r} must be a file to write; there is a folder of that name. "
            "Give the name of a file."
        )
    _require_folder(path.parent, f"the folder {str(path.parent)!r} of {path.name!r}", path.name)
    return path


def require_folder(folder: str | Path) -> Path:
    """Return the path of a folder, made where missing, after a look whether it takes files.

    Raises:
        OSError: it can't be made, or takes none.
    """
    folder = Path(folder)
    _require_folder(folder, repr(str(folder)), "file")
    return folder


def _require_folder(folder: Path, said: str, name: str) -> None:
    tried = _unfinished(folder / name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tried.touch(exist_ok=False)
        tried.unlink()
    except (FileExistsError, NotADirectoryError) as error:
        raise type(error)(
            f"{said} must be a folder, or be made one; there is a file of that name on the way. "
            "Give another path, or move that file away."
        ) from error
    except OSError as error:
        raise _refused(error, said, "a folder that takes files, or can be made") from error


def _unfinished(path: Path) -> Path:
    return path.with_name(f".{uuid4().hex}.unfinished.{path.name}")


def _refused(error: OSError, said: str, expected: str) -> OSError:
    """Return the error of the same kind that says what was expected, and the mend."""
    mend = "Free some space" if error.errno == ENOSPC else "See who may write there"
    return type(error)(
        f"{said} must be {expected}; the system says: {error.strerror}. {mend}, or give another "
        "path."
    )


def remove_unfinished(folder: Path) -> None:
    """Remove what `write_atomic` leaves below a folder when the process is killed meanwhile."""
    for path in folder.rglob(".*.unfinished.*"):
        if _UNFINISHED.match(path.name):
            path.unlink(missing_ok=True)


def remove_unfinished_of(path: Path) -> None:
    """Remove what `write_atomic` left beside one file when the process was killed meanwhile."""
    for left in path.parent.glob(f".*.unfinished.{escape(path.name)}"):
        if _UNFINISHED.match(left.name):
            left.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> Path:
    """Write UTF-8 text atomically."""
    return write_atomic(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_json(path: str | Path, value: Any) -> Path:
    """Write a value as indented JSON atomically; NaN and infinity are refused."""
    return write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


def read_json(path: str | Path) -> Any:
    """Read a JSON file.

    Raises:
        ValueError: its content is no JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{str(path)!r} must be a whole JSON file; {error}.") from error
