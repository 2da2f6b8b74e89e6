"""Tone curve: what is bright in one weighting is grey or dark in another."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from brainscan.augment.checks import check_range
from brainscan.augment.registry import parts

_KNOTS = (51.0, 102.0, 153.0, 204.0, 255.0)


@parts.register("tone_curve")
@dataclass(frozen=True)
class ToneCurve:
    """Put every grey level somewhere else: a random curve through black, straight between knots.

    T1, T2 and FLAIR images of one head are, roughly, one another's tones exchanged. The curve goes
    through 0 and five more levels, 51 to 255, each moved up or down by its own draw; it need not
    rise, so it can turn bright into dark. A network that sees many curves goes by form and texture
    more than by brightness. The background, 0, stays.

    Args:
        levels: the largest move of a knot to either side, in grey levels of 0 to 255; what leaves 0
            to 255 is cut.
        p: the probability that an image gets a curve, 0 to 1.

    Raises:
        ValueError: a setting is out of range.

    References:
        Z. Zhou et al., "Models Genesis", Medical Image Analysis 67 (2021),
        doi:10.1016/j.media.2020.101840, whose non-linear transformation this is in spirit.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from brainscan.augment import ToneCurve
        >>> black = jnp.zeros((2, 2, 3))
        >>> float(ToneCurve(100)(jax.random.key(0), black).max())
        0.0
    """

    levels: float = 100.0
    p: float = 0.5

    def __post_init__(self) -> None:
        check_range("levels", self.levels, 0, 255)
        check_range("p", self.p, 0, 1)

    def __call__(self, key: Array, image: Float[Array, "h w c"]) -> Float[Array, "h w c"]:
        """Change the tones of one image."""
        draw, choose = jax.random.split(key)
        moves = jax.random.uniform(draw, (len(_KNOTS),), jnp.float32, -self.levels, self.levels)
        moves = jnp.where(jax.random.bernoulli(choose, float(self.p)), moves, 0.0)
        heights = jnp.clip(jnp.array(_KNOTS) + moves, 0.0, 255.0)
        # A sum of bends, one a knot: on a CPU it fuses into one pass, which a search does not.
        places = jnp.array((0.0, *_KNOTS[:-1]))
        slopes = jnp.diff(heights, prepend=0.0) / jnp.diff(jnp.array(_KNOTS), prepend=0.0)
        bends = jnp.diff(slopes, prepend=0.0)
        curve = sum(
            bends[knot] * jnp.maximum(image - places[knot], 0.0) for knot in range(len(_KNOTS))
        )
        return jnp.clip(jnp.asarray(curve), 0.0, 255.0)
