"""Compile a loop over pixels with Numba, on its first call."""

import inspect
from collections.abc import Callable
from typing import Any

import numba


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function for the arguments that it is called with.

    The compiled code is kept on disk, beside its file or in the user's cache, so that later
    processes load it. It releases Python's lock: threads run beside each other.
    """
    loop = inspect.unwrap(function)  # Numba reads the loop itself, not a check wrapped around it
    try:
        return numba.njit(cache=True, nogil=True)(loop)
    except RuntimeError:  # there is no folder that it could be kept in
        return numba.njit(nogil=True)(loop)
