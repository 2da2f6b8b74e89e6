"""Random crop, resized back to the size of the image: an affine part like the others."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array

from brainscan.augment.affine import scaling
from brainscan.augment.checks import check_range
from brainscan.augment.registry import parts
from brainscan.augment.sample import Matrix, Size


@parts.register("random_crop")
@dataclass(frozen=True)
class RandomCrop:
    """Cut out a window somewhere in the image and enlarge it to the image's size.

    The window has the shape of the image, a size drawn from ``fraction`` to 1 of its height and
    width, and lies with equal chance anywhere inside of it.

    Args:
        fraction: the smallest share of height and width that is kept, above 0, at most 1.

    Raises:
        ValueError: the fraction is outside of that range.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from brainscan.augment import Compose, RandomCrop
        >>> Compose((RandomCrop(0.8),))(jax.random.key(0), jnp.ones((150, 150, 1))).shape
        (150, 150, 1)
    """

    fraction: float = 0.9

    def __post_init__(self) -> None:
        check_range("fraction", self.fraction, 0, 1)
        if self.fraction == 0:
            raise ValueError("fraction must be above 0, or nothing is left; got 0.")

    def matrix(self, key: Array, size: Size) -> Matrix:
        """Draw a window, and return what enlarges it."""
        size_key, place_key = jax.random.split(key)
        kept = jax.random.uniform(size_key, (), jnp.float32, self.fraction, 1.0)
        room = (1.0 - kept) / 2 * jnp.array(size, jnp.float32)
        centre = jax.random.uniform(place_key, (2,), jnp.float32, -1.0, 1.0) * room
        return scaling(jnp.full(2, 1.0 / kept)).at[:2, 2].set(-centre / kept)
