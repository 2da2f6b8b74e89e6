"""Read the ``.weights.h5`` files of today's Keras into a model, or say where they don't fit."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import h5py
import keras

from brainscan.models.misfit import Row, difference

Rows = dict[str, Row]
"""What an array is called and its shape, by its place in the file."""


def load_weights_h5(part: keras.Model, path: Path) -> None:
    """Fill a model; Keras alone would pass over arrays that have no place in it.

    Args:
        part: changed in place.
        path: what ``save_weights`` wrote.

    Raises:
        ValueError: the file does not fit; the message shows where.
    """
    there = _rows(path)
    if len(there) != len(part.weights):
        raise ValueError(_difference(there, part))
    try:
        part.load_weights(path)
    except Exception as error:  # Keras raises, or warns, where a place is missing
        raise ValueError(f"{_difference(there, part)}. Keras: {error}") from error


def _rows(path: Path) -> Rows:
    rows: Rows = {}

    def visit(place: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and not place.startswith("optimizer/"):
            rows[place] = (str(item.parent.attrs.get("name", place)), tuple(item.shape))

    with h5py.File(path) as file:
        file.visititems(visit)
    return rows


def _difference(there: Rows, part: keras.Model) -> str:
    """Compare with a file of the model itself, in the order of its layers."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "own.weights.h5"
        part.save_weights(path)
        here = _rows(path)
    layers = [variable.path.split("/") for variable in part.weights]

    def depth(place: str) -> int:
        name = here[place][0]
        return next((at for at, path in enumerate(layers) if name in path), len(layers))

    for place in [*sorted(here, key=depth), *there]:
        one, other = there.get(place), here.get(place)
        if one is None or other is None or one[1] != other[1]:
            return difference(there, here, one, other)
    return difference(there, here)
