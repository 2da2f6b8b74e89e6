"""The feature maps inside a network, by layer and by resolution."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import keras

from brainscan.explain.graph import nodes, shows_layers

_PADDING = (keras.layers.InputLayer, keras.layers.ZeroPadding2D, keras.layers.Cropping2D)


@dataclass(frozen=True, eq=False)
class FeatureMap:
    """A tensor ``(n, rows, columns, features)`` inside a network.

    Args:
        tensor: its place in the graph.
        layer: the name of the layer that gives it.
    """

    tensor: Any
    layer: str

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return int(self.tensor.shape[1])


def feature_maps(model: keras.Model) -> list[FeatureMap]:
    """Return the maps of a classifier in the order of its layers; the last is what its head sees.

    The last is the output of the model inside it, or, where there is none, the last map with more
    than one pixel. A model inside that does not show its layers gives its output only.
    """
    if not shows_layers(model):
        return []
    found = list(_maps(model))
    ends = [place for place, (feature_map, inner) in enumerate(found) if inner]
    if not ends:
        ends = [place for place, (seen, _) in enumerate(found) if seen.rows > 1]
    return [feature_map for feature_map, _ in found[: ends[-1] + 1]] if ends else []


def last_of_each_resolution(model: keras.Model, maps: list[FeatureMap]) -> list[FeatureMap]:
    """Return the last map of each resolution, fine to coarse; see `brainscan.models.stages`."""
    input_shape: Any = model.inputs[0].shape
    coarsest = round(math.log2(input_shape[1] / maps[-1].rows))
    last = {round(math.log2(input_shape[1] / seen.rows)): seen for seen in maps}
    return [*(last[level] for level in sorted(last) if 0 < level < coarsest), maps[-1]]


def find_map(maps: list[FeatureMap], layer: str) -> FeatureMap:
    """Return the map that a layer gives.

    Raises:
        ValueError: no layer of this name gives a map.
    """
    for seen in reversed(maps):
        if seen.layer == layer:
            return seen
    names = [seen.layer for seen in maps]
    near = get_close_matches(layer, names, n=3, cutoff=0.4) or names[-3:]
    raise ValueError(
        f"layer must name a layer that gives a feature map (n, rows, columns, features); "
        f"got {layer!r}. Did you mean {' or '.join(map(repr, near))}?"
    )


def _maps(model: Any) -> Iterator[tuple[FeatureMap, bool]]:
    """Yield the maps in order, each with whether it is what a model inside gives."""
    for node in nodes(model):
        inner = isinstance(node.operation, keras.Model)
        if shows_layers(node.operation):
            # The tensors of its own graph, which `run` meets before those of this one.
            yield from ((seen, False) for seen, _ in _maps(node.operation))
        for tensor in node.outputs:
            shape = tensor.shape
            padding = isinstance(node.operation, _PADDING)
            if len(shape) == 4 and all(shape[1:]) and not padding:
                yield FeatureMap(tensor, node.operation.name), inner
