"""Grad-CAM: the last maps, weighted by their mean gradients."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainscan.explain.cam import map_at, weighted_maps
from brainscan.explain.method import methods
from brainscan.explain.network import Network


@methods.register("grad_cam")
@dataclass(frozen=True)
class GradCAM:
    """Grad-CAM: each feature of a map counts by the mean of its gradient.

    Args:
        layer: the name of the layer whose map is looked at; None for the last one before the head.

    References:
        Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
        Localization", IJCV 2020, doi:10.1007/s11263-019-01228-7.
    """

    layer: str | None = None

    def attribute(
        self, network: Network, images: NDArray[np.float32], target: int
    ) -> NDArray[np.float32]:
        """Return ``(n, height, width)``, see `brainscan.explain.Method`."""
        maps = [map_at(network, "Grad-CAM", self.layer)]
        return weighted_maps(self, network, maps, _weigh, images, target)


def _weigh(seen: Any, gradient: Any) -> Any:
    return (seen * gradient.mean(axis=(1, 2), keepdims=True)).sum(axis=-1)
