"""What a comparison of segmentation methods found."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainscan._core.artifacts import read_json, write_json
from brainscan._core.types import Mask
from brainscan.benchmark.images import ImageRecord
from brainscan.benchmark.segmentation.masks import read_masks
from brainscan.datasets import Dataset
from brainscan.metrics import Estimate, MaskEvaluation
from brainscan.metrics.segmentation.evaluation import summarise
from brainscan.train.history import History

_FORMAT = 1


@dataclass(frozen=True)
class SegmentationRow:
    """The figures of one model.

    Args:
        model: its name.
        kind: ``"cnn"``, or ``"classical"`` for what is no network.
        trainable_parameters: of the network.
        ms_per_step: median time of one inference step over a batch, in milliseconds, warm.
        compile_seconds: what XLA took to compile the network.
        training_seconds: the training of all folds together, without compilation.
        tested: the number of masks that were compared, over all folds.
        lesions: how many of them should not be empty.
        means: by name of the figure, of the masks after post-processing; see
            `brainscan.metrics.evaluate_masks`.
        before: the same of the masks before it, above one half.
        error: why the model failed, None if it did not.
    """

    model: str
    kind: str
    trainable_parameters: int | None = None
    ms_per_step: float | None = None
    compile_seconds: float | None = None
    training_seconds: float | None = None
    tested: int = 0
    lesions: int = 0
    means: dict[str, Estimate] = field(default_factory=dict[str, Estimate])
    before: dict[str, Estimate] = field(default_factory=dict[str, Estimate])
    error: str | None = None

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "SegmentationRow":
        """Make a row from what `dataclasses.asdict` returned."""
        estimates: Any = {
            kind: {name: Estimate(**one) for name, one in values[kind].items()}
            for kind in ("means", "before")
        }
        return cls(**{**values, **estimates})


@dataclass(frozen=True, eq=False)
class MaskPredictions:
    """The figures of the masks that one model predicted for images it had not seen.

    Args:
        ids: the images; one that several folds tested is there several times.
        folds: ``(n,)`` the fold that tested each.
        groups: ``(n,)`` the group of each.
        labels: ``(n,)`` class indices.
        areas: ``(n,)`` pixels of the true mask.
        predicted_areas: ``(n,)`` pixels of the predicted mask, after post-processing.
        after: by figure, ``(n,)``, after post-processing; NaN where it is not defined.
        before: the same before it.
        files: where each predicted mask lies in the run folder.
    """

    ids: tuple[str, ...]
    folds: NDArray[np.int64]
    groups: NDArray[np.int64]
    labels: NDArray[np.int64]
    areas: NDArray[np.int64]
    predicted_areas: NDArray[np.int64]
    after: dict[str, NDArray[np.float64]]
    before: dict[str, NDArray[np.float64]]
    files: tuple[str, ...]

    def evaluation(self, seed: int, before: bool = False) -> MaskEvaluation:
        """Return the means with intervals, after post-processing or before it."""
        return summarise(self.before if before else self.after, self.groups, seed)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "ids": list(self.ids),
            "files": list(self.files),
            **{name: getattr(self, name).tolist() for name in _COUNTS},
            **{kind: plain_figures(getattr(self, kind)) for kind in ("after", "before")},
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "MaskPredictions":
        """Make predictions from what `to_dict` returned."""
        counts: Any = {name: np.array(values[name], np.int64) for name in _COUNTS}
        figures: Any = {
            kind: {name: np.array(each, np.float64) for name, each in values[kind].items()}
            for kind in ("after", "before")
        }
        return cls(ids=tuple(values["ids"]), files=tuple(values["files"]), **counts, **figures)


_COUNTS = ("folds", "groups", "labels", "areas", "predicted_areas")


def plain_figures(figures: Mapping[str, NDArray[np.float64]]) -> dict[str, list[float | None]]:
    """Return figures for JSON, which has no NaN."""
    return {
        name: [None if np.isnan(value) else float(value) for value in each]
        for name, each in figures.items()
    }


@dataclass(frozen=True, eq=False)
class SegmentationResult:
    """A finished comparison of segmentation methods.

    Args:
        settings: what was asked for, on which data, machine and versions.
        rows: a row a model, in the order asked for.
        predictions: by model, on the test images.
        masks: by model, the predicted masks in the order of its predictions, each of the size of
            its image, after post-processing. Of a result that was read back, those in its folder.
        histories: by network, one a fold.
        images: by id, what is known of the file.
        data: the images and true masks; None in a result that was read back.
        interrupted: whether it was stopped with Ctrl-C before the end.
    """

    settings: dict[str, Any]
    rows: tuple[SegmentationRow, ...]
    predictions: dict[str, MaskPredictions] = field(default_factory=dict[str, MaskPredictions])
    masks: dict[str, tuple[Mask, ...]] = field(
        default_factory=dict[str, tuple[Mask, ...]], repr=False
    )
    histories: dict[str, tuple[History, ...]] = field(
        default_factory=dict[str, tuple[History, ...]]
    )
    images: dict[str, ImageRecord] = field(default_factory=dict[str, ImageRecord])
    data: Dataset | None = field(default=None, repr=False)
    interrupted: bool = False

    def to_markdown(self) -> str:
        """Return the table for a README, with a caption that says how it was measured."""
        from brainscan.benchmark.segmentation import tables

        return tables.markdown(self.rows, self.settings)

    def to_latex(self) -> str:
        """Return the table as a LaTeX ``tabular`` (package booktabs)."""
        from brainscan.benchmark.segmentation import tables

        return tables.latex(self.rows, self.settings)

    def to_csv(self) -> str:
        """Return every figure of every row as CSV."""
        from brainscan.benchmark.segmentation import tables

        return tables.csv_table(self.rows)

    def to_json(self) -> dict[str, Any]:
        """Return everything but the masks as plain values; `load` reads it back."""
        return {
            "format": _FORMAT,
            "settings": self.settings,
            "interrupted": self.interrupted,
            "rows": [asdict(row) for row in self.rows],
            "predictions": {name: each.to_dict() for name, each in self.predictions.items()},
            "histories": {
                name: [history.to_dict() for history in histories]
                for name, histories in self.histories.items()
            },
            "images": {name: asdict(record) for name, record in self.images.items()},
        }

    def save(self, folder: str | Path) -> Path:
        """Write the tables, figures of merit, masks, pictures and report into a folder.

        Args:
            folder: made where missing; files of the same names are replaced, each atomically.

        Returns:
            The folder.

        Raises:
            ValueError: it is the folder of another run.
        """
        from brainscan.benchmark.segmentation.report import save_all

        folder = Path(folder)
        started = folder / "settings.json"
        if started.is_file() and read_json(started) != self.settings:
            raise ValueError(
                f"folder must be new, or that of this result; {str(folder)!r} is the folder of "
                "another run. Choose another one."
            )
        write_json(folder / "result.json", self.to_json())
        save_all(self, folder, masks=not started.is_file())  # a run wrote them as it went
        return folder

    @classmethod
    def load(cls, folder: str | Path) -> "SegmentationResult":
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: there is no result in the folder.
            ValueError: the result is of another kind, or was written in another format.
        """
        folder = Path(folder)
        path = folder / "result.json"
        if not path.is_file():
            raise FileNotFoundError(
                "folder must hold a result.json, as SegmentationResult.save writes it; "
                f"got {str(folder)!r}."
            )
        values = read_json(path)
        task = values.get("settings", {}).get("task")
        if task != "segmentation" or values.get("format") != _FORMAT:
            raise ValueError(
                f"result.json must be of a segmentation, in format {_FORMAT}; got task {task!r}, "
                f"format {values.get('format')!r}. See brainscan.benchmark.Result.load for others, "
                "and read older ones with the version of brainscan that wrote them."
            )
        predictions = {
            name: MaskPredictions.from_dict(each) for name, each in values["predictions"].items()
        }
        return cls(
            values["settings"],
            tuple(SegmentationRow.from_dict(row) for row in values["rows"]),
            predictions,
            _masks(folder, predictions),
            {
                name: tuple(History.from_dict(history) for history in histories)
                for name, histories in values["histories"].items()
            },
            {name: ImageRecord(**record) for name, record in values["images"].items()},
            interrupted=values["interrupted"],
        )


def _masks(folder: Path, predictions: Mapping[str, MaskPredictions]) -> dict[str, tuple[Mask, ...]]:
    read: Sequence[tuple[str, tuple[Mask, ...] | None]] = [
        (name, read_masks(folder, each.files)) for name, each in predictions.items()
    ]
    return {name: masks for name, masks in read if masks is not None}
