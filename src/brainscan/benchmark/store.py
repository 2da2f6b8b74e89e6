"""The run folder while a benchmark works: what is finished is read back, not done again."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from brainscan._core.artifacts import read_json, remove_unfinished, write_json

_INCIDENTAL = ("date", "git", "environment.system")


@dataclass(frozen=True)
class Store:
    """Finished folds and models as JSON files, or nothing at all where there is no folder.

    Args:
        folder: the run folder; None keeps nothing.
    """

    folder: Path | None

    def open(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Start a run, or go on with one of the same settings, machine and versions.

        Returns:
            The settings of the run as it was started.

        Raises:
            ValueError: the folder holds a run with other settings, or other files.
        """
        if self.folder is None:
            return settings
        remove_unfinished(self.folder)
        path = self.folder / "settings.json"
        if not path.is_file():
            if self.folder.is_dir() and any(self.folder.iterdir()):
                raise ValueError(
                    f"folder must be new, empty or a run to go on with; {str(self.folder)!r} "
                    "holds other files. Choose another folder."
                )
            write_json(path, settings)
            return settings
        started = read_json(path)
        differences = _differences(started, settings)
        if differences:
            raise ValueError(
                f"folder {str(self.folder)!r} holds a run with other settings: "
                f"{'; '.join(differences)}. Choose another folder "
                "(--out of the command), or remove this one."
            )
        return started

    def fold(self, model: str, fold: int) -> dict[str, Any] | None:
        """Return what `save_fold` was given, or None where it is not there whole."""
        return self._read(f"folds/{model}-{fold}.json")

    def save_fold(self, model: str, fold: int, outcome: dict[str, Any]) -> None:
        """Keep the outcome of a fold."""
        self._write(f"folds/{model}-{fold}.json", outcome)

    def model_path(self, model: str, fold: int | None = None) -> Path | None:
        """Return where a network of a fold, or of all folds together, is kept."""
        name = model if fold is None else f"{model}-{fold}"
        return None if self.folder is None else self.folder / "models" / f"{name}.keras"

    def row(self, model: str) -> dict[str, Any] | None:
        """Return the values of a finished model's row, or None where they are not there whole."""
        return self._read(f"rows/{model}.json")

    def save_row(self, model: str, row: Any) -> None:
        """Keep the row of a finished model, a dataclass."""
        self._write(f"rows/{model}.json", asdict(row))

    def _read(self, name: str) -> dict[str, Any] | None:
        if self.folder is None or not (self.folder / name).is_file():
            return None
        try:
            return read_json(self.folder / name)
        except ValueError:  # damaged from outside: it is done again, and replaced
            return None

    def _write(self, name: str, values: dict[str, Any]) -> None:
        if self.folder is not None:
            write_json(self.folder / name, values)


def _differences(old: dict[str, Any], new: dict[str, Any], prefix: str = "") -> list[str]:
    found: list[str] = []
    for key in sorted(old.keys() | new.keys()):
        if prefix + key in _INCIDENTAL:
            continue
        before, now = old.get(key), new.get(key)
        if isinstance(before, dict) and isinstance(now, dict):
            found += _differences(before, now, f"{prefix}{key}.")
        elif before != now:
            found.append(f"{prefix}{key} was {before!r}, now {now!r}")
    return found
