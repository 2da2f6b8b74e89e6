"""Contenders made of several: networks whose scores are averaged, and kinds that are weighed."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from brainscan import models
from brainscan._core.types import Scores
from brainscan.benchmark.contender import (
    Advance,
    Classifier,
    Contender,
    Network,
    Snapshot,
    Training,
)
from brainscan.benchmark.images import Inputs
from brainscan.datasets import Dataset
from brainscan.datasets.splits import Split, grouped_folds
from brainscan.train import Recipe

INNER_FOLDS = 3
"""Into so many the images are divided whose scores a stack is weighed by."""
_SURE = 1e-3  # a score nearer to 0 or 1 counts as this near


class Bagged(Contender):
    """Networks of one kind, each trained without another part of the images; their mean.

    Args:
        network: trained as often as there are members, and compiled once.
        members: how many.
        data: the images' labels and groups.
    """

    kind = "cnn"
    keeps_validation_apart = False  # each is some member's part that is left out

    def __init__(self, network: Network, members: int, data: Dataset) -> None:
        self._network, self._members, self._data = network, members, data
        self._trained: list[Snapshot] = []
        self.trainable_parameters = members * Snapshot(network.network).trainable_parameters

    @property
    def model(self) -> keras.Model:
        """See `Contender.model`."""
        copies: list[keras.Model] = []
        for member in self._trained:
            member.restore()
            copies.append(models.ensemble([self._network.model]))
        return models.ensemble(copies)

    def train(self, split: Split, seed: int, advance: Advance) -> Training:
        """See `Contender.train`; the history is the first member's."""
        self._trained = []
        trainings: list[Training] = []
        for number, part in enumerate(inner_splits(self._data, split, self._members, seed)):
            member_seed = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
            learnt = np.concatenate([part.train, part.validation])
            apart = part.test if self._network.keeps_validation_apart else part.test[:0]
            trainings.append(self._network.learn(learnt, apart, member_seed, advance))
            self._trained.append(Snapshot(self._network.network))
        return Training(sum(training.seconds for training in trainings), trainings[0].history)

    def scores(self, inputs: Inputs) -> Scores:
        """See `Contender.scores`."""
        found: list[Scores] = []
        for member in self._trained:
            member.restore()
            found.append(self._network.scores(inputs))
        self.compile_seconds = self._network.compile_seconds
        return np.mean(found, axis=0)

    def ms_per_step(self) -> float:
        """See `Contender.ms_per_step`."""
        return self._members * self._network.ms_per_step()


class Stacked(Contender):
    """A network and classical classifiers, weighed by how they score images they did not see.

    On inner grouped folds of the images that are learnt from, all are trained and score what was
    left out; a logistic regression on the log odds learns from these scores what each is worth.
    Then all are trained on all of these images.

    Args:
        network: one, or several as `Bagged`.
        classifiers: on texture features.
        inputs: the images.
        data: their labels and groups.
    """

    kind = "cnn"
    keeps_validation_apart = False

    def __init__(
        self,
        network: Contender,
        classifiers: Sequence[Classifier],
        inputs: Inputs,
        data: Dataset,
    ) -> None:
        self._parts = (network, *classifiers)
        self._inputs, self._data = inputs, data
        self._weights: Any = LogisticRegression()
        self.trainable_parameters = network.trainable_parameters

    def train(self, split: Split, seed: int, advance: Advance) -> Training:
        """See `Contender.train`; the history is the network's that is kept."""
        seconds, unseen = 0.0, np.zeros(0, np.int64)
        tables: list[NDArray[np.float64]] = []
        for inner in inner_splits(self._data, split, INNER_FOLDS, seed):
            seconds += sum(part.train(inner, seed, advance).seconds for part in self._parts)
            tables.append(self._log_odds(self._inputs.take(inner.test)))
            unseen = np.concatenate([unseen, inner.test])
        self._weights.fit(np.concatenate(tables), self._data.labels[unseen])
        trainings = [part.train(split, seed, advance) for part in self._parts]
        return Training(seconds + sum(t.seconds for t in trainings), trainings[0].history)

    def scores(self, inputs: Inputs) -> Scores:
        """See `Contender.scores`."""
        scores = self._weights.predict_proba(self._log_odds(inputs))
        self.compile_seconds = self._parts[0].compile_seconds
        return scores[:, 1] if scores.shape[1] == 2 else scores

    def ms_per_step(self) -> float:
        """See `Contender.ms_per_step`."""
        return sum(part.ms_per_step() for part in self._parts)

    def _log_odds(self, inputs: Inputs) -> NDArray[np.float64]:
        """Return those of all parts side by side, ``(n, parts)`` or ``(n, parts * classes)``."""
        scores = [np.asarray(part.scores(inputs), np.float64) for part in self._parts]
        table = np.column_stack(scores).clip(_SURE, 1 - _SURE)
        return np.log(table / (1 - table))


def make_network(name: str, inputs: Inputs, data: Dataset, recipe: Recipe, seed: int) -> Contender:
    """Return what a recipe makes of a network: itself, several, or a stack with classifiers.

    Args:
        name: of the network.
        inputs: the images.
        data: their labels, as they are learnt, and groups.
        recipe: how it is trained.
        seed: of the first weights.
    """
    what = (inputs, data.labels, len(data.class_names), recipe, seed)
    network = Network(name, *what)
    several = Bagged(network, recipe.members, data) if recipe.members > 1 else network
    if not recipe.stacked:
        return several
    return Stacked(several, [Classifier(one, *what) for one in recipe.stacked], inputs, data)


def trainings(recipe: Recipe) -> tuple[int, int]:
    """Return how often a network and classical classifiers are trained on a split."""
    times = 1 + INNER_FOLDS if recipe.stacked else 1
    return times * recipe.members, times * len(recipe.stacked)


def inner_splits(data: Dataset, split: Split, folds: int, seed: int) -> list[Split]:
    """Divide what a split learns from into grouped folds of its own; what it tests is in none."""
    learnt = np.concatenate([split.train, split.validation])
    parts = grouped_folds(data.subset(learnt), seed, folds)
    return [Split(learnt[p.train], learnt[p.validation], learnt[p.test]) for p in parts]
