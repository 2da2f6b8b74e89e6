"""Write files so that a reader sees the old content or the new, never half of it."""

import json
import os
import re
from collections.abc import Callable
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
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{uuid4().hex}.unfinished.{path.name}")
    try:
        write(temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


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
