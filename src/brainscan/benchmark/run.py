"""Compare models on a data set under a protocol."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from brainscan import features, models
from brainscan._core.artifacts import write_atomic
from brainscan._core.progress import JobProgress
from brainscan._core.registry import Registry
from brainscan._core.types import Scores
from brainscan.benchmark.checks import check_run
from brainscan.benchmark.code import code_digests
from brainscan.benchmark.combined import check_inner, make_network, trainings
from brainscan.benchmark.contender import Classifier, Contender
from brainscan.benchmark.controls import controls
from brainscan.benchmark.corruptions import SEVERITIES, corrupt, corruptions
from brainscan.benchmark.environment import environment, git_state, weights_files
from brainscan.benchmark.external import without_overlap
from brainscan.benchmark.images import Images, Inputs, Prepared, prepare
from brainscan.benchmark.loop import Loop, Outcome
from brainscan.benchmark.presets import QUICK
from brainscan.benchmark.protocol import Protocols, divide
from brainscan.benchmark.result import Predictions, Result, Row
from brainscan.benchmark.store import Store
from brainscan.datasets import Dataset, count_twins
from brainscan.datasets.splits import Split
from brainscan.metrics import Estimate, accuracy, decide, evaluate
from brainscan.train import History, Recipe


def run(
    data: Dataset,
    models: Sequence[str] = QUICK.models,
    protocol: Protocols = QUICK.protocol,
    recipe: Recipe = QUICK.recipe,
    seed: int = 0,
    folder: str | Path | None = None,
    external: Dataset | None = None,
    control: str | None = None,
    robustness: bool = False,
    keep_models: bool = False,
    progress: bool = True,
) -> Result:
    """Train and test every model on the same images and splits.

    Each image is cropped to the brain first. A model that fails becomes a row that says why, and
    the others go on. Ctrl-C ends the run and returns what is finished, with ``interrupted`` set: a
    loop over runs must look at it.

    Args:
        data: the images; see `brainscan.datasets.load`.
        models: names of networks (`brainscan.models.names`) and of classical classifiers on
            texture features (`brainscan.features.classifiers`).
        protocol: a name of `protocols`: ``"grouped"``, leak-free 5-fold cross-validation,
            ``"repeated"``, the same three times over, ``"holdout"``, ``"leave_one_source_out"``, or
            ``"paper"``, the paper's one random split. Or a function ``(data, seed) -> splits``,
            such as ``functools.partial(brainscan.datasets.grouped_folds, folds=3)``, which gets
            the images in the groups of their crops; or splits of your own. None of them may have
            a group on two sides.
        recipe: how the networks are trained; `brainscan.train.PAPER` is the paper's.
        seed: decides splits, weights, order and augmentation.
        folder: where to write the run as it goes; a run of the same settings, and of the same code
            of yours, that was cut short there is gone on with. None writes nothing; see
            `Result.save`.
        external: images of the same classes that nothing is trained on, scored by the model of
            every fold; the table has the accuracy of the averaged scores. Those that are
            near-duplicates of an image of ``data`` are refused: left out, and named.
        control: a name of `controls` that should take the answer away, such as
            ``"shuffled_labels"``.
        robustness: whether to test on corrupted images too: `corruptions`, at five severities.
        keep_models: whether to write the network of each fold to ``models/NAME-FOLD.keras``, and
            their mean (see `brainscan.models.ensemble`) to ``models/NAME.keras``; needs a folder,
            and a recipe that stacks nothing.
        progress: whether to show model, fold, epoch and the time left, on standard error.

    Returns:
        The table with its predictions and histories.

    Raises:
        ValueError: an unknown name, too few images for the protocol, splits that overlap, external
            images of other classes or none that is new, or a folder that holds another run.
        FileNotFoundError: the recipe's weights are no file or folder that is there.
        TypeError: ``data`` is no Dataset, ``recipe`` no Recipe, or ``models`` a lone name.

    Examples:
        >>> import brainscan as bs
        >>> data = bs.datasets.load("phantom", n=40)
        >>> result = bs.benchmark.run(data, models=["knn", "svm"], progress=False)
        >>> [row.model for row in result.rows]
        ['knn', 'svm']
    """
    check_run(data, models, _known().__getitem__, recipe, seed)
    if external is not None and not isinstance(external, Dataset):
        raise TypeError(
            f"external must be a Dataset; got {external!r:.60}. Load it: brainscan.datasets.load."
        )
    if keep_models and folder is None:
        raise ValueError("keep_models needs a folder to write to; got folder=None.")
    networks = [name for name in models if _kind(name) == "cnn"]
    if keep_models and recipe.stacked and networks:
        raise ValueError(
            f"keep_models writes networks; one stacked with {', '.join(recipe.stacked)} is none."
        )
    changed = None if control is None else controls[control]
    prepared = prepare(data, recipe.size)
    splits, protocol_settings = divide(prepared.data, protocol, seed)
    if networks:
        check_inner(prepared.data, splits, recipe, seed)
    others = None if external is None else without_overlap(prepared, external, recipe.size)
    settings = {
        "data": prepared.settings(),
        "models": list(models),
        **protocol_settings,
        "twins": count_twins(prepared.data, splits),
        "recipe": recipe.settings(),
        "weights_files": weights_files(models, recipe),
        "code": code_digests([*models, *recipe.stacked], recipe, features.classifiers),
        "seed": seed,
        "external": None if others is None else others.settings(),
        "control": control,
        "robustness": robustness,
        "date": date.today().isoformat(),
        "environment": environment(),
        "git": git_state(),
    }
    images, labels = prepared.inputs.images, prepared.data.labels
    if changed is not None:
        images, labels = changed.apply(images, labels, seed)
        if others is not None:
            # Labels of images that nothing is trained on give nothing away: theirs stay.
            masked, _ = changed.apply(others.inputs.images, others.data.labels, seed)
            others = replace(others, inputs=Inputs(masked))
    store = Store(None if folder is None else Path(folder))
    settings = store.open(settings)
    total = sum(_steps(name, recipe) * len(splits) for name in models)
    with JobProgress(total, shown=progress) as shown:
        for name, reason in prepared.failures.items():
            shown.note(f"left out {name}: {reason}")
        task = _Task(
            prepared,
            Inputs(images),
            replace(prepared.data, labels=labels),
            splits,
            others,
            recipe,
            seed,
            robustness,
            keep_models,
        )
        result = _Run(task, store, shown).result(models, settings)
    if folder is not None:
        result.save(folder)
    return result


@dataclass(frozen=True)
class _Task:
    """What every model of a run is given."""

    prepared: Prepared
    inputs: Inputs
    data: Dataset
    splits: list[Split]
    external: Prepared | None
    recipe: Recipe
    seed: int
    robustness: bool
    keep_models: bool


class _Run(Loop[Row, Contender]):
    """One run at work."""

    def __init__(self, task: _Task, store: Store, shown: JobProgress) -> None:
        super().__init__(task.splits, store, shown)
        self.task = task

    def result(self, names: Sequence[str], settings: dict[str, Any]) -> Result:
        external = self.task.external
        finished = self.all(names)
        result = Result(
            settings,
            finished.rows,
            images=self.task.prepared.by_id(),
            external_images={} if external is None else external.by_id(),
            crops=self.task.inputs.images,
            interrupted=finished.interrupted,
        )
        for name, outcomes in finished.outcomes.items():
            self._collect(result, name, outcomes)
        return result

    def steps(self, name: str) -> int:
        return _steps(name, self.task.recipe)

    def failed(self, name: str, reason: str) -> Row:
        return Row(name, _kind(name), error=reason)

    def row_from(self, values: dict[str, Any]) -> Row:
        return Row(**values)

    def stored(self, name: str, fold: int) -> Outcome | None:
        """Return the outcome of a fold where it, and the network to be kept, are there."""
        path = self.store.model_path(name, fold)
        wanted = self.task.keep_models and _kind(name) == "cnn"
        if wanted and path is not None and not path.is_file():
            return None
        return self.store.fold(name, fold)

    def _keep(self, model: keras.Model, path: Path | None) -> None:
        if path is not None:
            write_atomic(path, model.save)

    def _ensemble(self, name: str) -> keras.Model:
        paths = [self.store.model_path(name, fold) for fold in range(len(self.task.splits))]
        members: list[Any] = [keras.saving.load_model(path) for path in paths]
        return models.ensemble(members, name)

    def fold(self, name: str, contender: Contender, fold: int, split: Split, where: str) -> Outcome:
        task = self.task

        def advance(text: str) -> None:
            self.shown.advance(f"{where} {text}")

        training = contender.train(split, task.seed + fold, advance)
        tested = task.inputs.take(split.test)
        validated = task.inputs.take(split.validation)
        model = contender.model if task.keep_models else None
        if model is not None:
            self._keep(model, self.store.model_path(name, fold))
        return {
            "seconds": training.seconds,
            "history": None if training.history is None else training.history.to_dict(),
            "scores": _plain(contender.scores(tested)),
            "validation": _plain(contender.scores(validated))
            if contender.keeps_validation_apart
            else None,
            "external": None
            if task.external is None
            else _plain(contender.scores(task.external.inputs)),
            "corrupted": self._corrupted(contender, tested.images, where),
        }

    def _corrupted(
        self, contender: Contender, images: Images, where: str
    ) -> dict[str, list[list[Any]]]:
        if not self.task.robustness:
            return {}
        scores: dict[str, list[list[Any]]] = {}
        for name in corruptions.names():
            self.shown.describe(f"{where}: {name}")
            scores[name] = [
                _plain(contender.scores(Inputs(corrupt(images, name, severity, self.task.seed))))
                for severity in SEVERITIES
            ]
        return scores

    def contender(self, name: str) -> Contender:
        task = self.task
        if name in models.names():
            return make_network(name, task.inputs, task.data, task.recipe, task.seed)
        classes = len(task.data.class_names)
        return Classifier(name, task.inputs, task.data.labels, classes, task.recipe, task.seed)

    def _collect(self, result: Result, name: str, outcomes: list[Outcome]) -> None:
        """Add the outcomes of a model's folds to the result."""
        result.predictions[name] = self._tested(outcomes)
        if any(outcome["history"] for outcome in outcomes):
            result.histories[name] = tuple(History.from_dict(o["history"]) for o in outcomes)
        if all(outcome["validation"] is not None for outcome in outcomes):
            parts = [split.validation for split in self.task.splits]
            result.validations[name] = self._predictions(parts, outcomes, "validation")
        if self.task.external is not None:
            result.externals[name] = self._external(outcomes)
        if self.task.robustness:
            result.robustness[name] = self._robustness(outcomes)

    def _tested(self, outcomes: list[Outcome]) -> Predictions:
        return self._predictions([split.test for split in self.task.splits], outcomes, "scores")

    def _predictions(
        self, parts: list[NDArray[np.int64]], outcomes: list[Outcome], key: str
    ) -> Predictions:
        data = self.task.prepared.data
        scored = np.concatenate(parts)
        return Predictions(
            tuple(data.ids[i] for i in scored),
            np.repeat(np.arange(len(parts)), [len(part) for part in parts]),
            data.groups[scored],
            self.task.data.labels[scored],
            np.concatenate([np.array(outcome[key], np.float64) for outcome in outcomes]),
        )

    def _external(self, outcomes: list[Outcome]) -> Predictions:
        assert self.task.external is not None
        data, folds = self.task.external.data, len(outcomes)
        return Predictions(
            data.ids * folds,
            np.repeat(np.arange(folds), len(data)),
            np.tile(data.groups, folds),
            np.tile(data.labels, folds),
            np.concatenate([np.array(outcome["external"], np.float64) for outcome in outcomes]),
        )

    def _robustness(self, outcomes: list[Outcome]) -> dict[str, list[float]]:
        labels = np.concatenate([self.task.data.labels[split.test] for split in self.task.splits])
        return {
            name: [
                accuracy(
                    labels, np.concatenate([np.array(o["corrupted"][name][i]) for o in outcomes])
                )
                for i in range(len(SEVERITIES))
            ]
            for name in corruptions.names()
        }

    def row(self, name: str, contender: Contender, outcomes: list[Outcome]) -> Row:
        if self.task.keep_models and contender.kind == "cnn":
            self._keep(self._ensemble(name), self.store.model_path(name))
        every = self._tested(outcomes)
        tested = every.averaged()
        found = self._evaluate(tested)
        share, area = found["accuracy"], found["roc_auc"]
        return Row(
            name,
            contender.kind,
            contender.trainable_parameters,
            contender.ms_per_step(),
            contender.compile_seconds,
            sum(float(outcome["seconds"]) for outcome in outcomes),
            len(tested.labels),
            int((decide(tested.scores) == tested.labels).sum()),
            share.value,
            share.low,
            share.high,
            area.value,
            area.low,
            area.high,
            None if tested is every else accuracy(every.labels, every.scores),
            **({} if self.task.external is None else self._external_figures(outcomes)),
        )

    def _external_figures(self, outcomes: list[Outcome]) -> dict[str, Any]:
        external = self._external(outcomes).averaged()
        found = self._evaluate(external)
        share, area = found["accuracy"], found["roc_auc"]
        return {
            "external_tested": len(external.labels),
            "external_accuracy": share.value,
            "external_low": share.low,
            "external_high": share.high,
            "external_auc": area.value,
        }

    def _evaluate(self, tested: Predictions) -> dict[str, Estimate]:
        return evaluate(tested.labels, tested.scores, tested.groups, seed=self.task.seed)


def _plain(scores: Scores) -> list[Any]:
    return np.asarray(scores, np.float64).tolist()


def _known() -> Registry[str]:
    """Return the names of all models, and their kinds."""
    known: Registry[str] = Registry(
        "model", listing="brainscan.models.names(), brainscan.features.classifiers"
    )
    for name in (*models.names(), *features.classifiers.names()):
        known.add(name, _kind(name))
    return known


def _kind(name: str) -> str:
    return "cnn" if name in models.names() else "classical"


def _steps(name: str, recipe: Recipe) -> int:
    if name not in models.names():
        return 1
    networks, classifiers = trainings(recipe)
    return networks * (1 if recipe.trained == "last_layer" else recipe.epochs) + classifiers
