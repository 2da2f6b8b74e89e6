"""Compare models on a data set under a protocol."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from brainscan import features, models
from brainscan._core.progress import JobProgress
from brainscan._core.registry import Registry
from brainscan.benchmark.contender import Classifier, Contender, Network
from brainscan.benchmark.environment import environment
from brainscan.benchmark.images import Images, digest, prepare
from brainscan.benchmark.presets import QUICK
from brainscan.benchmark.protocol import protocols
from brainscan.benchmark.result import Predictions, Result, Row
from brainscan.benchmark.store import Store
from brainscan.datasets import Dataset
from brainscan.datasets.splits import Split
from brainscan.metrics import decide, roc_auc, wilson
from brainscan.train import History, Recipe


def run(
    data: Dataset,
    models: Sequence[str] = QUICK.models,
    protocol: str = QUICK.protocol,
    recipe: Recipe = QUICK.recipe,
    seed: int = 0,
    folder: str | Path | None = None,
    progress: bool = True,
) -> Result:
    """Train and test every model on the same images and splits.

    Each image is cropped to the brain first. A model that fails becomes a row that says why, and
    the others go on. Ctrl-C ends the run with what is finished.

    Args:
        data: the images; see `brainscan.datasets.load`.
        models: names of networks (`brainscan.models.names`) and of classical classifiers on
            texture features (`brainscan.features.classifiers`).
        protocol: ``"grouped"``, leak-free 5-fold cross-validation, or ``"paper"``, the paper's one
            random split.
        recipe: how the networks are trained; `brainscan.train.PAPER` is the paper's.
        seed: decides splits, weights, order and augmentation.
        folder: where to write the run as it goes; a run of the same settings that was cut short
            there is gone on with. None writes nothing; see `Result.save`.
        progress: whether to show model, fold, epoch and the time left, on standard error.

    Returns:
        The table with its predictions and histories.

    Raises:
        ValueError: an unknown name, too few images for the protocol, or a folder that holds
            another run.
        TypeError: ``data`` is no Dataset, or ``models`` a lone name.

    Example:
        >>> import brainscan as bs
        >>> data = bs.datasets.load("phantom", n=40)
        >>> result = bs.benchmark.run(data, models=["knn", "svm"], progress=False)
        >>> [row.model for row in result.rows]
        ['knn', 'svm']
    """
    if not isinstance(data, Dataset):
        raise TypeError(
            f"data must be a Dataset; got {type(data).__name__}. Load it: brainscan.datasets.load."
        )
    _check_names(models)
    split_images = protocols[protocol].split
    data, images, failures = prepare(data, recipe.size)
    splits = split_images(data, seed)
    settings = {
        "data": {
            "name": data.name,
            "images": len(data),
            "groups": len(np.unique(data.groups)),
            "classes": list(data.class_names),
            "left_out": failures,
            "digest": digest(data, images),
        },
        "models": list(models),
        "protocol": protocol,
        "recipe": recipe.settings(),
        "seed": seed,
        "date": date.today().isoformat(),
        "environment": environment(),
    }
    store = Store(None if folder is None else Path(folder))
    settings = store.open(settings)
    total = sum(_steps(name, recipe) * len(splits) for name in models)
    with JobProgress(total, shown=progress) as shown:
        for name, reason in failures.items():
            shown.note(f"left out {name}: {reason}")
        work = _Run(data, images, splits, recipe, seed, store, shown)
        result = work.all(models, settings)
    if folder is not None:
        result.save(folder)
    return result


class _Run:
    """One run at work."""

    def __init__(
        self,
        data: Dataset,
        images: Images,
        splits: list[Split],
        recipe: Recipe,
        seed: int,
        store: Store,
        shown: JobProgress,
    ) -> None:
        self.data, self.images, self.splits = data, images, splits
        self.recipe, self.seed, self.store, self.shown = recipe, seed, store, shown
        self._table: Any = None

    def all(self, names: Sequence[str], settings: dict[str, Any]) -> Result:
        rows: list[Row] = []
        predictions: dict[str, Predictions] = {}
        histories: dict[str, tuple[History, ...]] = {}
        interrupted = False
        for name in names:
            try:
                row, outcomes = self._model(name)
            except KeyboardInterrupt:
                self.shown.note(f"stopped in {name}; what is finished is kept")
                interrupted = True
                rest = names[names.index(name) :]
                rows += [
                    Row(model, _kind(model), error="stopped before it was done") for model in rest
                ]
                break
            except Exception as error:  # noqa: BLE001  whatever went wrong with it, the others go on
                row, outcomes = Row(name, _kind(name), error=_one_line(error)), []
                self.shown.note(f"{name} failed: {row.error}")
            rows.append(row)
            if outcomes:
                predictions[name] = self._predictions(outcomes)
            if any(outcome["history"] for outcome in outcomes):
                histories[name] = tuple(History.from_dict(o["history"]) for o in outcomes)
        return Result(settings, tuple(rows), predictions, histories, interrupted)

    def _model(self, name: str) -> tuple[Row, list[dict[str, Any]]]:
        stored = [self.store.fold(name, fold) for fold in range(len(self.splits))]
        row = self.store.row(name)
        outcomes = [outcome for outcome in stored if outcome is not None]
        if row is not None and len(outcomes) == len(self.splits):
            self.shown.advance(f"{name}: read back", _steps(name, self.recipe) * len(outcomes))
            return row, outcomes
        self.shown.describe(f"{name}: building")
        contender = self._contender(name)
        stored[-1] = None  # inference is timed with a trained model, so the last fold is done again
        for fold, split in enumerate(self.splits):
            if stored[fold] is not None:
                self.shown.advance(f"{name} fold {fold + 1}: read back", _steps(name, self.recipe))
                continue
            where = f"{name} fold {fold + 1}/{len(self.splits)}"
            self.shown.describe(where)

            def advance(text: str, where: str = where) -> None:
                self.shown.advance(f"{where} {text}")

            outcome = contender.test(split, self.seed + fold, advance)
            self.store.save_fold(name, fold, outcome)
            stored[fold] = outcome
        outcomes = [outcome for outcome in stored if outcome is not None]
        row = self._row(name, contender, outcomes)
        self.store.save_row(row)
        return row, outcomes

    def _contender(self, name: str) -> Contender:
        if name in models.names():
            return Network(name, self.images, self.data, self.recipe, self.seed)
        if self._table is None:
            self._table = features.glcm_lbp(self.images)
        return Classifier(name, self.images, self._table, self.data, self.recipe, self.seed)

    def _predictions(self, outcomes: list[dict[str, Any]]) -> Predictions:
        tested = np.concatenate([split.test for split in self.splits])
        folds = np.repeat(np.arange(len(self.splits)), [len(split.test) for split in self.splits])
        scores = np.concatenate([np.array(outcome["scores"], np.float64) for outcome in outcomes])
        ids = tuple(self.data.ids[i] for i in tested)
        return Predictions(ids, folds, self.data.labels[tested], scores)

    def _row(self, name: str, contender: Contender, outcomes: list[dict[str, Any]]) -> Row:
        predictions = self._predictions(outcomes)
        labels, scores = predictions.labels, predictions.scores
        correct, tested = int((decide(scores) == labels).sum()), len(labels)
        interval = wilson(correct, tested)
        return Row(
            name,
            contender.kind,
            contender.trainable_parameters,
            contender.ms_per_step(),
            contender.compile_seconds,
            sum(float(outcome["seconds"]) for outcome in outcomes),
            tested,
            correct,
            correct / tested,
            interval.low,
            interval.high,
            roc_auc(labels, scores),
        )


def _check_names(names: Sequence[str]) -> None:
    if isinstance(names, str):
        raise TypeError(f"models must be a sequence of names; got {names!r}. Give [{names!r}].")
    known: Registry[str] = Registry("model")
    for name in (*models.names(), *features.classifiers.names()):
        known.add(name, name)
    if not names:
        raise ValueError(f"models must name at least one; registered: {', '.join(known.names())}.")
    for name in names:
        known[name]
    if len(set(names)) < len(names):
        raise ValueError(f"models must be named once each; got {list(names)}.")


def _kind(name: str) -> str:
    return "cnn" if name in models.names() else "classical"


def _steps(name: str, recipe: Recipe) -> int:
    return recipe.epochs if name in models.names() else 1


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
