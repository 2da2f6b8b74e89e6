"""Import what an optional extra brings, or say which extra that is."""

from importlib import import_module
from types import ModuleType


def require(module: str, extra: str) -> ModuleType:
    """Import ``module``.

    Raises:
        ImportError: it is not installed; the message gives the command that installs it.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = (error.name or module).partition(".")[0]
        raise ImportError(
            f"{package} is needed here and is not installed. "
            f"Install it with: pip install 'brainscan[{extra}]'"
        ) from error
