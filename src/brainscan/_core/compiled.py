"""Compile a loop over pixels with Numba, on its first call."""

import inspect
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numba
from numba.core.caching import FunctionCache


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function for the arguments that it is called with.

    The compiled code is kept on disk, beside its file or in the user's cache, so that later
    processes load it. It releases Python's lock: threads run beside each other.
    """
    loop = inspect.unwrap(function)  # Numba reads the loop itself, not a check wrapped around it
    dispatcher: Any = numba.njit(nogil=True)(loop)
    with suppress(RuntimeError):  # there is no folder that it could be kept in
        dispatcher._cache = _Cache(loop)
    return dispatcher


class _Cache(FunctionCache):
    """What ``njit(cache=True)`` keeps code in, but that a full disk or a quota stops no work."""

    def save_overload(self, sig: Any, data: Any) -> None:
        with suppress(OSError):
            super().save_overload(sig, data)
