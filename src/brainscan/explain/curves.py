"""Whether a map matters to the network: take away, or put in, what it says comes first."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax.numpy as jnp
import keras
import numpy as np
from numpy.typing import NDArray

from brainscan._backend import require_jax
from brainscan.explain.baseline import baselines
from brainscan.explain.batches import in_batches
from brainscan.explain.heat_map import check_images, check_target
from brainscan.explain.network import network_of


@dataclass(frozen=True, eq=False)
class FaithfulnessCurve:
    """The score while pixels go or come, the highest of the map first.

    Attributes:
        shares: ``(k,)`` which share of the pixels was changed, 0 to 1.
        scores: ``(n, k)`` the probability of the class.
    """

    shares: NDArray[np.float64]
    scores: NDArray[np.float32]

    @property
    def auc(self) -> NDArray[np.float64]:
        """``(n,)`` the area under each curve, by trapezoids."""
        scores = self.scores.astype(np.float64)
        return ((scores[:, 1:] + scores[:, :-1]) / 2) @ np.diff(self.shares)


def deletion_curve(
    model: keras.Model,
    images: NDArray[Any],
    maps: NDArray[Any],
    target: int = 1,
    steps: int = 20,
    baseline: str = "blurred",
) -> FaithfulnessCurve:
    """Return the score while the pixels go that the map says matter most: low is faithful.

    Compare it with the curve of random maps, since any change can lower a score.

    Args:
        model: as for `brainscan.explain.heat_map`.
        images: as for `brainscan.explain.heat_map`.
        maps: ``(n, height, width)``. Pixels of one value go in a random order, the same at each
            call.
        target: the class.
        steps: in how many equal steps all pixels go, 1 or more.
        baseline: what shows where pixels went, one of `brainscan.explain.baselines`.

    Raises:
        ValueError: the shapes don't fit, or a setting is out of range.

    References:
        Petsiuk et al., "RISE: Randomized Input Sampling for Explanation of Black-box Models",
        BMVC 2018, https://arxiv.org/abs/1806.07421.

    Examples:
        >>> import brainscan as bs
        >>> model = bs.models.build("small_cnn", (64, 64, 3), weights=None, head="global_average")
        >>> images = np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3), np.uint8)
        >>> maps = bs.explain.heat_map(model, images, "grad_cam")
        >>> bs.explain.deletion_curve(model, images, maps, steps=4).shares.tolist()
        [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    return _curve(model, images, maps, target, steps, baseline, insert=False)


def insertion_curve(
    model: keras.Model,
    images: NDArray[Any],
    maps: NDArray[Any],
    target: int = 1,
    steps: int = 20,
    baseline: str = "blurred",
) -> FaithfulnessCurve:
    """Return the score while pixels come into the baseline, the most important first.

    High is faithful. The arguments are those of `deletion_curve`.

    Args:
        model: as for `deletion_curve`.
        images: as for `deletion_curve`.
        maps: as for `deletion_curve`.
        target: as for `deletion_curve`.
        steps: as for `deletion_curve`.
        baseline: what shows where pixels have not come yet.

    Raises:
        ValueError: as for `deletion_curve`.

    References:
        As for `deletion_curve`.
    """
    return _curve(model, images, maps, target, steps, baseline, insert=True)


def _curve(
    model: keras.Model,
    images: NDArray[Any],
    maps: NDArray[Any],
    target: int,
    steps: int,
    baseline: str,
    insert: bool,
) -> FaithfulnessCurve:
    require_jax("brainscan.explain")
    pixels = check_images(model, images)
    if np.shape(maps) != pixels.shape[:3]:
        raise ValueError(
            f"maps must have shape {pixels.shape[:3]}, one an image of its size; "
            f"got {np.shape(maps)}."
        )
    if not isinstance(steps, int) or steps < 1:
        raise ValueError(f"steps must be a positive whole number; got {steps!r}.")
    network = network_of(model)
    check_target(network, target)
    without = baselines[baseline](pixels)
    first, second = (without, pixels) if insert else (pixels, without)
    ranks = _ranks(np.asarray(maps))

    def mixed(values: Any, target: Any, before: Any, after: Any, rank: Any, share: Any) -> Any:
        changed = (rank < share[:, None, None])[..., None]
        return network.score(values, jnp.where(changed, after, before), target)

    score = partial(network.compiled("mixed", lambda: mixed), network.values, target)
    shares = np.linspace(0, 1, steps + 1)
    columns = [
        in_batches(score, first, second, ranks, np.full(len(pixels), share, np.float32))
        for share in shares
    ]
    return FaithfulnessCurve(shares, np.stack(columns, axis=1))


def _ranks(maps: NDArray[Any]) -> NDArray[np.float32]:
    """Return the place of each pixel from the highest down, 0 to below 1; ties in random order."""
    n, height, width = maps.shape
    flat = maps.reshape(n, -1)
    noise = np.random.default_rng(0).random(flat.shape[1])
    order = np.stack([np.lexsort((noise, -row)) for row in flat])
    ranks = np.empty(flat.shape, np.float32)
    np.put_along_axis(ranks, order, np.arange(flat.shape[1], dtype=np.float32)[None], axis=1)
    ranks /= flat.shape[1]
    return ranks.reshape(n, height, width)
