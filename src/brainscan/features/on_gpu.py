"""The counts behind the texture features on a GPU, of many images of one size at a time.

They are those of `kernels.py`, to the last one. Nothing here is imported where there is no GPU.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Float64, Int64, UInt8

from brainscan.features.kernels import LEVELS


def available() -> bool:
    """Return whether JAX runs on a GPU."""
    return jax.default_backend() == "gpu"


def count_pairs(
    grays: UInt8[np.ndarray, "n h w"], offsets: tuple[tuple[int, int], ...]
) -> tuple[Int64[np.ndarray, "n offsets levels"], Int64[np.ndarray, "n offsets sums"]]:
    """Count the pairs of pixels that lie so many rows and columns apart, see `kernels.count_pairs`.

    Returns:
        ``(n, offsets, 256)`` and ``(n, offsets, 3)``.
    """
    with jax.enable_x64(True):
        return jax.device_get(_count_pairs(grays, offsets))


def count_patterns(
    grays: UInt8[np.ndarray, "n h w"],
    downs: Float64[np.ndarray, " points"],
    rights: Float64[np.ndarray, " points"],
    edge: int,
) -> Int64[np.ndarray, "n bins"]:
    """Count the uniform patterns of the points around each pixel, see `kernels.count_patterns`.

    Returns:
        ``(n, points + 2)``.
    """
    height, width = grays.shape[1:]
    corners = edge + np.floor([downs, rights]).astype(np.int64).T
    places = np.arange(height) + downs[:, None], np.arange(width) + rights[:, None]
    shares = [place - np.floor(place) for place in places]
    with jax.enable_x64(True):
        return np.asarray(_count_patterns(grays, corners, *shares, np.uint64(0), edge))


@partial(jax.jit, static_argnums=1)
def _count_pairs(grays: Array, offsets: tuple[tuple[int, int], ...]) -> tuple[Array, Array]:
    counted = [_at_offset(grays, *offset) for offset in offsets]
    steps, sums = zip(*counted, strict=True)
    return jnp.stack(steps, 1), jnp.stack(sums, 1)


def _at_offset(grays: Array, down: int, right: int) -> tuple[Array, Array]:
    height, width = grays.shape[1] - abs(down), grays.shape[2] - abs(right)
    top, left = max(-down, 0), max(-right, 0)
    here = grays[:, top : top + height, left : left + width].astype(jnp.int32)
    top, left = top + down, left + right
    there = grays[:, top : top + height, left : left + width].astype(jnp.int32)
    cells = jnp.minimum(here, there) * LEVELS + jnp.maximum(here, there)
    first = jnp.arange(len(grays))[:, None, None] * LEVELS**2
    pairs = jnp.zeros(len(grays) * LEVELS**2, jnp.int32).at[first + cells].add(1)
    pairs = pairs.reshape(-1, LEVELS, LEVELS)
    # Rows that are one column longer each begin one column later: a column is a step.
    rows = jnp.pad(pairs, ((0, 0), (0, 0), (0, LEVELS))).reshape(len(grays), -1)
    skewed = jnp.pad(rows, ((0, 0), (0, LEVELS))).reshape(len(grays), LEVELS, -1)
    steps = skewed[:, :, :LEVELS].sum(1, dtype=jnp.int64)
    levels = jnp.arange(LEVELS)
    of_levels = pairs.sum(1, dtype=jnp.int64) + pairs.sum(2, dtype=jnp.int64)
    squares = jnp.square(pairs.astype(jnp.int64)).sum((1, 2))
    same = jnp.square(jnp.diagonal(pairs, axis1=1, axis2=2).astype(jnp.int64)).sum(1)
    sums = [of_levels @ levels, of_levels @ levels**2, 2 * (squares + same)]
    return steps, jnp.stack(sums, 1)


@partial(jax.jit, static_argnums=5)
def _count_patterns(
    grays: Array, corners: Array, shares_down: Array, shares_right: Array, zero: Array, edge: int
) -> Array:
    n, height, width = grays.shape
    points = len(corners)
    pixels = grays.astype(jnp.float64)
    padded = jnp.pad(pixels, ((0, 0), (edge, edge + 2), (edge, edge + 2)))

    def rounded(product: Array) -> Array:
        """Keep a product from being added in one step, unrounded: that moves ties."""
        return lax.bitcast_convert_type(
            lax.bitcast_convert_type(product, jnp.uint64) ^ zero, jnp.float64
        )

    def between(first: Array, second: Array, share: Array) -> Array:
        return rounded((1 - share) * first) + rounded(share * second)

    def note(seen: tuple[Array, ...], point: tuple[Array, ...]) -> tuple[tuple[Array, ...], None]:
        was, brighter, changes, first = seen
        corner, down, right = point
        around = lax.dynamic_slice(padded, (0, *corner), (n, height + 1, width + 1))
        lines = between(around[:, :, :-1], around[:, :, 1:], right)
        now = between(lines[:, :-1], lines[:, 1:], down[:, None]) >= pixels
        changes += (now ^ was) & ~first
        return (now, brighter + now, changes, jnp.zeros_like(first)), None

    none = jnp.zeros(grays.shape, jnp.int16)
    start = (jnp.zeros(grays.shape, bool), none, none, jnp.array(True))
    (_, brighter, changes, _), _ = lax.scan(note, start, (corners, shares_down, shares_right))
    patterns = jnp.where(changes <= 2, brighter, points + 1).reshape(n, -1, 1)
    return (patterns == jnp.arange(points + 2, dtype=jnp.int16)).sum(1, dtype=jnp.int64)
