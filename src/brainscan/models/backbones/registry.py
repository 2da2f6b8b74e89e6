"""The record of a backbone's facts, and the registry it is looked up in."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass

import keras

from brainscan._core.registry import Registry
from brainscan.models.scaling import scalings

_TAKEN = (
    "image",
    "scaling",
    "flatten",
    "dense",
    "dropout",
    "pool",
    "score",
    "logit",
    "resize",
    "mask",
)

Make = Callable[[tuple[int, int, int], str | None], keras.Model]


@dataclass(frozen=True)
class Backbone:
    """A network without its top, and what a user must know of it.

    Args:
        name: the name it is built by.
        make: a function ``(input_shape, weights) -> keras.Model`` from scaled images
            ``(n, height, width, channels)`` to a feature map ``(n, rows, columns, features)``.
            ``weights`` is ``"imagenet"`` or None.
        scaling: the name of the input scaling it was trained with, see `brainscan.models.scalings`.
        minimum_size: the smallest height and width it takes, in pixels.
        citation: the paper, with its DOI or arXiv number.
        licence: the licence of the code and of the weights that ``"imagenet"`` brings.
        parameters: how many numbers training changes, without a head, where that is known.
        file: the name under which its maker keeps the ImageNet weights, where there is one; see
            ``build`` on folders of weights.
    """

    name: str
    make: Make
    scaling: str = "unit"
    minimum_size: int = 32
    citation: str = ""
    licence: str = "unknown"
    parameters: int | None = None
    file: str | None = None


backbones: Registry[Backbone] = Registry(
    "model", group="brainscan.backbones", listing="brainscan.models.names()"
)


def register(
    name: str,
    *,
    scaling: str = "unit",
    minimum_size: int = 32,
    citation: str = "",
    licence: str = "unknown",
    parameters: int | None = None,
) -> Callable[[Make], Make]:
    """Return a decorator that makes a function's network available to ``build`` by name.

    Args:
        name: a name that is not taken yet.
        scaling: the input scaling of the network, one of `brainscan.models.scalings`.
        minimum_size: the smallest height and width it takes, in pixels.
        citation: the paper, with its DOI.
        licence: the licence of code and weights.
        parameters: how many numbers training changes, without a head.

    A cell of a notebook, or a script, that is run again registers its function anew.

    Raises:
        ValueError: the name is taken, or has other signs than letters, digits, ``_``, ``-`` and
            ``.``; there is no such scaling; or the size is none.
        TypeError: what is decorated is no function of two arguments.

    Examples:
        >>> import brainscan as bs
        >>> import keras
        >>> @bs.models.register("one_convolution", scaling="unit", minimum_size=8)
        ... def one_convolution(input_shape, weights):
        ...     image = keras.Input(input_shape)
        ...     features = keras.layers.Conv2D(8, 3, strides=2, activation="relu")(image)
        ...     return keras.Model(image, features)
        >>> model = bs.models.build("one_convolution", (32, 32, 3), weights=None)
    """
    if not isinstance(name, str):
        raise TypeError(f'name must be a text; got {name!r}. Write @register("its_name").')
    if not re.fullmatch(r"\w[\w.-]*", name) or name in _TAKEN:
        raise ValueError(
            "name must be of letters, digits, '_', '-' and '.', and none of the layers around a "
            f"backbone ({', '.join(_TAKEN)}); got {name!r}."
        )
    scalings[scaling]
    whole = isinstance(minimum_size, int) and not isinstance(minimum_size, bool)
    if not whole or minimum_size < 1:
        raise ValueError(f"minimum_size must be pixels, 1 or more; got {minimum_size!r}.")

    def decorate(make: Make) -> Make:
        if isinstance(make, keras.Model):
            raise TypeError(
                f"{name!r} must be a function (input_shape, weights) -> keras.Model; got the model "
                f"{make!r}. brainscan.models.register_model takes one."
            )
        try:
            inspect.signature(make).bind((minimum_size, minimum_size, 3), None)
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"{name!r} must be a function (input_shape, weights) -> keras.Model; "
                f"got {make!r}: {error}."
            ) from error
        facts = (scaling, minimum_size, citation, licence, parameters)
        backbones.add(name, Backbone(name, make, *facts))
        return make

    return decorate


def names() -> list[str]:
    """Return the names that ``build`` knows, sorted."""
    return backbones.names()


def info(name: str) -> Backbone:
    """Return the facts of a backbone.

    Raises:
        ValueError: no model has this name; the message offers the nearest.
    """
    return backbones[name]


def check_colour(input_shape: tuple[int, int, int]) -> None:
    """Raise ValueError unless images have the channels of ImageNet's."""
    if input_shape[2] != 3:
        raise ValueError(
            f"weights='imagenet' are for images of 3 channels; got {input_shape[2]}. Make grey "
            "images so with brainscan.preprocess.ToRGB, or give weights=None."
        )
