"""Layer-CAM: maps of several resolutions, each place weighted by its own positive gradient."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from brainscan.explain.cam import check_maps, weighted_maps
from brainscan.explain.feature_maps import last_of_each_resolution
from brainscan.explain.method import methods
from brainscan.explain.network import Network

_GAIN = 2.0  # of the fine maps, the paper's gamma


@methods.register("layer_cam")
@dataclass(frozen=True)
class LayerCAM:
    """Layer-CAM: coarse maps say what, fine ones where; the larger of both is kept.

    Args:
        stages: how many resolutions are fused, from the coarsest; None for all. 1 is the last map
            alone.

    Raises:
        ValueError: ``stages`` is no positive whole number.

    References:
        Jiang et al., "LayerCAM: Exploring Hierarchical Class Activation Maps for Localization",
        IEEE TIP 2021, doi:10.1109/TIP.2021.3089943.
    """

    stages: int | None = 3

    def __post_init__(self) -> None:
        stages: Any = self.stages
        whole = isinstance(stages, int) and not isinstance(stages, bool)
        if stages is not None and not (whole and stages >= 1):
            raise ValueError(f"stages must be a positive whole number or None; got {stages!r}.")

    def attribute(
        self, network: Network, images: NDArray[np.float32], target: int
    ) -> NDArray[np.float32]:
        """Return ``(n, height, width)``, see `brainscan.explain.Method`."""
        maps = last_of_each_resolution(network.model, check_maps(network, "Layer-CAM"))
        maps = maps if self.stages is None else maps[-self.stages :]
        return weighted_maps(self, network, maps, _weigh, images, target, _fuse)


def _weigh(seen: Any, gradient: Any) -> Any:
    return (jax.nn.relu(gradient) * seen).sum(axis=-1)


def _fuse(found: list[Any]) -> Any:
    """Return the larger of the maps, each scaled to its largest value; one alone as it is.

    Fine maps are spread towards 1 first, for they are faint but for a few peaks. The whole has the
    height of the coarsest map.
    """
    if len(found) == 1:
        return found[0]
    height = found[-1].max(axis=(1, 2), keepdims=True)
    scaled = [_scaled(each) for each in found]
    fine = [jnp.tanh(_GAIN * each) for each in scaled[:-1]]
    return height * jnp.stack([*fine, scaled[-1]]).max(axis=0)


def _scaled(found: Any) -> Any:
    top = found.max(axis=(1, 2), keepdims=True)
    return jnp.where(top > 0, found / jnp.where(top > 0, top, 1), 0)
