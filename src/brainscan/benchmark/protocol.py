"""How images are divided for a benchmark, by name."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from brainscan._core.registry import Registry
from brainscan.datasets import Dataset
from brainscan.datasets.splits import (
    Split,
    check_splits,
    grouped_folds,
    grouped_holdout,
    leave_one_source_out,
    paper_split,
)


@dataclass(frozen=True)
class Protocol:
    """A way to divide the images.

    Args:
        split: a function ``(data, seed) -> splits``.
        caption: what a reader of the table must know of it, one sentence.
        leak_free: whether its splits must keep every group on one side.
    """

    split: Callable[[Dataset, int], list[Split]]
    caption: str
    leak_free: bool = True


protocols: Registry[Protocol] = Registry("protocol")
"""By name: ``grouped``, ``repeated``, ``holdout``, ``leave_one_source_out`` and ``paper``."""

_KEPT = "that keeps near-duplicates (or the patients that the data set names) on one side"

protocols.add(
    "paper",
    Protocol(
        paper_split,
        "The paper's protocol: one random split, in which near-duplicates of training images may "
        "be tested. Too good to be true; shown for comparison.",
        leak_free=False,
    ),
)
protocols.add(
    "grouped",
    Protocol(
        grouped_folds,
        f"Leak-free protocol: 5-fold cross-validation {_KEPT} of every split.",
    ),
)
protocols.add(
    "repeated",
    Protocol(
        partial(grouped_folds, repeats=3),
        f"Leak-free protocol: 5-fold cross-validation, 3 times over, {_KEPT} of every split.",
    ),
)
protocols.add(
    "holdout",
    Protocol(
        grouped_holdout,
        f"Leak-free protocol: one split {_KEPT}; a fifth of the images is tested.",
    ),
)
protocols.add(
    "leave_one_source_out",
    Protocol(
        leave_one_source_out,
        "Leak-free protocol: each source is tested by a model that saw no image of it.",
    ),
)


Protocols: TypeAlias = str | Sequence[Split] | Callable[[Dataset, int], Sequence[Split]]
"""A name of `protocols`, splits of one's own, or a function ``(data, seed) -> splits``."""


def divide(data: Dataset, protocol: Protocols, seed: int) -> tuple[list[Split], dict[str, Any]]:
    """Divide the images, and say how.

    Args:
        data: the images, in the groups that their crops have.
        protocol: a name of `protocols`, splits of the caller's own, or a function that makes them
            of the images and a seed.
        seed: decides which image goes where.

    Returns:
        The splits; and what the run folder says of them.

    Raises:
        ValueError: an unknown name, too few images, or splits that overlap.
        TypeError: it is none of these.
    """
    if isinstance(protocol, str):
        chosen = protocols[protocol]
        splits = chosen.split(data, seed)
        if chosen.leak_free:
            check_splits(data, splits)
        return splits, {
            "protocol": protocol,
            "splits": _digest(splits),
            "caption": chosen.caption,
        }
    made: Any = protocol(data, seed) if callable(protocol) else protocol
    if not isinstance(made, Sequence) or not all(isinstance(split, Split) for split in made):
        raise TypeError(
            f"protocol must be a name of {', '.join(protocols)}, a function (data, seed) -> "
            f"splits, or a sequence of brainscan.datasets.Split; got {made!r:.60}."
        )
    splits = list(made)
    try:
        check_splits(data, splits)
    except ValueError as error:
        if callable(protocol):
            raise
        raise ValueError(
            f"{error} Images whose crops are near-duplicates are in one group here. A function "
            "gets the images in these groups: protocol=functools.partial("
            "brainscan.datasets.grouped_folds, folds=3)."
        ) from error
    return splits, {
        "protocol": "own",
        "splits": _digest(splits),
        "caption": f"{len(splits)} splits of the user's own, checked: no group is on two sides.",
    }


def _digest(splits: Sequence[Split]) -> str:
    content = hashlib.sha256()
    for split in splits:
        for part in split.parts().values():
            content.update(f"{part.tolist()}".encode())
    return content.hexdigest()
