"""Divide a data set into training, validation and test images."""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, train_test_split

from brainscan._core.types import Labels
from brainscan.datasets.dataset import Dataset

Indices = NDArray[np.int64]

PAPER_SIZES = (161, 41, 51)
"""Training, validation and test images of the paper, of 253."""


@dataclass(frozen=True, eq=False)
class Split:
    """Which images are for what, as indices into a data set.

    Args:
        train: those that the model learns from.
        validation: those that choose the best epoch.
        test: those that the figures are computed on.
    """

    train: Indices
    validation: Indices
    test: Indices


def paper_split(data: Dataset, seed: int = 0) -> list[Split]:
    """Split at random as the paper did: 161, 41 and 51 of 253 images, stratified by class.

    Other numbers of images are divided in the same proportions. Near-duplicates and slices of one
    patient may fall on both sides: what is measured so is too good. See `grouped_folds`.

    Args:
        data: the images.
        seed: decides which image goes where.

    Returns:
        One split.

    Raises:
        ValueError: a class has too few images to appear in every part.
    """
    _, n_validation, n_test = _paper_sizes(len(data))
    everything = np.arange(len(data))
    try:
        rest, test = train_test_split(
            everything, test_size=n_test, stratify=data.labels, random_state=seed
        )
        train, validation = train_test_split(
            rest, test_size=n_validation, stratify=data.labels[rest], random_state=seed
        )
    except ValueError as error:
        raise ValueError(
            "the paper's split needs several images of each class; "
            f"got {data.class_counts} ({error})."
        ) from error
    return [Split(np.sort(train), np.sort(validation), np.sort(test))]


def grouped_folds(data: Dataset, seed: int = 0, folds: int = 5) -> list[Split]:
    """Divide into folds that keep every group on one side; each image is tested once.

    Classes are spread as evenly as the groups allow. The validation images of a fold are whole
    groups too, a fifth of what is not tested.

    Args:
        data: the images, with ``groups`` of near-duplicates or patients.
        seed: decides which group goes where.
        folds: how many folds, 2 or more.

    Returns:
        One split a fold.

    Raises:
        ValueError: there are fewer groups of some class than folds, or a part of a split would
            lack a class.
    """
    if folds < 2:
        raise ValueError(f"folds must be 2 or more; got {folds}.")
    _check_enough_groups(data, folds)
    everything = np.arange(len(data))
    splits: list[Split] = []
    for rest, test in _folds(everything, data.labels, data.groups, folds, seed):
        inner = _folds(rest, data.labels, data.groups, max(2, min(5, folds)), seed)
        splits.append(Split(*_with_every_class(data, inner), test))
    for split in splits:
        check_split(data, split)
    return splits


def check_split(data: Dataset, split: Split) -> None:
    """Check that no group is on two sides of a split.

    Raises:
        ValueError: a group is on two sides; the message names some of its images.
    """
    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    where: dict[int, str] = {}
    for name, indices in parts.items():
        for index in indices:
            group = int(data.groups[index])
            if where.setdefault(group, name) != name:
                members = [data.ids[i] for i in np.flatnonzero(data.groups == group)][:5]
                raise ValueError(
                    f"a group must stay on one side of a split; group {group} is in "
                    f"{where[group]} and {name}: {', '.join(members)}."
                )


def _paper_sizes(n: int) -> tuple[int, int, int]:
    total = sum(PAPER_SIZES)
    validation, test = (round(n * size / total) for size in PAPER_SIZES[1:])
    return n - validation - test, validation, test


def _folds(
    indices: Indices, labels: Labels, groups: Indices, folds: int, seed: int
) -> list[tuple[Indices, Indices]]:
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # scikit-learn warns of classes with fewer images than folds; groups are checked instead.
        warnings.simplefilter("ignore", UserWarning)
        parts = list(splitter.split(indices, labels[indices], groups[indices]))
    return [(indices[rest], indices[held]) for rest, held in parts]


def _with_every_class(
    data: Dataset, parts: list[tuple[Indices, Indices]]
) -> tuple[Indices, Indices]:
    """Return the first training and validation images that both have every class."""
    for pair in parts:
        if all(len(np.unique(data.labels[part])) == len(data.class_names) for part in pair):
            return pair
    raise ValueError(
        "training and validation images must both have every class; the groups of "
        f"{data!r} allow no such fold. Try another seed, fewer folds or smaller groups."
    )


def _check_enough_groups(data: Dataset, folds: int) -> None:
    for label, name in enumerate(data.class_names):
        groups = len(np.unique(data.groups[data.labels == label]))
        if groups < folds:
            raise ValueError(
                f"{folds} grouped folds need at least {folds} groups of every class; class "
                f"{name!r} has {groups}. Ask for fewer folds, or bring more images."
            )
