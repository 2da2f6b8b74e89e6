"""Make what Keras draws while a model is built follow a seed."""

import random
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def seeded(seed: int | None) -> Generator[None]:
    """Seed the initialisers and dropout layers of what is built inside; None leaves them alone.

    Keras draws their seeds from Python's ``random``, whose state is put back afterwards.
    """
    if seed is None:
        yield
        return
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)
