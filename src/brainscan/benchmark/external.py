"""Images that nothing is trained on: a data set from elsewhere, less what overlaps."""

from itertools import chain

import numpy as np

from brainscan.benchmark.images import Prepared, prepare
from brainscan.datasets import Dataset, group_near_duplicates

_SHOWN = 5


def without_overlap(prepared: Prepared, external: Dataset, size: tuple[int, int]) -> Prepared:
    """Read and crop external images, and refuse those that the benchmark's data hold too.

    Args:
        prepared: what is trained and tested on.
        external: other images of the same classes.
        size: height and width of the crops, in pixels.

    Returns:
        The external images, less near-duplicates of the data's; those are among the failures.

    Raises:
        ValueError: the classes differ, or no image is new.
    """
    ours, theirs = prepared.data.class_names, external.class_names
    # With two classes, 1 = tumour, whatever its name; with more only the names tell.
    if len(ours) != len(theirs) or (len(ours) > 2 and ours != theirs):
        raise ValueError(
            f"external must have the classes of the data, {', '.join(ours)}; "
            f"got {', '.join(theirs)}."
        )
    if set(ours) == set(theirs) and ours != theirs:
        raise ValueError(
            f"external must have the classes of the data in their order, {', '.join(ours)}; "
            f"got {', '.join(theirs)}. Load it with classes={ours}."
        )
    other = prepare(external, size)
    overlap = np.zeros(len(other.data), np.bool_)
    # As they were read, and as the models see them: margins hide a copy.
    for ones, others in (
        (prepared.data, other.data),
        (prepared.inputs.images, other.inputs.images),
    ):
        groups = group_near_duplicates(chain(ones, others))
        overlap |= np.isin(groups[len(ones) :], groups[: len(ones)])
    names = [other.data.ids[i] for i in np.flatnonzero(overlap)]
    if overlap.all():
        raise ValueError(
            "external must hold images that the data do not; every one is a near-duplicate of an "
            f"image of the data: {', '.join(names[:_SHOWN])}{', ...' * (len(names) > _SHOWN)}."
        )
    return other.take(
        np.flatnonzero(~overlap),
        dict.fromkeys(names, "a near-duplicate of an image of the benchmark's data"),
    )
