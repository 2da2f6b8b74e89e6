"""Argument checks of the augmentation: settings, parts, keys, images."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from brainscan.augment.part import AffinePart, ColorPart


def check_range(name: str, value: float, low: float, high: float, below: bool = False) -> None:
    """Raise ValueError unless ``low <= value <= high``, or ``value < high`` where ``below``."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= value <= high or (below and value == high):
        upper = f"below {high:g}" if below else f"at most {high:g}"
        raise ValueError(f"{name} must be a number of at least {low:g} and {upper}; got {value!r}.")


def check_part(part: Any) -> AffinePart | ColorPart:
    """Return ``part``, or raise TypeError where a chain cannot use it."""
    if isinstance(part, type) or isinstance(part, AffinePart) == isinstance(part, ColorPart):
        raise TypeError(
            "each part must either have matrix(key, size) or be called as (key, image); "
            f"got {part!r}. Make an object of a class; unpack a chain: Compose((*warp.parts,))."
        )
    if type(part).__hash__ is None:
        raise TypeError(f"parts must be hashable, as frozen dataclasses are; got {part!r}.")
    return part


def check_key(key: Any) -> Array:
    """Return ``key``, or raise TypeError where it is not one JAX random key."""
    is_array = isinstance(key, jax.Array | np.ndarray)
    if isinstance(key, jax.Array) and key.ndim == 0 and _is_typed(key):
        return key
    if is_array and key.dtype == jnp.uint32 and key.ndim == 1:  # jax.random.PRNGKey's older form
        return jnp.asarray(key)
    shown = f"{key.dtype} of shape {key.shape}" if is_array else repr(key)
    raise TypeError(f"key must be one JAX random key; got {shown}. Make it with jax.random.key(0).")


def _is_typed(key: Array) -> bool:
    return bool(jnp.issubdtype(key.dtype, jax.dtypes.prng_key))


def check_pixels(image: Any) -> Array:
    """Return an image, or a batch, as a JAX array; raise ValueError where it is neither.

    The range of float32 pixels is checked for NumPy arrays only: a look at pixels on the device
    would make the caller wait for it, and inside ``jax.jit`` there are none yet.
    """
    dtype = getattr(image, "dtype", None)
    if dtype not in (np.uint8, np.float32):
        raise ValueError(
            f"image must be uint8 or float32 in 0 to 255; got {dtype or type(image).__name__}. "
            "brainscan.preprocess.ToRange255() makes float32 of others."
        )
    shape = image.shape
    if len(shape) not in (3, 4) or 0 in shape[-3:] or shape[-1] not in (1, 3, 4):
        raise ValueError(
            "image must have shape (height, width, channels) or (n, height, width, channels) with "
            f"1, 3 or 4 channels; got {shape}. Gray ones get their channel with image[..., None]."
        )
    if isinstance(image, np.ndarray) and dtype == np.float32 and image.size:
        low, high = float(image.min()), float(image.max())
        # So that NaN fails as well, and 0 to 1.
        if not (low >= 0 and high <= 255) or 0 <= low < high <= 1:
            raise ValueError(
                f"image must be in 0 to 255; got {low:g} to {high:g}. Augment before the image is "
                "normalised; brainscan.preprocess.ToRange255() stretches others."
            )
    return jnp.asarray(image)


def check_dimensions(name: str, array: Any, shapes: dict[int, str]) -> Array:
    """Return ``array`` as a JAX array, or raise ValueError where its dimensions are no key."""
    array = jnp.asarray(array)
    if array.ndim not in shapes:
        expected = " or ".join(shapes.values())
        raise ValueError(f"{name} must have shape {expected}; got {array.shape}.")
    return array
