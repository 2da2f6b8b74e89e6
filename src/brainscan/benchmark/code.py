"""The user's own code that a run depends on: results of other code are not read back."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from brainscan import models
from brainscan._core.code import code_digest, is_own
from brainscan._core.registry import Registry
from brainscan.models.backbones.registry import backbones
from brainscan.models.heads import heads
from brainscan.train import Recipe


def code_digests(names: Sequence[str], recipe: Recipe, others: Registry[Any]) -> dict[str, str]:
    """Return a digest of each thing that brainscan does not define itself, by what it is.

    Args:
        names: of models; of a network that outlines, with or without its decoder.
        recipe: how they are trained.
        others: what is compared beside networks.
    """
    used = dict(_used(names, recipe, others))
    return {what: code_digest(thing) for what, thing in used.items() if not is_own(thing)}


def _used(
    names: Sequence[str], recipe: Recipe, others: Registry[Any]
) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in names:
        backbone, _, decoder = name.partition("+")
        if name in others:
            yield name, others[name]
        elif backbone in backbones:
            yield backbone, backbones[backbone].make
        if decoder in models.decoders:
            yield f"decoder {decoder}", models.decoders[decoder]
    if recipe.augmentation is not None:
        yield "augmentation", recipe.augmentation
        for number, part in enumerate(getattr(recipe.augmentation, "parts", ()), start=1):
            yield f"augmentation, part {number}", part
    for what, registry, name in (
        ("scaling", models.scalings, recipe.scaling),
        ("decoder", models.decoders, recipe.decoder),
    ):
        if name in registry:
            yield f"{what} {name}", registry[name]
    if recipe.head in heads:
        yield f"head {recipe.head}", heads[recipe.head].make
