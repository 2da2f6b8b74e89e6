"""Bias field: the coil receives one side of the head more strongly than the other."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from brainscan.augment.checks import check_range
from brainscan.augment.registry import parts


@parts.register("bias_field")
@dataclass(frozen=True)
class BiasField:
    """Multiply the image by a smooth random field, the exponential of a quadratic in the place.

    The coordinates go from -1 to 1 along each side; each of the five coefficients (two linear,
    three quadratic) is drawn uniformly. What leaves 255 is cut.

    Args:
        coefficient: the largest coefficient to either side.

    Raises:
        ValueError: it is outside of 0 to 2.

    References:
        K. Van Leemput et al., "Automated model-based bias field correction of MR images of the
        brain", IEEE TMI 18 (1999), doi:10.1109/42.811268

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from brainscan.augment import BiasField
        >>> shaded = BiasField(0.3)(jax.random.key(0), jnp.full((8, 8, 3), 100.0))
        >>> bool(shaded.std() > 1)
        True
    """

    coefficient: float = 0.3

    def __post_init__(self) -> None:
        check_range("coefficient", self.coefficient, 0, 2)

    def __call__(self, key: Array, image: Float[Array, "h w c"]) -> Float[Array, "h w c"]:
        """Shade one image."""
        y = jnp.linspace(-1, 1, image.shape[0])[:, None]
        x = jnp.linspace(-1, 1, image.shape[1])[None, :]
        limit = self.coefficient
        a, b, c, d, e = jax.random.uniform(key, (5,), jnp.float32, -limit, limit)
        field = jnp.exp(a * y + b * x + c * y**2 + d * x * y + e * x**2)
        return jnp.clip(image * field[:, :, None], 0.0, 255.0)
