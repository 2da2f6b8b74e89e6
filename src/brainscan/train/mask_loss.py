"""The loss of each mask of a batch."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import keras
from jaxtyping import Array, Float, UInt8

from brainscan.train.recipe import Recipe

Masks = UInt8[Array, "n h w"]
Probabilities = Float[Array, "n h w"]
MaskLoss = Callable[[Any, Any], Any]

_SMOOTH = 1.0  # of a pixel: what makes the Dice of two empty masks 1


def mask_loss(recipe: Recipe) -> MaskLoss:
    """Return ``(masks (n, h, w), probabilities (n, h, w)) -> losses (n,)`` as the recipe says."""
    return _focal if recipe.mask_loss == "focal" else _dice_cross_entropy


def soft_dice(masks: Masks, probabilities: Probabilities) -> Float[Array, " n"]:
    """Return the overlap of each mask with its probabilities, 0 to 1 (doi:10.1109/3DV.2016.79)."""
    both = (masks * probabilities).sum(axis=(1, 2))
    sizes = (masks + probabilities).sum(axis=(1, 2))
    return (2 * both + _SMOOTH) / (sizes + _SMOOTH)


def hard_dice(masks: Masks, probabilities: Probabilities) -> Float[Array, " n"]:
    """Return the Dice coefficient of each mask with what is above one half; 1 if both are empty."""
    found = (probabilities > 0.5).astype(jnp.float32)
    both = (masks * found).sum(axis=(1, 2))
    sizes = (masks + found).sum(axis=(1, 2))
    return jnp.where(sizes > 0, 2 * both / jnp.maximum(sizes, 1), 1.0)


def _dice_cross_entropy(masks: Masks, probabilities: Probabilities) -> Float[Array, " n"]:
    pixels = _of_pixels(keras.losses.binary_crossentropy, masks, probabilities)
    return pixels + 1 - soft_dice(masks, probabilities)


def _focal(masks: Masks, probabilities: Probabilities) -> Float[Array, " n"]:
    return _of_pixels(keras.losses.binary_focal_crossentropy, masks, probabilities)


def _of_pixels(loss: Callable[..., Any], masks: Any, probabilities: Any) -> Any:
    """Return the mean over the pixels of each image."""
    targets = masks.astype(probabilities.dtype)
    return loss(targets[..., None], probabilities[..., None]).mean(axis=(1, 2))
