"""Mix pairs of training images: mixup and CutMix."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int


def mix(
    key: Array, images: Float[Array, "n h w c"], mixup: float, cutmix: float
) -> tuple[Float[Array, "n h w c"], Int[Array, " n"], Float[Array, ""]]:
    """Mix every image of a batch with another; one share serves the batch.

    Args:
        key: a JAX random key.
        images: float32.
        mixup: the parameter of the symmetric beta distribution that the share is drawn from, 0 for
            none: the images are blended (Zhang et al., https://arxiv.org/abs/1710.09412).
        cutmix: the same, for a box of the other image put in place of this one's (Yun et al.,
            doi:10.1109/ICCV.2019.00612). With both above 0 a batch gets one of them, at even odds.

    Returns:
        The mixed images, the index of each one's partner, and the share of the loss that goes to
        the image's own label.
    """
    choose, draw, order, place = jax.random.split(key, 4)
    partner = jax.random.permutation(order, len(images))
    others = images[partner]
    if mixup and cutmix:
        blend: Any = jax.random.bernoulli(choose)
        alpha: Any = jnp.where(blend, mixup, cutmix)
    else:
        blend, alpha = bool(mixup), mixup or cutmix
    share = jax.random.beta(draw, alpha, alpha)
    box = _box(place, images.shape[1], images.shape[2], 1 - share)
    cut = jnp.where(box[None, :, :, None], others, images)
    blended = share * images + (1 - share) * others
    return (
        jnp.where(blend, blended, cut),
        partner,
        jnp.where(blend, share, 1 - box.mean()).astype(jnp.float32),
    )


def _box(key: Array, height: int, width: int, area: Array) -> Array:
    """Return a mask of a box with that share of the area, less what lies outside the image."""
    sides = jnp.sqrt(area) * jnp.array([height, width])
    middle = jax.random.uniform(key, (2,)) * jnp.array([height, width])
    rows, columns = jnp.arange(height) + 0.5, jnp.arange(width) + 0.5
    down = jnp.abs(rows - middle[0]) < sides[0] / 2
    across = jnp.abs(columns - middle[1]) < sides[1] / 2
    return down[:, None] & across[None, :]
