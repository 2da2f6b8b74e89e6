"""What a benchmark found: a row a model, predictions, histories."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainscan._core.artifacts import read_json, write_json
from brainscan.train.history import History

_FORMAT = 1


@dataclass(frozen=True)
class Row:
    """The figures of one model.

    Args:
        model: its name.
        kind: ``"cnn"`` or ``"classical"``.
        trainable_parameters: of the network; None for a classical classifier.
        ms_per_step: median time of one inference step over a batch, in milliseconds, warm and
            synchronised; for a classical classifier it includes the features.
        compile_seconds: what XLA took to compile; None for a classical classifier.
        training_seconds: the training of all folds together, without compilation.
        tested: the number of test images, over all folds.
        correct: how many of them were classified correctly.
        accuracy: their share.
        accuracy_low: lower end of its 95% Wilson interval.
        accuracy_high: upper end of its 95% Wilson interval.
        auc: area under the ROC curve over the pooled test scores; None if it is not defined.
        error: why the model failed, None if it did not.
    """

    model: str
    kind: str
    trainable_parameters: int | None = None
    ms_per_step: float | None = None
    compile_seconds: float | None = None
    training_seconds: float | None = None
    tested: int = 0
    correct: int = 0
    accuracy: float | None = None
    accuracy_low: float | None = None
    accuracy_high: float | None = None
    auc: float | None = None
    error: str | None = None


@dataclass(frozen=True, eq=False)
class Predictions:
    """The scores of one model on its test images, each by the model that had not seen it.

    Args:
        ids: the images.
        folds: ``(n,)`` the fold that tested each.
        labels: ``(n,)`` class indices.
        scores: ``(n,)`` probability of class 1, or ``(n, classes)``.
    """

    ids: tuple[str, ...]
    folds: NDArray[np.int64]
    labels: NDArray[np.int64]
    scores: NDArray[Any]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "ids": list(self.ids),
            "folds": self.folds.tolist(),
            "labels": self.labels.tolist(),
            "scores": self.scores.tolist(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Predictions":
        """Make predictions from what `to_dict` returned."""
        return cls(
            tuple(values["ids"]),
            np.array(values["folds"], np.int64),
            np.array(values["labels"], np.int64),
            np.array(values["scores"], np.float64),
        )


@dataclass(frozen=True, eq=False)
class Result:
    """A finished benchmark.

    Args:
        settings: what was asked for, on which data, machine and versions.
        rows: a row a model, in the order asked for.
        predictions: by model.
        histories: by model, one a fold; classical classifiers have none.
        interrupted: whether it was stopped with Ctrl-C before the end.
    """

    settings: dict[str, Any]
    rows: tuple[Row, ...]
    predictions: dict[str, Predictions] = field(default_factory=dict[str, Predictions])
    histories: dict[str, tuple[History, ...]] = field(
        default_factory=dict[str, tuple[History, ...]]
    )
    interrupted: bool = False

    def to_markdown(self) -> str:
        """Return the table for a README, with a caption that says how it was measured."""
        from brainscan.benchmark import report

        return report.markdown(self.rows, self.settings)

    def to_latex(self) -> str:
        """Return the table as a LaTeX ``tabular`` (package booktabs)."""
        from brainscan.benchmark import report

        return report.latex(self.rows, self.settings)

    def to_csv(self) -> str:
        """Return every field of every row as CSV."""
        from brainscan.benchmark import report

        return report.csv_table(self.rows)

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain values; `load` reads it back."""
        return {
            "format": _FORMAT,
            "settings": self.settings,
            "interrupted": self.interrupted,
            "rows": [asdict(row) for row in self.rows],
            "predictions": {name: p.to_dict() for name, p in self.predictions.items()},
            "histories": {
                name: [history.to_dict() for history in histories]
                for name, histories in self.histories.items()
            },
        }

    def save(self, folder: str | Path) -> Path:
        """Write the tables, predictions, histories and figures into a folder.

        Args:
            folder: made where missing; files of the same names are replaced, each atomically.

        Returns:
            The folder.
        """
        from brainscan.benchmark import report
        from brainscan.benchmark.figures import save_figures

        folder = Path(folder)
        write_json(folder / "result.json", self.to_json())
        report.save_tables(self, folder)
        save_figures(self, folder / "figures")
        return folder

    @classmethod
    def load(cls, folder: str | Path) -> "Result":
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: there is no result in the folder.
            ValueError: the result was written in another format.
        """
        path = Path(folder) / "result.json"
        if not path.is_file():
            raise FileNotFoundError(
                f"folder must hold a result.json, as Result.save writes it; got {str(folder)!r}."
            )
        values = read_json(path)
        if values.get("format") != _FORMAT:
            raise ValueError(
                f"result.json must have format {_FORMAT}; got {values.get('format')!r}. "
                "Read it with the version of brainscan that wrote it."
            )
        return cls(
            values["settings"],
            tuple(Row(**row) for row in values["rows"]),
            {name: Predictions.from_dict(p) for name, p in values["predictions"].items()},
            {
                name: tuple(History.from_dict(history) for history in histories)
                for name, histories in values["histories"].items()
            },
            values["interrupted"],
        )
