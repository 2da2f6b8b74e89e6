"""Batches of one size, so that nothing is compiled again for the last, smaller one."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray


def full_batches(
    order: NDArray[np.int64], size: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Cut ``order`` into batches of ``size``; what fills up the last one has a count of 0."""
    total = -(-len(order) // size) * size
    counts = (np.arange(total) < len(order)).astype(np.float32)
    rows = np.resize(order, total).reshape(-1, size)
    return zip(rows, counts.reshape(-1, size), strict=True)
