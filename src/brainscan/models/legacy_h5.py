"""Read the ``.h5`` files of older Keras, such as those of ``keras.applications``, into a model."""

from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
from numpy.typing import NDArray

from brainscan.models.misfit import check_fit

Arrays = list[tuple[str, NDArray[Any]]]


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
        variable
        for layer in model.layers
        for variable in layer.trainable_weights + layer.non_trainable_weights
    ]
    check_fit(
        [(name, array.shape) for name, array in stored],
        [(variable.path, tuple(variable.shape)) for variable in wanted],
    )
    for (_, array), variable in zip(stored, wanted, strict=True):
        variable.assign(array)


def _stored(path: Path) -> Arrays:
    """Return the arrays in the order of their layers, each with its name."""
    with h5py.File(path) as file:
        group: Any = file.get("model_weights", file)
        names = _names(group, "layer_names")
        if not names:
            raise ValueError(
                "no layer names in the file, so it is none of older Keras; one of today's ends in "
                ".weights.h5"
            )
        layers = [
            [(_call(name, part), np.asarray(group[name][part])) for part in parts]
            for name in names
            if (parts := _names(group[name], "weight_names"))
        ]
    # EfficientNet's files begin with how it scales its input, which `build` does for each backbone.
    if layers and layers[0][0][0].startswith("normalization"):
        del layers[0]
    return [array for layer in layers for array in layer]


def _call(layer: str, part: str) -> str:
    return part if part.startswith(layer) else f"{layer}: {part}"


def _names(group: Any, attribute: str) -> list[str]:
    """Return a list of names; a long one is stored in numbered parts."""
    parts = [attribute] if attribute in group.attrs else []
    while f"{attribute}{len(parts)}" in group.attrs:
        parts.append(f"{attribute}{len(parts)}")
    names = [name for part in parts for name in group.attrs[part]]
    return [name.decode() if isinstance(name, bytes) else str(name) for name in names]
