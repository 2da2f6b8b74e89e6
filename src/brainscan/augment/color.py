"""Colour shift: a part that changes values, not places."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from brainscan.augment.checks import check_range
from brainscan.augment.registry import parts


@parts.register("color_shift")
@dataclass(frozen=True)
class ColorShift:
    """Add to each channel its own constant; what leaves 0 to 255 is cut.

    A gray slice stored as three equal channels gets a slight tint, with one channel it becomes
    brighter or darker.

    Args:
        levels: the largest constant to either side, in gray levels of 0 to 255.

    Raises:
        ValueError: the levels are outside of 0 to 255.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from brainscan.augment import ColorShift
        >>> tinted = ColorShift(levels=10)(jax.random.key(0), jnp.full((2, 2, 3), 100.0))
        >>> bool((abs(tinted - 100) <= 10).all())
        True
    """

    levels: float = 10.0

    def __post_init__(self) -> None:
        check_range("levels", self.levels, 0, 255)

    def __call__(self, key: Array, image: Float[Array, "h w c"]) -> Float[Array, "h w c"]:
        """Shift the channels of one image."""
        shift = jax.random.uniform(key, image.shape[2:], jnp.float32, -self.levels, self.levels)
        return jnp.clip(image + shift, 0.0, 255.0)
