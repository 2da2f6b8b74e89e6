"""Parts by the name under which a model file keeps them."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

from brainscan._core.registry import Registry

Part = TypeVar("Part")

parts: Registry[Any] = Registry("augmentation part")


def register(name: str) -> Callable[[type[Part]], type[Part]]:
    """Return a decorator that lets a model file name the decorated part.

    Raises:
        ValueError: the name is taken.

    Examples:
        >>> from dataclasses import dataclass
        >>> from brainscan import augment
        >>> @augment.register("my_darkening")
        ... @dataclass(frozen=True)
        ... class Darkening:
        ...     factor: float = 0.9
        ...
        ...     def __call__(self, key, image):
        ...         return self.factor * image
        >>> warp = augment.Compose((augment.Rotation(10), Darkening()))
    """
    return parts.register(name)


def to_config(part: Any) -> dict[str, Any]:
    """Return a part as plain values: its name and its settings.

    Raises:
        ValueError: the part's class has no name.
    """
    for name in parts:
        if parts[name] is type(part):
            return {"part": name, **asdict(part)}
    raise ValueError(
        f"a part that is saved must be registered; got {part!r}. "
        "Decorate its class with brainscan.augment.register(name)."
    )


def from_config(config: dict[str, Any]) -> Any:
    """Make the part that `to_config` described.

    Raises:
        ValueError: no part has this name, or it refuses the settings.
    """
    settings = dict(config)
    part = parts[str(settings.pop("part", None))]
    try:
        return part(**settings)
    except TypeError as error:
        raise ValueError(f"{part.__name__} must get its own settings; got {settings}.") from error
