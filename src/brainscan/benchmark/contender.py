"""What a benchmark compares, behind one face: a network and a classical classifier."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from brainscan import features, models
from brainscan._core.types import Labels, Scores
from brainscan.benchmark.images import Inputs
from brainscan.datasets.splits import Split
from brainscan.train import Epoch, History, Recipe, make_trainer

Advance = Callable[[str], None]


@dataclass(frozen=True)
class Training:
    """What training on a split took.

    Args:
        seconds: without compilation.
        history: a network's epochs; None for what is no network, or several.
    """

    seconds: float
    history: History | None = None


class Snapshot:
    """The weights that a network has now, to be given back to it.

    Args:
        model: the network.
    """

    def __init__(self, model: keras.Model) -> None:
        self._model = model
        self._values = [np.array(variable.value) for variable in model.variables]
        self.trainable_parameters = sum(
            int(np.prod(variable.shape)) for variable in model.trainable_variables
        )

    def restore(self) -> None:
        """Give the network these weights again."""
        for variable, value in zip(self._model.variables, self._values, strict=True):
            variable.assign(value)


def learnt_and_apart(
    split: Split, keeps_validation_apart: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the images to learn from, and those that choose an epoch, if any is to be chosen."""
    if keeps_validation_apart:
        return split.train, split.validation
    return np.concatenate([split.train, split.validation]), split.validation[:0]


class Contender(ABC):
    """A model that is trained and tested on one split after the other."""

    kind: str
    keeps_validation_apart: bool
    trainable_parameters: int | None = None
    compile_seconds: float | None = None

    @abstractmethod
    def train(self, split: Split, seed: int, advance: Advance) -> Training:
        """Train anew on a split."""

    @abstractmethod
    def scores(self, inputs: Inputs) -> Scores:
        """Return the scores of images."""

    @property
    def model(self) -> keras.Model | None:
        """The network as it was trained last; None where it takes more than a network."""
        return None

    @abstractmethod
    def ms_per_step(self) -> float:
        """Return the median time of inference on one batch, in milliseconds, warm."""


class Network(Contender):
    """A convolutional network, compiled once and started anew for each split."""

    kind = "cnn"

    def __init__(
        self, name: str, inputs: Inputs, labels: Labels, classes: int, recipe: Recipe, seed: int
    ) -> None:
        recipe = replace(recipe, members=1, stacked=())  # `combined` makes more of it
        self.network = models.build(
            name,
            (*recipe.size, 3),
            weights=recipe.weights,
            head=recipe.head,
            classes=classes,
            scaling=recipe.scaling,
            seed=seed,
        )
        self._images, self._labels = inputs.images, labels
        self._trainer = make_trainer(self.network, recipe)
        # Where there is no epoch to choose, validation images train too.
        self.keeps_validation_apart = recipe.chooses_an_epoch
        self._beginning = Snapshot(self.network)
        self.trainable_parameters = self._beginning.trainable_parameters

    @property
    def model(self) -> keras.Model:
        """See `Contender.model`."""
        return self._trainer.predictor()

    def train(self, split: Split, seed: int, advance: Advance) -> Training:
        """See `Contender.train`."""
        return self.learn(*learnt_and_apart(split, self.keeps_validation_apart), seed, advance)

    def learn(
        self,
        learnt: NDArray[np.int64],
        apart: NDArray[np.int64],
        seed: int,
        advance: Advance,
    ) -> Training:
        """Train anew on some images, by their indices; others are apart, to choose an epoch by."""
        self._beginning.restore()
        recipe = self._trainer.recipe

        def on_epoch(epoch: Epoch) -> None:
            done = f"epoch {epoch.number}/{recipe.epochs}"
            done = "last layer" if recipe.trained == "last_layer" else done
            advance(f"{done}, loss {epoch.loss:.3f}")

        validation = (self._images[apart], self._labels[apart]) if len(apart) else None
        history = self._trainer.fit(
            self._images[learnt], self._labels[learnt], validation, seed, on_epoch
        )
        if history.interrupted:
            raise KeyboardInterrupt
        return Training(history.seconds, history)

    def scores(self, inputs: Inputs) -> Scores:
        """See `Contender.scores`."""
        scores = self._trainer.scores(inputs.images)
        self.compile_seconds = self._trainer.compile_seconds
        return scores

    def ms_per_step(self) -> float:
        """See `Contender.ms_per_step`."""
        return 1000 * self._trainer.seconds_a_step(self._images[: self._trainer.recipe.batch_size])


class Classifier(Contender):
    """A classical classifier; its texture features learn nothing, so they serve all splits."""

    kind = "classical"
    keeps_validation_apart = False  # without epochs to choose from, validation images train too

    def __init__(
        self, name: str, inputs: Inputs, labels: Labels, classes: int, recipe: Recipe, seed: int
    ) -> None:
        self._inputs, self._labels, self._classes = inputs, labels, classes
        self._batch_size = recipe.batch_size
        self._name, self._seed = name, seed
        self._trained: Any = features.build_classifier(name, seed)

    def train(self, split: Split, seed: int, advance: Advance) -> Training:
        """See `Contender.train`."""
        learnt = np.concatenate([split.train, split.validation])
        table = self._inputs.table[learnt]
        begin = time.perf_counter()
        self._trained = features.build_classifier(self._name, self._seed)
        self._trained.fit(table, self._labels[learnt])
        seconds = time.perf_counter() - begin
        advance("trained")
        return Training(seconds)

    def scores(self, inputs: Inputs) -> Scores:
        """See `Contender.scores`."""
        # scikit-learn has a column for each class that it was trained on, not for each there is.
        probabilities = np.zeros((len(inputs), self._classes))
        probabilities[:, self._trained.classes_] = self._trained.predict_proba(inputs.table)
        return probabilities[:, 1] if self._classes == 2 else probabilities

    def ms_per_step(self) -> float:
        """See `Contender.ms_per_step`; the features of the batch are part of it."""
        return timed(self, self._inputs, self._batch_size)


def timed(contender: Contender, inputs: Inputs, batch_size: int) -> float:
    """Return the median time of scoring one batch, features and all, in milliseconds, warm."""
    batch = np.resize(inputs.images, (batch_size, *inputs.images.shape[1:]))
    times: list[float] = []
    for _ in range(4):
        begin = time.perf_counter()
        contender.scores(Inputs(batch))
        times.append(time.perf_counter() - begin)
    return 1000 * float(np.median(times[1:]))
