"""Images in batches of one size, so that nothing is compiled again for the last, smaller one."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIZE = 16


def in_batches(function: Callable[..., Any], *arrays: NDArray[Any]) -> NDArray[np.float32]:
    """Return what a function gives for arrays of one length, a batch at a time.

    Args:
        function: of as many arrays as are given, each ``(b, ...)``, to ``(b, ...)``. ``b`` is 1
            where there is one row, else always `SIZE`: the last batch is filled up with rows that
            are there already.
        arrays: ``(n, ...)`` each, n of 1 or more.
    """
    n = len(arrays[0])
    size = 1 if n == 1 else SIZE
    order = np.resize(np.arange(n), -(-n // size) * size).reshape(-1, size)
    done = [np.asarray(function(*(array[rows] for array in arrays))) for rows in order]
    return np.concatenate(done)[:n].astype(np.float32, copy=False)
