"""Look-up by name, with an error that offers the nearest names."""

import warnings
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """Entries chosen by name.

    Args:
        kind: what an entry is, in the singular, for the error messages ("model").
        group: the group of entry points by which installed packages add entries: modules that
            register when they are imported, which they are when an entry is first looked for. One
            that fails is left out, with a warning.
        listing: what lists the names, where they are too many for an error message.
    """

    def __init__(self, kind: str, group: str | None = None, listing: str | None = None) -> None:
        self.kind = kind
        self.group = group
        self.listing = listing
        self._entries: dict[str, T] = {}
        self._broken: dict[str, str] = {}
        self._asked = False

    def add(self, name: str, entry: T) -> T:
        """Register ``entry`` under ``name``; a script or cell that is run again may do so anew.

        Raises:
            ValueError: the name is taken.
        """
        if name in self._entries and not _is_again(entry, self._entries[name]):
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
        if name in self:
            return self._entries[name]
        if str(name) in self._broken:
            raise ValueError(self._broken[str(name)])
        folded = {entry.casefold(): entry for entry in self._entries}
        close = get_close_matches(str(name).casefold(), folded, n=3, cutoff=0.5)
        near = [folded[match] for match in close]
        hint = f"Did you mean {' or '.join(map(repr, near))}? " if near else ""
        raise ValueError(
            f"{self.kind} must be one of the registered names; got {name!r}. {hint}{self._known()}."
        )

    def __contains__(self, name: object) -> bool:
        self._ask_packages()
        return isinstance(name, str) and name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self.names())

    def names(self) -> list[str]:
        """Return the registered names, sorted."""
        self._ask_packages()
        return sorted(self._entries)

    def _known(self) -> str:
        return f"See {self.listing}" if self.listing else f"Registered: {', '.join(self.names())}"

    def _ask_packages(self) -> None:
        if self._asked or self.group is None:
            return
        self._asked = True  # before the packages, which may themselves look for an entry
        for point in entry_points(group=self.group):
            try:
                point.load()
            except Exception as error:  # noqa: BLE001  another's package may raise anything
                self._broken[point.name] = self._report(point, error)
                warnings.warn(self._broken[point.name], stacklevel=4)

    def _report(self, point: EntryPoint, error: Exception) -> str:
        package = point.dist.name if point.dist else "an unknown package"
        return (
            f"{self.kind} {point.name!r} of {package} must be importable as {point.value!r}; "
            f"it is left out ({type(error).__name__}: {error}). Mend or uninstall {package}."
        )


def _is_again(entry: object, before: object) -> bool:
    """Whether the same place of the user's own script or notebook gives both."""
    places = [
        (getattr(made, "__module__", None), getattr(made, "__qualname__", None))
        for made in (getattr(one, "make", one) for one in (entry, before))
    ]
    return places[0] == places[1] and places[0][0] == "__main__"
