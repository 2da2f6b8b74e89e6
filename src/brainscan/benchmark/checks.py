"""Argument checks that every run shares."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from brainscan import features, models
from brainscan._core.checks import check_seed
from brainscan.datasets import Dataset
from brainscan.train import Recipe


def check_run(
    data: Any, names: Any, known: Callable[[str], object], recipe: Any, seed: Any
) -> None:
    """Raise unless a run can be tried with these arguments.

    Args:
        data: the images.
        names: of the models.
        known: raises ValueError for a name of no model.
        recipe: how networks are trained.
        seed: of everything random.

    Raises:
        TypeError: ``data`` is no Dataset, ``recipe`` no Recipe, or ``names`` a lone name.
        ValueError: a name is unknown or there twice, one of the recipe's too, there is none, or the
            seed is out of range.
        FileNotFoundError: the recipe's weights are no file or folder that is there.
    """
    if not isinstance(data, Dataset):
        raise TypeError(
            f"data must be a Dataset; got {type(data).__name__}. Load it: brainscan.datasets.load."
        )
    _check_names(names, known)
    _check_recipe(recipe)
    check_seed(seed)


def _check_names(names: Sequence[str], known: Callable[[str], object]) -> None:
    if isinstance(names, str):
        given = [name.strip() for name in names.split(",")]
        raise TypeError(f"models must be a sequence of names; got {names!r}. Give {given}.")
    if not names:
        raise ValueError("models must name at least one; got none. See brainscan.models.names.")
    for name in names:
        known(name)
    if len(set(names)) < len(names):
        raise ValueError(f"models must be named once each; got {list(names)}.")


def _check_recipe(recipe: Any) -> None:
    if not isinstance(recipe, Recipe):
        raise TypeError(
            f"recipe must be a Recipe; got {recipe!r}. Take one of brainscan.train, such as PAPER, "
            "or presets['quick'].recipe."
        )
    models.heads[recipe.head]
    models.decoders[recipe.decoder]
    if recipe.scaling != "backbone":
        models.scalings[recipe.scaling]
    for name in recipe.stacked:
        features.classifiers[name]
    weights = recipe.weights
    if weights not in (None, "imagenet") and not Path(weights).exists():
        raise FileNotFoundError(
            f"weights must be 'imagenet', None, or a file or folder that is there; got {weights!r}."
        )
