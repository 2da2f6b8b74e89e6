"""Load a data set by its name or from a folder."""

from collections.abc import Callable
from inspect import signature
from pathlib import Path
from typing import Any

from brainscan.datasets.dataset import Dataset
from brainscan.datasets.folder import load_folder
from brainscan.datasets.registry import loaders


def load(name_or_path: str | Path, **options: Any) -> Dataset:
    """Load a data set.

    Args:
        name_or_path: a registered name (see `names`), or a folder of image files.
        options: passed to the loader of that name, or to `load_folder`: ``classes``, ``labels``,
            ``masks``.

    Raises:
        FileNotFoundError: a path that is not there.
        ValueError: an unknown name, an option that its loader does not take; or the folder's
            content is not as `load_folder` says.
        TypeError: neither a name nor a path.

    Examples:
        >>> load("scans", classes=("healthy", "glioma"))  # doctest: +SKIP
        Dataset('scans': 120 images, 60 healthy, 60 glioma, 118 groups)
    """
    if not isinstance(name_or_path, str | Path):
        raise TypeError(
            "a dataset must be a registered name or the path of a folder; "
            f"got {type(name_or_path).__name__}."
        )
    if isinstance(name_or_path, Path) or _means_folder(name_or_path):
        return load_folder(name_or_path, **options)
    try:
        loader = loaders[name_or_path]
    except ValueError as error:
        raise ValueError(f"{error} A folder of images would do; none has that name.") from None
    _check_options(name_or_path, loader, options)
    return loader(**options)


def _check_options(name: str, loader: Callable[..., Dataset], options: dict[str, Any]) -> None:
    try:
        signature(loader).bind(**options)
    except TypeError as error:
        known = ", ".join(signature(loader).parameters)
        raise ValueError(f"load({name!r}) takes the options {known}; {error}.") from None


def _means_folder(name: str) -> bool:
    """Tell a path from a name: it has a separator, or is no registered name and exists."""
    if "/" in name or "\\" in name:
        return True
    return bool(name) and name not in loaders and Path(name).expanduser().exists()
