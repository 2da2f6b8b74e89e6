"""The two kinds of model that a benchmark compares, behind one face."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np

from brainscan import features, models
from brainscan._core.types import Scores
from brainscan.benchmark.images import Images
from brainscan.datasets import Dataset
from brainscan.datasets.splits import Split
from brainscan.train import Epoch, History, Recipe, Trainer

Advance = Callable[[str], None]


class Contender(ABC):
    """A model that is trained and tested on one split after the other."""

    kind: str
    trainable_parameters: int | None = None
    compile_seconds: float | None = None

    @abstractmethod
    def test(self, split: Split, seed: int, advance: Advance) -> dict[str, Any]:
        """Train on a split; return its test ``scores``, ``seconds`` and ``history``."""

    @abstractmethod
    def ms_per_step(self) -> float:
        """Return the median time of inference on one batch, in milliseconds, warm."""


class Network(Contender):
    """A convolutional network, compiled once and started anew for each split."""

    kind = "cnn"

    def __init__(self, name: str, images: Images, data: Dataset, recipe: Recipe, seed: int) -> None:
        model = models.build(
            name,
            (*recipe.size, 3),
            weights=recipe.weights,
            head=recipe.head,
            classes=len(data.class_names),
            scaling=recipe.scaling,
            seed=seed,
        )
        self._images, self._labels = images, data.labels
        self._trainer = Trainer(model, recipe)
        self._start = [np.array(variable.value) for variable in model.variables]
        self.trainable_parameters = sum(
            int(np.prod(variable.shape)) for variable in model.trainable_variables
        )

    def test(self, split: Split, seed: int, advance: Advance) -> dict[str, Any]:
        """See `Contender.test`."""
        model, recipe = self._trainer.model, self._trainer.recipe
        for variable, value in zip(model.variables, self._start, strict=True):
            variable.assign(value)

        def on_epoch(epoch: Epoch) -> None:
            advance(f"epoch {epoch.number}/{recipe.epochs}, loss {epoch.loss:.3f}")

        history = self._trainer.fit(
            self._images[split.train],
            self._labels[split.train],
            (self._images[split.validation], self._labels[split.validation]),
            seed,
            on_epoch,
        )
        if history.interrupted:
            raise KeyboardInterrupt
        scores = self._trainer.scores(self._images[split.test])
        self.compile_seconds = self._trainer.compile_seconds
        return _outcome(scores, history.seconds, history)

    def ms_per_step(self) -> float:
        """See `Contender.ms_per_step`."""
        return 1000 * self._trainer.seconds_a_step(self._images[: self._trainer.recipe.batch_size])


class Classifier(Contender):
    """A classical classifier; its texture features learn nothing, so they serve all splits."""

    kind = "classical"

    def __init__(
        self, name: str, images: Images, table: Any, data: Dataset, recipe: Recipe, seed: int
    ) -> None:
        self._images, self._table, self._labels = images, table, data.labels
        self._classes = len(data.class_names)
        self._batch_size = recipe.batch_size
        self._name, self._seed = name, seed
        self._trained: Any = features.build_classifier(name, seed)

    def test(self, split: Split, seed: int, advance: Advance) -> dict[str, Any]:
        """See `Contender.test`; without epochs to choose from, validation images train too."""
        train = np.concatenate([split.train, split.validation])
        begin = time.perf_counter()
        self._trained = features.build_classifier(self._name, self._seed)
        self._trained.fit(self._table[train], self._labels[train])
        seconds = time.perf_counter() - begin
        scores = self._scores(self._table[split.test])
        advance("trained")
        return _outcome(scores, seconds, None)

    def ms_per_step(self) -> float:
        """See `Contender.ms_per_step`; the features of the batch are part of it."""
        batch = np.resize(self._images, (self._batch_size, *self._images.shape[1:]))
        times: list[float] = []
        for _ in range(4):
            begin = time.perf_counter()
            self._scores(features.glcm_lbp(batch))
            times.append(time.perf_counter() - begin)
        return 1000 * float(np.median(times[1:]))

    def _scores(self, table: Any) -> Scores:
        # scikit-learn has a column for each class that it was trained on, not for each there is.
        probabilities = np.zeros((len(table), self._classes))
        probabilities[:, self._trained.classes_] = self._trained.predict_proba(table)
        return probabilities[:, 1] if self._classes == 2 else probabilities


def _outcome(scores: Scores, seconds: float, history: History | None) -> dict[str, Any]:
    return {
        "scores": np.asarray(scores, np.float64).tolist(),
        "seconds": seconds,
        "history": None if history is None else history.to_dict(),
    }
