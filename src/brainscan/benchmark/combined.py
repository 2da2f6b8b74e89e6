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
    timed,
)
from brainscan.benchmark.images import Inputs
from brainscan.datasets import Dataset
from brainscan.datasets.splits import Split, group_folds, grouped_folds
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
        self.trainable_parameters = members * (network.trainable_parameters or 0)

    @property
    def model(self) -> keras.Model:
        """See `Contender.model`."""
        copies: list[keras.Model] = []
        for member in self._trained:
            member.restore()
            copies.append(models.ensemble([self._network.model]))
        return models.ensemble(copies)

    def train(self, split: Split, seed: int, advance: Advance) -> Training:
        """See `Contender.train`; there is no history, as there would be one a member."""
        self._trained, seconds = [], 0.0
        for number, part in enumerate(member_folds(self._data, split, self._members, seed)):
            learnt, left = part
            apart = left if self._network.keeps_validation_apart else left[:0]
            member_seed = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
            told = _told(advance, f"member {number + 1}/{self._members}")
            seconds += self._network.learn(learnt, apart, member_seed, told).seconds
            self._trained.append(Snapshot(self._network.network))
        return Training(seconds)

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
    Then all are trained on the split itself.

    Args:
        network: one, or several as `Bagged`.
        classifiers: on texture features.
        inputs: the images.
        data: their labels and groups.
        recipe: its class weights hold for the logistic regression too.
    """

    kind = "cnn"
    keeps_validation_apart = False

    def __init__(
        self,
        network: Contender,
        classifiers: Sequence[Classifier],
        inputs: Inputs,
        data: Dataset,
        recipe: Recipe,
    ) -> None:
        self._parts = (network, *classifiers)
        self._inputs, self._data, self._batch_size = inputs, data, recipe.batch_size
        weights = recipe.class_weights
        self._weights: Any = LogisticRegression(
            class_weight=dict(enumerate(weights)) if isinstance(weights, tuple) else weights,
            max_iter=1000,
        )
        self.trainable_parameters = network.trainable_parameters

    def train(self, split: Split, seed: int, advance: Advance) -> Training:
        """See `Contender.train`; the history is the network's that is kept."""
        seconds, unseen = 0.0, np.zeros(0, np.int64)
        tables: list[NDArray[np.float64]] = []
        for number, inner in enumerate(inner_splits(self._data, split, seed)):
            told = _told(advance, f"inner fold {number + 1}/{INNER_FOLDS}")
            seconds += sum(part.train(inner, seed, told).seconds for part in self._parts)
            tables.append(self._log_odds(self._inputs.take(inner.test)))
            unseen = np.concatenate([unseen, inner.test])
        self._weights.fit(np.concatenate(tables), self._data.labels[unseen])
        last = [part.train(split, seed, advance) for part in self._parts]
        return Training(seconds + sum(training.seconds for training in last), last[0].history)

    def scores(self, inputs: Inputs) -> Scores:
        """See `Contender.scores`."""
        scores = self._weights.predict_proba(self._log_odds(inputs))
        self.compile_seconds = self._parts[0].compile_seconds
        return scores[:, 1] if scores.shape[1] == 2 else scores

    def ms_per_step(self) -> float:
        """See `Contender.ms_per_step`."""
        return timed(self, self._inputs, self._batch_size)

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
    return Stacked(
        several, [Classifier(one, *what) for one in recipe.stacked], inputs, data, recipe
    )


def trainings(recipe: Recipe) -> tuple[int, int]:
    """Return how often a network and classical classifiers are trained on a split."""
    times = 1 + INNER_FOLDS if recipe.stacked else 1
    return times * recipe.members, times * len(recipe.stacked)


def check_inner(data: Dataset, splits: Sequence[Split], recipe: Recipe, seed: int) -> None:
    """Raise ValueError where there are too few groups for a recipe's members or stack."""
    try:
        for fold, split in enumerate(splits):
            inner = inner_splits(data, split, seed + fold) if recipe.stacked else []
            for part in (*inner, split) if recipe.members > 1 else ():
                member_folds(data, part, recipe.members, seed + fold)
    except ValueError as error:
        raise ValueError(
            f"recipe must divide what each split learns from into members={recipe.members} parts"
            f"{f', after {INNER_FOLDS} for its stack' if recipe.stacked else ''}; the groups of "
            f"{data!r} allow no such parts with every class. Ask for fewer members, or for no "
            "stack, or bring more images."
        ) from error


def inner_splits(data: Dataset, split: Split, seed: int) -> list[Split]:
    """Divide what a split learns from into grouped folds of its own; what it tests is in none."""
    learnt = np.concatenate([split.train, split.validation])
    parts = grouped_folds(data.subset(learnt), seed, INNER_FOLDS)
    return [Split(learnt[p.train], learnt[p.validation], learnt[p.test]) for p in parts]


def member_folds(
    data: Dataset, split: Split, members: int, seed: int
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return what each member learns from, and the whole groups that it leaves out.

    Raises:
        ValueError: a member would lack a class.
    """
    learnt = np.concatenate([split.train, split.validation])
    parts = group_folds(learnt, data, members, seed)
    classes = np.unique(data.labels[learnt])
    if any(len(np.unique(data.labels[rest])) < len(classes) for rest, _ in parts):
        raise ValueError(f"{members} members must learn from every class; one would lack a class.")
    return parts


def _told(advance: Advance, what: str) -> Advance:
    return lambda text: advance(f"{what} {text}")
