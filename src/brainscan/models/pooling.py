"""Max pooling of images whose gradient a CPU computes fast."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from brainscan.models.window import Pair, Window, pads, taps


@partial(jax.custom_vjp, nondiff_argnums=(1, 2))
def max_pool(image: Array, size: Pair, window: Window) -> Array:
    """Return the largest value that each window sees.

    XLA expands the gradient of its own to a scatter with indices as large as the image; here it is
    a sum over the taps, each with the outputs whose first maximum it saw.

    Args:
        image: ``(n, height, width, channels)``, floating point.
        size: rows and columns of the window.
        window: how it moves.
    """
    return lax.reduce_window(
        image,
        np.array(-np.inf, image.dtype),
        lax.max,
        (1, *size, 1),
        (1, *window.strides, 1),
        [(0, 0), *pads(image.shape, size, window), (0, 0)],
    )


def _forward(image: Array, size: Pair, window: Window) -> tuple[Array, Array]:
    return max_pool(image, size, window), image


def _backward(size: Pair, window: Window, image: Array, slope: Array) -> tuple[Array]:
    def look(image: Array) -> list[Array]:
        return list(taps(image, size, window, fill=-jnp.inf))

    seen, back = jax.vjp(look, image)
    best, first = seen[0], jnp.zeros(slope.shape, jnp.int8)
    for number, tap in enumerate(seen):
        first = jnp.where(tap > best, jnp.int8(number), first)
        best = jnp.maximum(tap, best)
    shares = [jnp.where(first == number, slope, 0) for number in range(len(seen))]
    return back(shares)


max_pool.defvjp(_forward, _backward)
