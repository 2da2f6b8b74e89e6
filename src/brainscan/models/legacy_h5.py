"""Read the ``.h5`` files of older Keras, such as those of ``keras.applications``, into a model."""

from itertools import zip_longest
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
from numpy.typing import NDArray

Arrays = list[NDArray[Any]]


def load_legacy(model: keras.Model, path: Path) -> None:
    """Fill a model, layer by layer in their order, as older Keras does.

    Names don't count: older Keras numbers them anew in every session.

    Args:
        model: changed in place, once all of it fits.
        path: an HDF5 file of weights, or of a whole model, whose weights alone are taken.

    Raises:
        ValueError: the file is of another kind, or does not fit; the message shows where.
    """
    stored = _stored(path)
    wanted = [
        (layer.name, layer.trainable_weights + layer.non_trainable_weights)
        for layer in model.layers
        if layer.weights
    ]
    for there, here in zip_longest(stored, wanted):
        if there is None or here is None or _shapes(there[1]) != _shapes(here[1]):
            raise ValueError(
                f"{len(stored)} layers with weights in the file, {len(wanted)} expected; the first "
                f"difference: {_show(there)} in the file, {_show(here)} expected"
            )
    for (_, arrays), (_, variables) in zip(stored, wanted, strict=True):
        for array, variable in zip(arrays, variables, strict=True):
            variable.assign(array)


def _stored(path: Path) -> list[tuple[str, Arrays]]:
    with h5py.File(path) as file:
        group: Any = file.get("model_weights", file)
        names = _names(group, "layer_names")
        if not names:
            raise ValueError("no layer names in the file, so it is none of older Keras")
        layers = [
            (name, [np.asarray(group[name][part]) for part in _names(group[name], "weight_names")])
            for name in names
        ]
    layers = [(name, arrays) for name, arrays in layers if arrays]
    # EfficientNet's files begin with how it scales its input, which `build` does for each backbone.
    return layers[1:] if layers and layers[0][0].startswith("normalization") else layers


def _names(group: Any, attribute: str) -> list[str]:
    """Return a list of names; a long one is stored in numbered parts."""
    parts = [attribute] if attribute in group.attrs else []
    while f"{attribute}{len(parts)}" in group.attrs:
        parts.append(f"{attribute}{len(parts)}")
    names = [name for part in parts for name in group.attrs[part]]
    return [name.decode() if isinstance(name, bytes) else str(name) for name in names]


def _shapes(arrays: Any) -> list[tuple[int, ...]]:
    return [tuple(array.shape) for array in arrays]


def _show(layer: tuple[str, Any] | None) -> str:
    return "nothing" if layer is None else f"{layer[0]} {_shapes(layer[1])}"
