"""What several commands share: exit codes, errors in one line, how data are named."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from rich.console import Console

import brainscan

if TYPE_CHECKING:
    from brainscan.datasets import Dataset

BAD_INPUT, ALL_FAILED, SOME_FAILED, INTERRUPTED = 2, 1, 3, 130


def fail(message: str) -> NoReturn:
    """Print an error in one line, and leave with the exit code of wrong input."""
    Console(stderr=True).print(f"brainscan: {message}", style="red", markup=False, highlight=False)
    raise typer.Exit(BAD_INPUT)


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
