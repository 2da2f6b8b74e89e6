"""What several commands share: exit codes, errors in one line, how data are named."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from rich.console import Console

import brainscan

if TYPE_CHECKING:
    from brainscan.datasets import Dataset

BAD_INPUT, ALL_FAILED, SOME_FAILED, INTERRUPTED = 2, 1, 3, 130


def fail(message: str, code: int = BAD_INPUT) -> NoReturn:
    """Print an error in one line, and leave; by default with the exit code of wrong input."""
    line = f"brainscan: {message}"
    Console(stderr=True).print(line, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(code)


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
