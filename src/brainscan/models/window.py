"""How a small window moves over images, and what each of its taps sees."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import Array, lax

Pair = tuple[int, int]


class Window(NamedTuple):
    """How a window moves over an image: rows and columns each.

    Args:
        strides: between neighbouring outputs, in pixels.
        padding: ``"same"`` or ``"valid"``, as Keras has them.
        dilation: between neighbouring taps of the window, in pixels.
    """

    strides: Pair = (1, 1)
    padding: str = "same"
    dilation: Pair = (1, 1)


def taps(
    image: Array, kernel_shape: tuple[int, ...], window: Window, fill: float = 0
) -> Iterator[Array]:
    """Yield what each tap sees, row by row: the image, shifted and thinned."""
    (top, bottom), (left, right) = pads(image.shape, kernel_shape, window)
    padded = jnp.pad(image, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=fill)
    (high, wide), (down, across) = window.dilation, window.strides
    height = padded.shape[1] - _effective(kernel_shape[0], high) + 1
    width = padded.shape[2] - _effective(kernel_shape[1], wide) + 1
    for row in range(0, kernel_shape[0] * high, high):
        for column in range(0, kernel_shape[1] * wide, wide):
            yield padded[:, row : row + height : down, column : column + width : across]


def pads(shape: tuple[Any, ...], kernel_shape: tuple[int, ...], window: Window) -> list[Pair]:
    """Return what is put before and after the rows, and the columns, of images.

    In an export the number of images, ``shape[0]``, is a symbol.
    """
    sizes = [
        _effective(size, gap) for size, gap in zip(kernel_shape[:2], window.dilation, strict=True)
    ]
    return lax.padtype_to_pads(shape[1:3], sizes, window.strides, window.padding.upper())


def _effective(size: int, dilation: int) -> int:
    return (size - 1) * dilation + 1
