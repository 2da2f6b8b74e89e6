"""Convolutions of images as a CPU runs them fast: shifted multiply-adds and matrix products.

XLA lowers a grouped convolution on a CPU to a slow generic loop, and the gradients of others to
transposed copies. These give the same values and gradients by other ways; ``layers.py`` says when.
"""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax

from brainscan.models.window import Pair, Window, pads, taps

_CHUNK = 8192  # outputs whose gradients are multiplied at a time; measured


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def depthwise(image: Array, kernel: Array, window: Window) -> Array:
    """Convolve each channel with kernels of its own: one shifted multiply-add a tap.

    Args:
        image: ``(n, height, width, channels)``.
        kernel: ``(rows, columns, channels, multiplier)``, of the image's dtype.
        window: how the kernel moves.

    Returns:
        ``(n, new height, new width, channels * multiplier)``, added up in float32 at least.
    """
    channels, multiplier = kernel.shape[2:]
    weights = _wide(kernel).reshape(-1, channels * multiplier)
    total: Array | float = 0.0
    for tap, weight in zip(taps(image, kernel.shape, window), weights, strict=True):
        total = total + _repeat(_wide(tap), multiplier) * weight
    return jnp.asarray(total).astype(image.dtype)


def _depthwise_forward(
    image: Array, kernel: Array, window: Window
) -> tuple[Array, tuple[Array, Array]]:
    return depthwise(image, kernel, window), (image, kernel)


def _depthwise_backward(
    window: Window, saved: tuple[Array, Array], slope: Array
) -> tuple[Array, Array]:
    image, kernel = saved
    to_image = _spread(slope, kernel, image.shape, window)
    return to_image, _depthwise_kernel_gradient(image, kernel, slope, window)


depthwise.defvjp(_depthwise_forward, _depthwise_backward)


def _depthwise_kernel_gradient(image: Array, kernel: Array, slope: Array, window: Window) -> Array:
    """Sum the products of all taps in one pass over a row: one reduction a tap reads all anew."""
    wide = _wide(slope)
    multiplier = kernel.shape[3]
    products = [_repeat(_wide(tap), multiplier) * wide for tap in taps(image, kernel.shape, window)]
    zeros = [jnp.zeros((), wide.dtype)] * len(products)
    rows = lax.reduce(products, zeros, _add_each, (2,))
    total = jnp.stack([row.sum((0, 1)) for row in rows])
    return total.reshape(kernel.shape).astype(kernel.dtype)


def _add_each(some: list[Array], others: list[Array]) -> list[Array]:
    return [one + other for one, other in zip(some, others, strict=True)]


def _spread(slope: Array, kernel: Array, shape: tuple[int, ...], window: Window) -> Array:
    """Carry the gradient back to the image.

    Pixels that lie a stride apart are seen by the same taps: each such phase is a convolution of
    the gradient, without the zeros that spreading it over the image would bring.
    """
    (top, _), (left, _) = pads(shape, kernel.shape, window)
    high, wide = kernel.shape[:2]
    (down, across), (tall, broad) = window.strides, window.dilation
    # How far back each tap reaches in the gradient, and how many pixels of each phase there are.
    reach = ((high - 1) * tall // down, (wide - 1) * broad // across)
    counts = (-(-(shape[1] + top) // down), -(-(shape[2] + left) // across))
    edges = [
        (back, max(0, count - length))
        for back, count, length in zip(reach, counts, slope.shape[1:3], strict=True)
    ]
    padded = jnp.pad(slope, ((0, 0), *edges, (0, 0)))
    weights = _wide(kernel).reshape(high, wide, -1)

    def phase(row: int, column: int) -> Array:
        total = jnp.zeros((shape[0], *counts, weights.shape[-1]), weights.dtype)
        for i in _meeting(row, high, tall, down):
            for j in _meeting(column, wide, broad, across):
                y = reach[0] - (i * tall - row) // down
                x = reach[1] - (j * broad - column) // across
                seen = padded[:, y : y + counts[0], x : x + counts[1]]
                total = total + _wide(seen) * weights[i, j]
        return _join(total, kernel.shape[3]).astype(slope.dtype)

    if window.strides == (1, 1):
        image = phase(0, 0)
    else:
        phases = [
            jnp.stack([phase(row, column) for column in range(across)], 3) for row in range(down)
        ]
        image = jnp.stack(phases, 2).reshape(
            shape[0], counts[0] * down, counts[1] * across, shape[3]
        )
    return image[:, top : top + shape[1], left : left + shape[2]]


def _meeting(phase: int, size: int, dilation: int, stride: int) -> list[int]:
    """Return the taps that see the pixels of a phase."""
    return [tap for tap in range(size) if (tap * dilation - phase) % stride == 0]


def _join(image: Array, times: int) -> Array:
    """Add up every so many channels: what `_repeat` parted."""
    if times == 1:
        return image
    return image.reshape(*image.shape[:3], image.shape[3] // times, times).sum(-1)


def pointwise(image: Array, kernel: Array, strides: Pair) -> Array:
    """Convolve with a 1x1 kernel: one matrix product over all pixels.

    Args:
        image: ``(n, height, width, channels)``.
        kernel: ``(1, 1, channels, filters)``, of the image's dtype.
        strides: every how many rows and columns a pixel is taken.
    """
    image = image[:, :: strides[0], :: strides[1]]
    product = jnp.dot(_pixels(image), kernel[0, 0], preferred_element_type=_wide_type(image.dtype))
    return product.reshape(*image.shape[:3], kernel.shape[3]).astype(image.dtype)


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def convolve(image: Array, kernel: Array, window: Window) -> Array:
    """Convolve as XLA does, with the kernel's gradient as one matrix product a tap.

    Args:
        image: ``(n, height, width, channels)``.
        kernel: ``(rows, columns, channels, filters)``, of the image's dtype.
        window: how the kernel moves.
    """
    return _plain(image, kernel, window)


def gradient_wins(shape: tuple[Any, ...], kernel_shape: tuple[int, ...], window: Window) -> bool:
    """Whether `convolve` has the faster gradient: on large maps with few channels, by measurement.

    Args:
        shape: of the images.
        kernel_shape: ``(rows, columns, channels, filters)``.
        window: how the kernel moves.
    """
    channels, filters = kernel_shape[2:]
    pixels = math.prod(-(-n // s) for n, s in zip(shape[1:3], window.strides, strict=True))
    widens = pixels >= 19 * 19 and 2 * filters >= 3 * channels
    return channels >= 16 and (widens or (channels <= 32 and pixels >= 64 * 64))


def _plain(image: Array, kernel: Array, window: Window) -> Array:
    return lax.conv_general_dilated(
        image,
        kernel,
        window.strides,
        window.padding.upper(),
        rhs_dilation=window.dilation,
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )


def _convolve_forward(
    image: Array, kernel: Array, window: Window
) -> tuple[Array, tuple[Array, Array]]:
    return convolve(image, kernel, window), (image, kernel)


def _convolve_backward(
    window: Window, saved: tuple[Array, Array], slope: Array
) -> tuple[Array, Array]:
    image, kernel = saved

    def run(image: Array) -> Array:
        return _plain(image, kernel, window)

    (to_image,) = jax.linear_transpose(run, image)(slope)
    return to_image, _kernel_gradient(image, kernel, slope, window)


def _kernel_gradient(image: Array, kernel: Array, slope: Array, window: Window) -> Array:
    """Multiply what each tap sees with the gradient, a few images at a time: they fit the cache."""
    total_type = _wide_type(kernel.dtype)

    def add(total: Array, part: tuple[Array, Array]) -> tuple[Array, None]:
        images, slopes = part
        outputs = _pixels(slopes)
        products = [
            jnp.dot(_pixels(tap).T, outputs, preferred_element_type=total_type)
            for tap in taps(images, kernel.shape, window)
        ]
        return total + jnp.stack(products).reshape(total.shape), None

    count = _divisor(image.shape[0], _CHUNK // (slope.shape[1] * slope.shape[2]))
    images, slopes = (
        array.reshape(array.shape[0] // count, count, *array.shape[1:]) for array in (image, slope)
    )
    total, _ = lax.scan(add, jnp.zeros(kernel.shape, total_type), (images, slopes))
    return total.astype(kernel.dtype)


def _divisor(number: int, limit: int) -> int:
    """Return the largest divisor of a number that is within a limit, or 1."""
    return next((d for d in range(min(number, limit), 1, -1) if number % d == 0), 1)


convolve.defvjp(_convolve_forward, _convolve_backward)


def _pixels(image: Array) -> Array:
    return image.reshape(math.prod(image.shape[:3]), image.shape[3])


def _repeat(image: Array, times: int) -> Array:
    return image if times == 1 else jnp.repeat(image, times, axis=-1)


def _wide(array: Array) -> Array:
    return array.astype(_wide_type(array.dtype))


def _wide_type(dtype: jnp.dtype) -> jnp.dtype:
    """Return the type to add up in: float32 for the half-precision ones, as XLA does itself."""
    return jnp.promote_types(dtype, jnp.float32)
