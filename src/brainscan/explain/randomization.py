"""Whether maps depend on what the network learnt: make its weights random, and look again."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, cast

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from brainscan.explain.graph import nodes, shows_layers
from brainscan.explain.heat_map import attribution
from brainscan.explain.method import Method
from brainscan.explain.parts import parts_of
from brainscan.models.seeding import seeded

_BLOCKS = 6


@dataclass(frozen=True, eq=False)
class Randomization:
    """How much of the maps is left when weights are random.

    Attributes:
        layers: the last layer, counted from the score, of each block that was made random.
        correlations: ``(blocks, n)`` Spearman's rank correlation with the map of the trained
            network; 0 where a map is flat.
    """

    layers: tuple[str, ...]
    correlations: NDArray[np.float64]

    @property
    def means(self) -> NDArray[np.float64]:
        """``(blocks,)`` the mean over the images."""
        return self.correlations.mean(axis=1)


def randomization_check(
    model: keras.Model,
    images: NDArray[Any],
    method: str | Method = "layer_cam",
    target: int = 1,
    order: Literal["cascade", "independent"] = "cascade",
    seed: int = 0,
) -> Randomization:
    """Make a copy's weights random, block by block from the score down, and compare the maps.

    A map that stays as it was does not depend on what those weights learnt: it shows the image's
    edges rather than the network's reasons. The layers are taken in up to six blocks of one size.

    Args:
        model: as for `brainscan.explain.heat_map`; it is left as it is.
        images: as for `brainscan.explain.heat_map`.
        method: as for `brainscan.explain.heat_map`.
        target: the class.
        order: ``"cascade"`` leaves random what was made so; ``"independent"`` makes one block
            random at a time.
        seed: of the random weights, which each layer draws as before training.

    Raises:
        ValueError: as for `brainscan.explain.heat_map`, or the order is unknown.

    References:
        Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018,
        https://arxiv.org/abs/1810.03292.

    Examples:
        >>> import brainscan as bs
        >>> model = bs.models.build("small_cnn", (64, 64, 3), weights=None, head="global_average")
        >>> images = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8)
        >>> bs.explain.randomization_check(model, images, "grad_cam").correlations.shape
        (6, 2)
    """
    if order not in ("cascade", "independent"):
        raise ValueError(f"order must be 'cascade' or 'independent'; got {order!r}.")
    trained = attribution(model, images, method, target)
    with seeded(seed):
        copy = cast("keras.Model", type(model).from_config(model.get_config()))
    random = copy.get_weights()
    learnt = model.get_weights()
    places = {id(variable): place for place, variable in enumerate(copy.weights)}
    blocks = _blocks(copy)
    found: list[NDArray[np.float64]] = []
    changed: set[int] = set()
    for block in blocks:
        own = {places[id(v)] for layer in block for v in layer.weights if id(v) in places}
        changed = changed | own if order == "cascade" else own
        copy.set_weights([(random if i in changed else learnt)[i] for i in range(len(learnt))])
        found.append(_rank_correlation(trained, attribution(copy, images, method, target)))
    return Randomization(tuple(block[-1].name for block in blocks), np.stack(found))


def _blocks(model: keras.Model) -> list[list[Any]]:
    """Return the layers with weights, from the score down; of an ensemble, those of all at once."""
    orders = [list(_layers(part.model))[::-1] for part in parts_of(model) if not part.mirrored]
    count = min(_BLOCKS, *(len(order) for order in orders), _BLOCKS)
    parted = [np.array_split(np.arange(len(order)), count) for order in orders]
    return [
        [order[i] for order, parts in zip(orders, parted, strict=True) for i in parts[block]]
        for block in range(count)
    ]


def _layers(model: Any) -> Iterator[Any]:
    """Yield the layers with weights, in the order of the graph."""
    if not shows_layers(model):
        yield model
        return
    seen: set[int] = set()
    for node in nodes(model):
        layer = node.operation
        if id(layer) in seen or not getattr(layer, "weights", []):
            continue
        seen.add(id(layer))
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
        else:
            yield layer


def _rank_correlation(one: NDArray[Any], other: NDArray[Any]) -> NDArray[np.float64]:
    """Return ``(n,)`` Spearman's correlation of the pixels of each pair."""
    ranks = [rankdata(maps.reshape(len(maps), -1), axis=1) for maps in (one, other)]
    centred = [rank - rank.mean(axis=1, keepdims=True) for rank in ranks]
    products = (centred[0] * centred[1]).sum(axis=1)
    sizes = np.sqrt((centred[0] ** 2).sum(axis=1) * (centred[1] ** 2).sum(axis=1))
    return np.divide(products, sizes, out=np.zeros(len(one)), where=sizes > 0)
