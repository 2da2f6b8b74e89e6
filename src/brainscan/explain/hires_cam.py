"""HiResCAM: the last maps times their gradients, place by place."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainscan.explain.cam import map_at, weighted_maps
from brainscan.explain.method import methods
from brainscan.explain.network import Network


@methods.register("hires_cam")
@dataclass(frozen=True)
class HiResCAM:
    """HiResCAM: each place of a map counts by its own gradient, which is not averaged.

    For a head that is linear in the map, what it shows adds up to the logit, but for the bias. On
    a head of global average pooling it is Grad-CAM.

    Args:
        layer: the name of the layer whose map is looked at; None for the last one before the head.

    References:
        Draelos and Carin, "Use HiResCAM instead of Grad-CAM for faithful explanations of
        convolutional neural networks", https://arxiv.org/abs/2011.08891.
    """

    layer: str | None = None

    def attribute(
        self, network: Network, images: NDArray[np.float32], target: int
    ) -> NDArray[np.float32]:
        """Return ``(n, height, width)``, see `brainscan.explain.Method`."""
        maps = [map_at(network, "HiResCAM", self.layer)]
        return weighted_maps(self, network, maps, _weigh, images, target)


def _weigh(seen: Any, gradient: Any) -> Any:
    return (seen * gradient).sum(axis=-1)
