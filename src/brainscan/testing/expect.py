"""What every check says when something is not as it must be."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import numpy as np


def expect(holds: object, must: str, got: object) -> None:
    """Raise unless ``holds``.

    Raises:
        AssertionError: with what must be, and what came.
    """
    if not holds:
        raise AssertionError(f"{must}; got {got}.")


def expect_equal(found: Any, wanted: Any, must: str, tolerance: float = 0.0) -> None:
    """Raise unless two arrays have one shape and differ by no more than a tolerance.

    Raises:
        AssertionError: with the largest difference.
    """
    found, wanted = np.asarray(found), np.asarray(wanted)
    expect(found.shape == wanted.shape, must, f"the shapes {found.shape} and {wanted.shape}")
    apart = np.abs(found.astype(np.float64) - wanted.astype(np.float64)).max(initial=0.0)
    expect(apart <= tolerance, must, f"a difference of {apart:.3g}")


def expect_refusal(call: Callable[[], object], must: str) -> None:
    """Raise unless a call raises ValueError.

    Raises:
        AssertionError: it returned.
    """
    try:
        returned = call()
    except ValueError:
        return
    raise AssertionError(f"{must}; got {returned!r}.")


@contextmanager
def expecting(must: str) -> Generator[None]:
    """Raise AssertionError for whatever is raised inside.

    Raises:
        AssertionError: with what must be, and what came.
    """
    try:
        yield
    except Exception as error:
        text = " ".join(str(error).split())[:300]
        raise AssertionError(f"{must}; got {type(error).__name__}: {text}") from error
