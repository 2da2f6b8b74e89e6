"""Data sets by name; ``load`` takes one of these names or a folder."""

from collections.abc import Callable

from brainscan._core.registry import Registry
from brainscan.datasets.dataset import Dataset

Loader = Callable[..., Dataset]

loaders: Registry[Loader] = Registry("dataset")


def register(name: str) -> Callable[[Loader], Loader]:
    """Return a decorator that makes ``load(name, ...)`` call the decorated function.

    Raises:
        ValueError: the name is taken.

    Examples:
        >>> @register("my_hospital")
        ... def my_hospital(year: int = 2024) -> Dataset: ...
    """
    return loaders.register(name)


def names() -> list[str]:
    """Return the names that ``load`` knows, sorted."""
    return loaders.names()
