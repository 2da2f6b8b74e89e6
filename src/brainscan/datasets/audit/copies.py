"""Groups of copies, and what is wrong with them."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Int64

from brainscan.datasets.dataset import Dataset
from brainscan.datasets.duplicates import number_groups

Kind = Literal["byte-identical", "pixel-identical", "near-identical"]


@dataclass(frozen=True)
class Copies:
    """Two or more images that are one.

    Args:
        kind: the closest tie that holds between all of them: ``"byte-identical"`` files,
            ``"pixel-identical"`` images, or ``"near-identical"`` ones (of other size, brightness,
            compression, flipped or turned).
        ids: the images of the data set.
        classes: the class of each of ``ids``, by name.
        other_ids: the images of the other data set, if two were compared.
        other_classes: the class of each of ``other_ids``, by name.
    """

    kind: Kind
    ids: tuple[str, ...]
    classes: tuple[str, ...]
    other_ids: tuple[str, ...] = ()
    other_classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Likeness:
    """Which images are one, at three levels; each level joins what the one before does.

    The images of a second data set follow those of the first.

    Args:
        files: ``(n,)``; equal for byte-identical files.
        pixels: ``(n,)``; equal for identical images.
        near: ``(n,)``; equal for near-duplicates.
    """

    files: Int64[np.ndarray, " n"]
    pixels: Int64[np.ndarray, " n"]
    near: Int64[np.ndarray, " n"]


def number_alike(keys: Sequence[Hashable | None]) -> Int64[np.ndarray, " n"]:
    """Give equal keys one number; None equals nothing."""
    seen: dict[Hashable, int] = {}
    numbers = [i if key is None else seen.setdefault(key, i) for i, key in enumerate(keys)]
    return number_groups(np.array(numbers, np.int64))


def copies_of(
    numbers: Int64[np.ndarray, " n"], like: Likeness, data: Dataset, other: Dataset | None = None
) -> tuple[Copies, ...]:
    """Return the groups of two or more images that have one number."""
    order = np.argsort(numbers, kind="stable")
    starts = np.flatnonzero(np.diff(numbers[order])) + 1
    groups = [members for members in np.split(order, starts) if len(members) > 1]
    return tuple(_copies(members, like, data, other) for members in groups)


def _copies(
    members: Int64[np.ndarray, " k"], like: Likeness, data: Dataset, other: Dataset | None = None
) -> Copies:
    kind: Kind = "near-identical"
    if len(set(like.pixels[members].tolist())) == 1:
        kind = "pixel-identical"
    if len(set(like.files[members].tolist())) == 1:
        kind = "byte-identical"
    own: list[int] = members[members < len(data)].tolist()
    theirs: list[int] = (members[members >= len(data)] - len(data)).tolist()
    return Copies(
        kind,
        tuple(data.ids[i] for i in own),
        tuple(data.class_names[data.labels[i]] for i in own),
        tuple(other.ids[i] for i in theirs) if other else (),
        tuple(other.class_names[other.labels[i]] for i in theirs) if other else (),
    )
