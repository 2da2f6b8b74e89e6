"""Grad-CAM++: as Grad-CAM, with weights that small and several objects share."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from brainscan.explain.cam import map_at, weighted_maps
from brainscan.explain.method import methods
from brainscan.explain.network import Network


@methods.register("grad_cam_plus_plus")
@dataclass(frozen=True)
class GradCAMPlusPlus:
    """Grad-CAM++: only positive gradients count, each place by a share of its own.

    The shares follow from the score's second and third derivatives, which for the exponential of a
    logit that is piecewise linear are powers of the first. The exponential itself, one factor an
    image, is left out, so the map's own unit is not the logit's.

    Args:
        layer: the name of the layer whose map is looked at; None for the last one before the head.

    References:
        Chattopadhay et al., "Grad-CAM++: Generalized Gradient-Based Visual Explanations for Deep
        Convolutional Networks", WACV 2018, doi:10.1109/WACV.2018.00097.
    """

    layer: str | None = None

    def attribute(
        self, network: Network, images: NDArray[np.float32], target: int
    ) -> NDArray[np.float32]:
        """Return ``(n, height, width)``, see `brainscan.explain.Method`."""
        maps = [map_at(network, "Grad-CAM++", self.layer)]
        return weighted_maps(self, network, maps, _weigh, images, target)


def _weigh(seen: Any, gradient: Any) -> Any:
    # g^2 / (2 g^2 + sum(A) g^3), with g^2 cut: nothing overflows, and nothing is divided by zero.
    total = seen.sum(axis=(1, 2), keepdims=True)
    below = 2 + total * gradient
    share = jnp.where(gradient != 0, 1 / jnp.where(below != 0, below, 1), 0)
    weights = (share * jax.nn.relu(gradient)).sum(axis=(1, 2), keepdims=True)
    return (seen * weights).sum(axis=-1)
