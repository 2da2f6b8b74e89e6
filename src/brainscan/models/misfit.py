"""Say where the arrays of a file and those of a model part ways."""

from collections.abc import Collection, Sequence
from itertools import zip_longest

Row = tuple[str, tuple[int, ...]]
"""What an array is called, by its layer, and its shape."""


def check_fit(there: Sequence[Row], here: Sequence[Row]) -> None:
    """Raise ValueError unless a file has the shapes of a model, in one order; names don't count."""
    for one, other in zip_longest(there, here):
        if one is None or other is None or one[1] != other[1]:
            raise ValueError(difference(there, here, one, other))


def difference(
    there: Collection[object],
    here: Collection[object],
    one: Row | None = None,
    other: Row | None = None,
) -> str:
    """Return how many arrays a file and a model have, and the first two that differ."""
    counts = f"{len(there)} arrays in the file, {len(here)} expected"
    if one is other is None:
        return counts
    return f"{counts}; the first difference: {_show(one)} in the file, {_show(other)} expected"


def _show(row: Row | None) -> str:
    return "nothing" if row is None else f"{row[0]} {row[1]}"
