"""Divide a data set into training, validation and test images."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, train_test_split

from brainscan._core.types import Labels
from brainscan.datasets.dataset import Dataset

Indices = NDArray[np.int64]

PAPER_SIZES = (161, 41, 51)
"""Training, validation and test images of the paper, of 253."""
_SHOWN = 5


@dataclass(frozen=True, eq=False)
class Split:
    """Which images are for what, as indices into a data set.

    Args:
        train: those that the model learns from.
        validation: those that choose the best epoch, the threshold and the temperature.
        test: those that the figures are computed on.
    """

    train: Indices
    validation: Indices
    test: Indices

    def parts(self) -> dict[str, Indices]:
        """Return the three parts by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}


def paper_split(data: Dataset, seed: int = 0) -> list[Split]:
    """Split at random as the paper did: 161, 41 and 51 of 253 images, stratified by class.

    Other numbers of images are divided in the same proportions. Near-duplicates and slices of one
    patient may fall on both sides: what is measured so is too good. See `grouped_folds`, and
    `count_twins`.

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


def grouped_folds(data: Dataset, seed: int = 0, folds: int = 5, repeats: int = 1) -> list[Split]:
    """Divide into folds that keep every group on one side; each image is tested once a repeat.

    Classes are spread as evenly as the groups allow. The validation images of a fold are whole
    groups too, a fifth of what is not tested.

    Args:
        data: the images, with ``groups`` of near-duplicates or patients.
        seed: decides which group goes where.
        folds: how many folds, 2 or more.
        repeats: how often to divide anew, each time by another seed.

    Returns:
        One split a fold, repeat after repeat.

    Raises:
        ValueError: there are fewer groups of some class than folds, or a part of a split would
            lack a class.
    """
    for name, value, least in (("folds", folds, 2), ("repeats", repeats, 1)):
        if not isinstance(value, int) or value < least:
            raise ValueError(f"{name} must be {least} or more; got {value!r}.")
    _check_enough_groups(data, folds)
    everything = np.arange(len(data))
    splits: list[Split] = []
    for repeat in range(repeats):
        number = seed * repeats + repeat
        for rest, test in group_folds(everything, data, folds, number):
            splits.append(_hold_out_validation(rest, test, data, min(5, folds), number))
    check_splits(data, splits)
    return splits


def grouped_holdout(data: Dataset, seed: int = 0) -> list[Split]:
    """Hold out a fifth of the images as one test set, whole groups: the first of five folds.

    Args:
        data: the images, with ``groups`` of near-duplicates or patients.
        seed: decides which group goes where.

    Returns:
        One split.

    Raises:
        ValueError: a class has fewer than five groups.
    """
    return grouped_folds(data, seed)[:1]


def leave_one_source_out(data: Dataset, seed: int = 0) -> list[Split]:
    """Test on one source after the other, each by a model that saw nothing of it.

    Images of other sources that share a group with the tested source are not trained on.

    Args:
        data: the images, with ``sources``.
        seed: decides which of the other sources' groups are for validation.

    Returns:
        One split a source, in alphabetical order.

    Raises:
        ValueError: there are no sources, one only, or without one of them a class is missing.
    """
    if data.sources is None or len(set(data.sources)) < 2:
        raise ValueError(
            "leave-one-source-out needs data.sources with two sources or more; "
            f"got {data.sources and data.sources[0]!r}. A label file's column source gives them."
        )
    sources = np.array(data.sources)
    splits: list[Split] = []
    for source in sorted(set(data.sources)):
        test = np.flatnonzero(sources == source)
        shared = np.isin(data.groups, data.groups[test])
        rest = np.flatnonzero((sources != source) & ~shared)
        missing = [name for i, name in enumerate(data.class_names) if i not in data.labels[rest]]
        if missing:
            raise ValueError(
                f"every class must be in the images outside of each source; without {source!r} "
                f"there is no {', '.join(missing)}."
            )
        splits.append(_hold_out_validation(rest, test, data, 5, seed))
    check_splits(data, splits)
    return splits


def check_splits(data: Dataset, splits: Sequence[Split]) -> None:
    """Check that splits fit the data and that no image and no group is on two sides of one.

    Args:
        data: the images.
        splits: of any origin.

    Raises:
        ValueError: a part is empty or has an index out of range, a class is not trained on, or two
            parts overlap; the message lists the images.
    """
    if not splits:
        raise ValueError("splits must hold one split or more; got none.")
    for number, split in enumerate(splits):
        for name, part in split.parts().items():
            if not isinstance(part, np.ndarray) or part.ndim != 1 or part.dtype.kind not in "iu":
                raise ValueError(
                    f"split {number}: {name} must be a NumPy array (n,) of indices, whole numbers; "
                    f"got {part!r:.60}. numpy.flatnonzero turns a mask into indices."
                )
            if len(part) == 0:
                raise ValueError(f"split {number}: {name} must hold an image; it is empty.")
            if part.min() < 0 or part.max() >= len(data):
                raise ValueError(
                    f"split {number}: {name} must hold indices from 0 to {len(data) - 1}; "
                    f"got {part.min()} to {part.max()}."
                )
            values, counts = np.unique(part, return_counts=True)
            if len(values) < len(part):
                twice = [data.ids[i] for i in values[counts > 1][:_SHOWN].tolist()]
                raise ValueError(
                    f"split {number}: {name} must hold each image once; it holds "
                    f"{', '.join(twice)} more often."
                )
        absent = [
            name for i, name in enumerate(data.class_names) if i not in data.labels[split.train]
        ]
        if absent:
            raise ValueError(
                f"split {number}: train must hold every class; it has no {', '.join(absent)}. "
                "Bring more groups of that class, or divide into fewer folds with grouped_folds."
            )
        overlaps = _overlaps(data, split)
        if overlaps:
            more = "; ..." if len(overlaps) > _SHOWN else ""
            raise ValueError(
                f"split {number}: a group must stay on one side of a split; {len(overlaps)} "
                f"do not: {'; '.join(overlaps[:_SHOWN])}{more}. Move each group to one side; "
                "see grouped_folds."
            )


def count_twins(data: Dataset, splits: Sequence[Split]) -> int:
    """Count the tested images that have an image of their group among those learnt from.

    Args:
        data: the images, with ``groups``.
        splits: each counted for itself; training and validation images are learnt from.
    """
    return sum(
        int(
            np.isin(data.groups[s.test], data.groups[np.concatenate([s.train, s.validation])]).sum()
        )
        for s in splits
    )


def _overlaps(data: Dataset, split: Split) -> list[str]:
    """Return a line for each group that is in two parts, with its images."""
    where: dict[int, dict[str, list[str]]] = {}
    for name, part in split.parts().items():
        for index in part.tolist():
            where.setdefault(int(data.groups[index]), {}).setdefault(name, []).append(
                data.ids[index]
            )
    return [
        f"group {group} ("
        + ", ".join(f"{name}: {' '.join(ids[:_SHOWN])}" for name, ids in sides.items())
        + ")"
        for group, sides in where.items()
        if len(sides) > 1
    ]


def _paper_sizes(n: int) -> tuple[int, int, int]:
    total = sum(PAPER_SIZES)
    validation, test = (round(n * size / total) for size in PAPER_SIZES[1:])
    return n - validation - test, validation, test


def _hold_out_validation(
    rest: Indices, test: Indices, data: Dataset, folds: int, seed: int
) -> Split:
    folds = max(2, min(folds, len(np.unique(data.groups[rest]))))
    return Split(*_with_every_class(data, group_folds(rest, data, folds, seed)), test)


def group_folds(
    indices: Indices, data: Dataset, folds: int, seed: int
) -> list[tuple[Indices, Indices]]:
    """Divide some images into folds of whole groups: for each the rest, and those held out."""
    labels: Labels = data.labels
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # scikit-learn warns of classes with fewer images than folds; groups are checked instead.
        warnings.simplefilter("ignore", UserWarning)
        parts = list(splitter.split(indices, labels[indices], data.groups[indices]))
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
                f"{name!r} has {groups}. Bring more images, or divide into fewer folds: "
                "grouped_folds(data, folds=...), whose splits a benchmark takes as its protocol."
            )
