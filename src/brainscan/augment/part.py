"""What a chain is made of: parts that move the content, and parts that change its colours."""

from typing import Protocol, runtime_checkable

from jaxtyping import Array, Float

from brainscan.augment.sample import Matrix, Size


@runtime_checkable
class AffinePart(Protocol):
    """A frozen dataclass that draws a matrix from a key."""

    def matrix(self, key: Array, size: Size) -> Matrix:
        """Return how the content of an image moves.

        Args:
            key: a JAX random key; the same key gives the same matrix.
            size: height and width of the image in pixels.

        Returns:
            ``(3, 3)`` float32, invertible; it maps a point (row, column, 1), in pixels from the
            image's centre, to the point where its content goes.
        """
        ...


@runtime_checkable
class ColorPart(Protocol):
    """A frozen dataclass that changes values and leaves them in their places."""

    def __call__(self, key: Array, image: Float[Array, "h w c"]) -> Float[Array, "h w c"]:
        """Return the changed image.

        Args:
            key: a JAX random key; the same key gives the same image.
            image: ``(h, w, c)`` float32 in 0 to 255.

        Returns:
            ``(h, w, c)`` float32 in 0 to 255.
        """
        ...
