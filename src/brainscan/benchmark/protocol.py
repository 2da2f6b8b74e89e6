"""How images are divided for a benchmark, by name."""

from collections.abc import Callable
from dataclasses import dataclass

from brainscan._core.registry import Registry
from brainscan.datasets import Dataset
from brainscan.datasets.splits import Split, grouped_folds, paper_split


@dataclass(frozen=True)
class Protocol:
    """A way to divide the images.

    Args:
        split: a function ``(data, seed) -> splits``.
        caption: what a reader of the table must know of it, one sentence.
    """

    split: Callable[[Dataset, int], list[Split]]
    caption: str


protocols: Registry[Protocol] = Registry("protocol")
"""The protocols by name: ``grouped`` and ``paper``."""

protocols.add(
    "paper",
    Protocol(
        paper_split,
        "The paper's protocol: one random split, in which near-duplicates of training images may "
        "be tested. Too good to be true; shown for comparison.",
    ),
)
protocols.add(
    "grouped",
    Protocol(
        grouped_folds,
        "Leak-free protocol: 5-fold cross-validation that keeps near-duplicates (or the patients "
        "that the data set names) on one side of every split.",
    ),
)
