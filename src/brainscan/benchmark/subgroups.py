"""Accuracy where it may differ: by file format, size and source."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainscan.benchmark.images import ImageRecord
from brainscan.benchmark.result import Predictions
from brainscan.metrics import Interval, clustered_wilson, decide

LEAST = 10
_SIDES = (0, 200, 300, 500)


@dataclass(frozen=True)
class Subgroup:
    """The accuracy of a part of the test images.

    Args:
        by: what the images have in common: ``format``, ``longer side`` or, where the data set names
            them, ``source``.
        name: its value.
        tested: how many images.
        accuracy: None below `LEAST` images, which say nothing.
        interval: 95% Wilson over groups; None with the accuracy.
    """

    by: str
    name: str
    tested: int
    accuracy: float | None = None
    interval: Interval | None = None


def subgroups(predictions: Predictions, records: dict[str, ImageRecord]) -> list[Subgroup]:
    """Divide the test images by what is known of their files.

    Args:
        predictions: of one model.
        records: by image id.

    Returns:
        A subgroup for each value that occurs, small ones without figures.
    """
    seen = predictions.averaged()
    right = decide(seen.scores) == seen.labels
    files = [records[name] for name in seen.ids]
    values = {
        "format": [file.format for file in files],
        "longer side": [_side(file) for file in files],
    }
    if any(file.source for file in files):
        values["source"] = [file.source or "unknown" for file in files]
    return [
        _subgroup(by, name, right, seen.groups, np.array(of_each) == name)
        for by, of_each in values.items()
        for name in _ordered(of_each)
    ]


def _side(file: ImageRecord) -> str:
    side = max(file.height, file.width)
    low = max(limit for limit in _SIDES if limit <= side)
    above = [limit for limit in _SIDES if limit > low]
    return f"{low} to {above[0] - 1} pixels" if above else f"{low} pixels or more"


def _ordered(names: Sequence[str]) -> list[str]:
    return sorted(
        set(names), key=lambda name: (int(name.split()[0]) if name[0].isdigit() else 0, name)
    )


def _subgroup(
    by: str,
    name: str,
    right: NDArray[np.bool_],
    groups: NDArray[np.int64],
    members: NDArray[np.bool_],
) -> Subgroup:
    tested = int(members.sum())
    if tested < LEAST:
        return Subgroup(by, name, tested)
    hits = right[members]
    return Subgroup(by, name, tested, float(hits.mean()), clustered_wilson(hits, groups[members]))
