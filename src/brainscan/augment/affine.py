"""Rotation, shift, shear, zoom and flip: parts that draw one affine matrix each.

Positive angles turn anticlockwise as the image is seen. See `brainscan.augment.sample` for what a
matrix means.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from brainscan.augment.checks import check_range
from brainscan.augment.registry import parts
from brainscan.augment.sample import Matrix, Size


@parts.register("rotation")
@dataclass(frozen=True)
class Rotation:
    """Turn about the centre, by an angle drawn from within ``angle_deg`` to either side.

    Args:
        angle_deg: the largest angle, 0 to 180 degrees; `rotation_range` of Keras's
            `ImageDataGenerator`.

    Raises:
        ValueError: the angle is outside of that range.

    Examples:
        >>> import jax
        >>> from brainscan.augment import Rotation
        >>> Rotation(angle_deg=20).matrix(jax.random.key(0), (150, 150)).shape
        (3, 3)
    """

    angle_deg: float = 20.0

    def __post_init__(self) -> None:
        check_range("angle_deg", self.angle_deg, 0, 180)

    def matrix(self, key: Array, size: Size) -> Matrix:
        """Draw a rotation."""
        return rotation(jnp.deg2rad(_within(key, self.angle_deg)))


@parts.register("shift")
@dataclass(frozen=True)
class Shift:
    """Move up or down, and left or right.

    Args:
        height: the largest move along the rows, as a share of the height, at least 0, below 1;
            `height_shift_range` of Keras's `ImageDataGenerator`.
        width: the largest move along the columns, as a share of the width; `width_shift_range`.

    Raises:
        ValueError: a share is outside of that range.
    """

    height: float = 0.2
    width: float = 0.2

    def __post_init__(self) -> None:
        check_range("height", self.height, 0, 1, below=True)
        check_range("width", self.width, 0, 1, below=True)

    def matrix(self, key: Array, size: Size) -> Matrix:
        """Draw a translation."""
        along = jnp.array([self.height * size[0], self.width * size[1]])
        return translation(_within(key, 1.0, (2,)) * along)


@parts.register("shear")
@dataclass(frozen=True)
class Shear:
    """Slide the rows along each other: row ``y`` from the centre moves ``factor * y`` sideways.

    Keras's `ImageDataGenerator` reads its `shear_range` in degrees, so that 0.2 would move the
    outermost row of a 150x150 image by a quarter of a pixel. Here 0.2 is the tangent of the angle
    (11.3 degrees), and that row moves by 15 pixels.

    Args:
        factor: the largest tangent to either side, 0 to 1.

    Raises:
        ValueError: the factor is outside of that range.
    """

    factor: float = 0.2

    def __post_init__(self) -> None:
        check_range("factor", self.factor, 0, 1)

    def matrix(self, key: Array, size: Size) -> Matrix:
        """Draw a shear."""
        return jnp.eye(3).at[1, 0].set(_within(key, self.factor))


@parts.register("zoom")
@dataclass(frozen=True)
class Zoom:
    """Scale height and width about the centre, each by its own draw, as `ImageDataGenerator` does.

    The field of view becomes 1 - ``fraction`` to 1 + ``fraction`` times as high and as wide: with
    0.2 a thing in the image appears 0.83 to 1.25 times its size.

    Args:
        fraction: the largest change of the field of view, at least 0, below 1; `zoom_range`.

    Raises:
        ValueError: the fraction is outside of that range.
    """

    fraction: float = 0.2

    def __post_init__(self) -> None:
        check_range("fraction", self.fraction, 0, 1, below=True)

    def matrix(self, key: Array, size: Size) -> Matrix:
        """Draw a scaling."""
        return scaling(1.0 / (1.0 + _within(key, self.fraction, (2,))))


@parts.register("horizontal_flip")
@dataclass(frozen=True)
class HorizontalFlip:
    """Mirror left and right with a probability.

    Args:
        p: the probability, 0 to 1.

    Raises:
        ValueError: the probability is outside of that range.
    """

    p: float = 0.5

    def __post_init__(self) -> None:
        check_range("p", self.p, 0, 1)

    def matrix(self, key: Array, size: Size) -> Matrix:
        """Draw a mirroring, or the identity."""
        side = jnp.where(jax.random.bernoulli(key, float(self.p)), -1.0, 1.0)
        return scaling(jnp.stack([jnp.ones(()), side]))


def rotation(angle_rad: Float[Array, ""]) -> Matrix:
    """Return the matrix that turns anticlockwise as the image is seen."""
    cos, sin = jnp.cos(angle_rad), jnp.sin(angle_rad)
    zero, one = jnp.zeros(()), jnp.ones(())
    return jnp.array([[cos, -sin, zero], [sin, cos, zero], [zero, zero, one]])


def translation(along: Float[Array, " 2"]) -> Matrix:
    """Return the matrix that moves by pixels along (rows, columns)."""
    return jnp.eye(3).at[:2, 2].set(along)


def scaling(factors: Float[Array, " 2"]) -> Matrix:
    """Return the matrix that makes the content larger by factors along (rows, columns)."""
    return jnp.diag(jnp.concatenate([factors, jnp.ones(1)]))


def _within(key: Array, limit: float, shape: tuple[int, ...] = ()) -> Float[Array, "..."]:
    return jax.random.uniform(key, shape, jnp.float32, -limit, limit)
