"""Look-up by name, with an error that offers the nearest names."""

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """Entries chosen by name.

    Args:
        kind: what an entry is, in the singular, for the error messages ("model").
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, T] = {}

    def add(self, name: str, entry: T) -> T:
        """Register ``entry`` under ``name``.

        Raises:
            ValueError: the name is taken.
        """
        if name in self._entries:
            raise ValueError(
                f"{self.kind} names must be unique; {name!r} is registered already. "
                "Choose another name."
            )
        self._entries[name] = entry
        return entry

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that registers what it decorates under ``name``."""
        return lambda entry: self.add(name, entry)

    def __getitem__(self, name: str) -> T:
        if name in self._entries:
            return self._entries[name]
        folded = {entry.casefold(): entry for entry in self._entries}
        close = get_close_matches(str(name).casefold(), folded, n=3, cutoff=0.5)
        near = [folded[match] for match in close]
        hint = f"Did you mean {' or '.join(map(repr, near))}? " if near else ""
        raise ValueError(
            f"{self.kind} must be one of the registered names; got {name!r}. "
            f"{hint}Registered: {', '.join(self.names())}."
        )

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self._entries)

    def names(self) -> list[str]:
        """Return the registered names, sorted."""
        return sorted(self._entries)
