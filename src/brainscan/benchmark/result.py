"""What a benchmark found: a row a model, predictions, histories."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainscan._core.artifacts import read_json, write_json
from brainscan.benchmark.images import ImageRecord, Images
from brainscan.metrics import Estimate, evaluate
from brainscan.train.history import History

_FORMAT = 2
_PREDICTIONS = ("predictions", "validations", "externals")
_RECORDS = ("images", "external_images")


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
        auc_low: lower end of its 95% interval.
        auc_high: upper end of its 95% interval.
        single_accuracy: where each image was tested by several models (repeats), the mean accuracy
            of one model; the figures above are those of the averaged scores. Else None.
        external_tested: the number of external images.
        external_accuracy: on external images, by the averaged scores of all folds' models.
        external_low: lower end of its 95% Wilson interval.
        external_high: upper end of its 95% Wilson interval.
        external_auc: area under the ROC curve on external images.
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
    auc_low: float | None = None
    auc_high: float | None = None
    single_accuracy: float | None = None
    external_tested: int = 0
    external_accuracy: float | None = None
    external_low: float | None = None
    external_high: float | None = None
    external_auc: float | None = None
    error: str | None = None


@dataclass(frozen=True, eq=False)
class Predictions:
    """The scores of one model on images that it had not seen.

    Args:
        ids: the images; one that several folds scored is there several times.
        folds: ``(n,)`` the fold that scored each.
        groups: ``(n,)`` the group of each.
        labels: ``(n,)`` class indices.
        scores: ``(n,)`` probability of class 1, or ``(n, classes)``.
    """

    ids: tuple[str, ...]
    folds: NDArray[np.int64]
    groups: NDArray[np.int64]
    labels: NDArray[np.int64]
    scores: NDArray[Any]

    def averaged(self) -> "Predictions":
        """Return one row an image, its score the mean of those that several folds gave it.

        So a network that was trained with several seeds is judged as an ensemble of them.
        """
        _, first, where = np.unique(self.ids, return_index=True, return_inverse=True)
        if len(first) == len(self.ids):
            return self
        sums = np.zeros((len(first), *self.scores.shape[1:]))
        np.add.at(sums, where, self.scores)
        counts = np.bincount(where).reshape(-1, *(1,) * (self.scores.ndim - 1))
        order = np.argsort(first)
        kept = first[order]
        return Predictions(
            tuple(self.ids[i] for i in kept),
            self.folds[kept],
            self.groups[kept],
            self.labels[kept],
            (sums / counts)[order],
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "ids": list(self.ids),
            "folds": self.folds.tolist(),
            "groups": self.groups.tolist(),
            "labels": self.labels.tolist(),
            "scores": self.scores.tolist(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Predictions":
        """Make predictions from what `to_dict` returned."""
        return cls(
            tuple(values["ids"]),
            np.array(values["folds"], np.int64),
            np.array(values["groups"], np.int64),
            np.array(values["labels"], np.int64),
            np.array(values["scores"], np.float64),
        )


@dataclass(frozen=True, eq=False)
class Result:
    """A finished benchmark.

    Args:
        settings: what was asked for, on which data, machine and versions.
        rows: a row a model, in the order asked for.
        predictions: by model, on the test images.
        histories: by model, one a fold; classical classifiers have none.
        validations: by network, on the validation images of each fold; of those alone that keep
            them apart to choose an epoch.
        externals: by model, on external images, by the model of each fold.
        robustness: by model and corruption, the accuracy at severity 1, 2, ...
        images: by id, what is known of the file.
        external_images: the same of the external images.
        crops: ``(n, height, width, 3)`` uint8, what the models saw, in the order of ``images``;
            None in a result that was read back.
        interrupted: whether it was stopped with Ctrl-C before the end.
    """

    settings: dict[str, Any]
    rows: tuple[Row, ...]
    predictions: dict[str, Predictions] = field(default_factory=dict[str, Predictions])
    histories: dict[str, tuple[History, ...]] = field(
        default_factory=dict[str, tuple[History, ...]]
    )
    validations: dict[str, Predictions] = field(default_factory=dict[str, Predictions])
    externals: dict[str, Predictions] = field(default_factory=dict[str, Predictions])
    robustness: dict[str, dict[str, list[float]]] = field(
        default_factory=dict[str, dict[str, list[float]]]
    )
    images: dict[str, ImageRecord] = field(default_factory=dict[str, ImageRecord])
    external_images: dict[str, ImageRecord] = field(default_factory=dict[str, ImageRecord])
    crops: Images | None = field(default=None, repr=False)
    interrupted: bool = False
    _metrics: dict[tuple[str, str], dict[str, Estimate]] = field(
        default_factory=dict[tuple[str, str], dict[str, Estimate]], init=False, repr=False
    )

    def to_markdown(self) -> str:
        """Return the table for a README, with a caption that says how it was measured."""
        from brainscan.benchmark import tables

        return tables.markdown(self.rows, self.settings)

    def to_latex(self) -> str:
        """Return the table as a LaTeX ``tabular`` (package booktabs)."""
        from brainscan.benchmark import tables

        return tables.latex(self.rows, self.settings)

    def to_csv(self) -> str:
        """Return every field of every row as CSV."""
        from brainscan.benchmark import tables

        return tables.csv_table(self.rows)

    def metrics(self, model: str, images: str = "test") -> dict[str, Estimate]:
        """Return every metric of a model with its 95% interval; see `brainscan.metrics.evaluate`.

        Args:
            model: one that was tested.
            images: ``"test"`` or ``"external"``.

        Raises:
            KeyError: there are no such predictions.
        """
        if (model, images) not in self._metrics:
            seen = (self.predictions if images == "test" else self.externals)[model].averaged()
            self._metrics[model, images] = evaluate(
                seen.labels, seen.scores, seen.groups, seed=self.settings["seed"]
            )
        return self._metrics[model, images]

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain values; `load` reads it back."""
        return {
            "format": _FORMAT,
            "settings": self.settings,
            "interrupted": self.interrupted,
            "rows": [asdict(row) for row in self.rows],
            **{
                kind: {name: p.to_dict() for name, p in getattr(self, kind).items()}
                for kind in _PREDICTIONS
            },
            "robustness": self.robustness,
            **{
                kind: {name: asdict(record) for name, record in getattr(self, kind).items()}
                for kind in _RECORDS
            },
            "histories": {
                name: [history.to_dict() for history in histories]
                for name, histories in self.histories.items()
            },
        }

    def save(self, folder: str | Path) -> Path:
        """Write the tables, metrics, predictions, histories, figures and report into a folder.

        Args:
            folder: made where missing; files of the same names are replaced, each atomically.

        Returns:
            The folder.

        Raises:
            ValueError: it is the folder of another run.
        """
        from brainscan.benchmark import tables
        from brainscan.benchmark.report import write_report

        folder = Path(folder)
        started = folder / "settings.json"
        if started.is_file() and read_json(started) != self.settings:
            raise ValueError(
                f"folder must be new, or that of this result; {str(folder)!r} is the folder of "
                "another run. Choose another one."
            )
        write_json(folder / "result.json", self.to_json())
        tables.save_tables(self, folder)
        write_report([self], folder)
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
            histories={
                name: tuple(History.from_dict(history) for history in histories)
                for name, histories in values["histories"].items()
            },
            predictions=_predictions(values["predictions"]),
            validations=_predictions(values["validations"]),
            externals=_predictions(values["externals"]),
            robustness=values["robustness"],
            images=_records(values["images"]),
            external_images=_records(values["external_images"]),
            interrupted=values["interrupted"],
        )


def _predictions(values: Mapping[str, Any]) -> dict[str, Predictions]:
    return {name: Predictions.from_dict(one) for name, one in values.items()}


def _records(values: Mapping[str, Any]) -> dict[str, ImageRecord]:
    return {name: ImageRecord(**record) for name, record in values.items()}
