"""Gamma and brightness: what differs from scanner to scanner, and from window to window."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from brainscan.augment.checks import check_range
from brainscan.augment.registry import parts


@parts.register("gamma")
@dataclass(frozen=True)
class Gamma:
    """Raise the values, taken as shares of 255, to a random power: black and white stay.

    Args:
        log_gamma: the largest logarithm of the power to either side; 0.3 draws powers from 0.74 to
            1.35, as `torchio.RandomGamma` does by default.

    Raises:
        ValueError: it is outside of 0 to 2.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from brainscan.augment import Gamma
        >>> gray = jnp.full((2, 2, 3), 100.0)
        >>> 71 < float(Gamma(0.3)(jax.random.key(0), gray).mean()) < 128
        True
    """

    log_gamma: float = 0.3

    def __post_init__(self) -> None:
        check_range("log_gamma", self.log_gamma, 0, 2)

    def __call__(self, key: Array, image: Float[Array, "h w c"]) -> Float[Array, "h w c"]:
        """Change the contrast of one image."""
        limit = self.log_gamma
        power = jnp.exp(jax.random.uniform(key, (), jnp.float32, -limit, limit))
        return 255 * (image / 255) ** power


@parts.register("brightness")
@dataclass(frozen=True)
class Brightness:
    """Multiply all values by one random factor; what leaves 255 is cut.

    Args:
        fraction: the largest change to either side, as a share.

    Raises:
        ValueError: it is outside of 0 to below 1.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from brainscan.augment import Brightness
        >>> gray = jnp.full((2, 2, 3), 100.0)
        >>> 80 <= float(Brightness(0.2)(jax.random.key(0), gray).mean()) <= 120
        True
    """

    fraction: float = 0.2

    def __post_init__(self) -> None:
        check_range("fraction", self.fraction, 0, 1, below=True)

    def __call__(self, key: Array, image: Float[Array, "h w c"]) -> Float[Array, "h w c"]:
        """Change the brightness of one image."""
        factor = 1 + jax.random.uniform(key, (), jnp.float32, -self.fraction, self.fraction)
        return jnp.clip(factor * image, 0.0, 255.0)
