"""What several commands share: exit codes, errors in one line, how data are named."""

import errno
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from rich.console import Console

import brainscan

if TYPE_CHECKING:
    from brainscan.datasets import Dataset

BAD_INPUT, ALL_FAILED, SOME_FAILED, INTERRUPTED = 2, 1, 3, 130

_DENIED = "one that you may read and write; you may not. See its permissions, or give another path."
_EXPECTED = {
    errno.EACCES: _DENIED,
    errno.EEXIST: "a folder; there is a file of that name. Give another path, or move it away.",
    errno.EISDIR: "a file; it is a folder. Give the path of a file.",
    errno.ENOENT: "there; it is not. See whether the path is right.",
    errno.ENOSPC: "on a disk with space; it is full. Free some, or give another path.",
    errno.ENOTDIR: "in a folder; a part of its path is a file. See whether the path is right.",
    errno.EPERM: _DENIED,
    errno.EROFS: "on a disk that can be written; it can't. Give another path.",
}


def fail(error: Exception, code: int = BAD_INPUT) -> NoReturn:
    """Print an error in one line, and leave; by default with the exit code of wrong input."""
    line = f"brainscan: {in_words(error)}"
    Console(stderr=True).print(line, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(code)


def in_words(error: Exception) -> str:
    """Return what an error says; one of the system's with its path, what was expected and a mend.

    The system's own text, such as ``[Errno 21] Is a directory: 'maps'``, says neither.
    """
    if not isinstance(error, OSError) or error.errno is None:
        return str(error)
    path = error.filename if error.filename2 is None else error.filename2
    subject = "a file or an address" if path is None else repr(os.fsdecode(path))
    if isinstance(path, int) or error.errno not in _EXPECTED:
        return f"{subject} must be one that can be used; the system says: {error.strerror}."
    return f"{subject} must be {_EXPECTED[error.errno]}"


def load_other(name: str, classes: str | None) -> "Dataset":
    """Load other images; if from a folder, with the same names of classes."""
    return brainscan.datasets.load(name, **loading(None, classes if Path(name).is_dir() else None))


def loading(labels: Path | None, classes: str | None) -> dict[str, Any]:
    """Return what `brainscan.datasets.load` is given beside the folder."""
    options: dict[str, Any] = {} if labels is None else {"labels": labels}
    if classes is not None:
        options["classes"] = tuple(name.strip() for name in classes.split(","))
    return options


def names(text: str) -> tuple[str, ...]:
    """Return the names of a list with commas between."""
    return tuple(text.replace(" ", "").split(","))


def own_names(paths: Sequence[Path]) -> list[str]:
    """Return a name a file for what is written of it: files of several folders may share one."""
    names: list[str] = []
    for path in paths:
        stem, number = path.name.split(".")[0] or "scan", 2
        name = stem
        while name in names:
            name, number = f"{stem}-{number}", number + 1
        names.append(name)
    return names
