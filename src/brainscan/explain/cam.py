"""What the class activation maps share: maps inside the network, and their gradients."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from brainscan.explain.batches import in_batches
from brainscan.explain.feature_maps import FeatureMap, find_map
from brainscan.explain.method import Method
from brainscan.explain.network import Network

Weigh = Callable[[Any, Any], Any]
"""Of a map and its gradient, each ``(n, rows, columns, features)``, to ``(n, rows, columns)``."""


def check_maps(network: Network, title: str) -> list[FeatureMap]:
    """Return the feature maps of a network.

    Args:
        network: the classifier.
        title: the method's, as the subject of the error's sentence.

    Raises:
        ValueError: it has none that can be seen.
    """
    if not network.maps:
        raise ValueError(
            f"{title} needs convolutional features, maps (n, rows, columns, features) inside the "
            f"network; {network.model.name} shows none. Use method='integrated_gradients' or "
            "'occlusion', which look at images and scores alone."
        )
    return network.maps


def map_at(network: Network, title: str, layer: str | None) -> FeatureMap:
    """Return the map of a layer; the last that the head stands on if None."""
    maps = check_maps(network, title)
    return maps[-1] if layer is None else find_map(maps, layer)


def weighted_maps(
    method: Method,
    network: Network,
    maps: Sequence[FeatureMap],
    weigh: Weigh,
    images: NDArray[np.float32],
    target: int,
    fuse: Callable[[list[Any]], Any] = lambda found: found[0],
) -> NDArray[np.float32]:
    """Return ``(n, height, width)`` maps weighed by their gradients, at the images' size.

    Args:
        method: the key under which the compiled function is kept.
        network: the classifier.
        maps: which maps to look at.
        weigh: makes one map of the features of each; what speaks against the class is cut off.
        images: ``(n, height, width, channels)``.
        target: the class.
        fuse: makes one of several, each at the images' size.
    """

    def make() -> Callable[..., Any]:
        look = _maps_and_gradients(network, maps)

        def explain(values: list[Any], batch: Any, target: Any) -> Any:
            size = batch.shape[:3]
            found = [
                jax.image.resize(jax.nn.relu(weigh(seen, gradient)), size, "linear")
                for seen, gradient in look(values, batch, target)
            ]
            return fuse(found)

        return explain

    explain, values = network.compiled(method, make), network.values
    return in_batches(lambda batch: explain(values, batch, target), images)


def _maps_and_gradients(network: Network, maps: Sequence[FeatureMap]) -> Callable[..., Any]:
    """Return a function to the maps and the gradients of the logit with respect to them.

    Zeros are added to each map where it arises: the gradient with respect to them is that with
    respect to the map, by whatever ways it goes on to the score.
    """
    keys = [id(seen.tensor) for seen in maps]

    def look(values: list[Any], images: Any, target: Any) -> list[tuple[Any, Any]]:
        def logit(added: dict[int, Any]) -> tuple[Any, dict[int, Any]]:
            found: dict[int, Any] = {}

            def change(tensor: Any, value: Any) -> Any:
                if id(tensor) not in added:
                    return value
                if id(tensor) in found:
                    raise ValueError(
                        f"model must run its backbone once an image; {network.model.name} runs it "
                        "more often. Average whole classifiers with brainscan.models.ensemble."
                    )
                found[id(tensor)] = value.astype(jnp.float32)
                return value + added[id(tensor)].astype(value.dtype)

            total = network.logit(values, images, target, change).sum()
            return total, found

        n = len(images)
        zeros = {
            key: jnp.zeros((n, *seen.tensor.shape[1:]))
            for key, seen in zip(keys, maps, strict=True)
        }
        gradients, found = jax.grad(logit, has_aux=True)(zeros)
        return [(found[key], gradients[key]) for key in keys]

    return look
