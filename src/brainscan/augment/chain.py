"""Parts in a row, applied to an image with a single resampling; and the paper's own chain."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Shaped
from numpy.typing import NDArray

from brainscan._core.checks import check_size
from brainscan.augment.affine import HorizontalFlip, Rotation, Shear, Shift, Zoom
from brainscan.augment.bias_field import BiasField
from brainscan.augment.checks import check_dimensions, check_key, check_part, check_pixels
from brainscan.augment.color import ColorShift
from brainscan.augment.contrast import Brightness, Gamma
from brainscan.augment.crop import RandomCrop
from brainscan.augment.part import AffinePart, ColorPart
from brainscan.augment.sample import Matrix, Size, move_boxes, sample_image, sample_mask
from brainscan.augment.tone_curve import ToneCurve


@dataclass(frozen=True)
class Compose:
    """Random changes of an image, a pure function of a key: the same key gives the same bits.

    The affine parts are multiplied into one matrix, first part first, and the image is sampled
    once, so ten parts blur no more than one. What comes from outside of the image repeats its
    nearest edge pixel. The colour parts follow, in their order. Calls are compiled, also outside
    of a caller's ``jax.jit``, and run on the device that holds the image.

    The mask and the boxes of an image move as it does under the same key: see `transform_mask`
    and `transform_boxes`. In a batch each image has its own key of
    ``jax.random.split(key, n)``.

    Args:
        parts: `AffinePart` and `ColorPart` objects, hashable as frozen dataclasses are.

    Raises:
        TypeError: something else is among the parts, such as another `Compose`.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> from brainscan.augment import Compose, HorizontalFlip, Rotation
        >>> warp = Compose((Rotation(angle_deg=10), HorizontalFlip()))
        >>> warp(jax.random.key(0), jnp.zeros((16, 150, 150, 3))).shape
        (16, 150, 150, 3)
    """

    parts: tuple[AffinePart | ColorPart, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple(check_part(part) for part in self.parts))

    def __call__(self, key: Array, image: Array | NDArray[Any]) -> Array:
        """Change an image, or each image of a batch in its own way.

        Args:
            key: a JAX random key.
            image: ``(h, w, c)`` or ``(n, h, w, c)``, uint8 or float32, in 0 to 255.

        Returns:
            The same shape and dtype, in 0 to 255; uint8 is rounded.

        Raises:
            TypeError: the key is none.
            ValueError: the shape, dtype or range is another.
        """
        return _image(self, check_key(key), check_pixels(image))

    def transform_mask(self, key: Array, mask: Array | NDArray[Any]) -> Array:
        """Move a mask as the image moves under the same key.

        Args:
            key: the key that the image got.
            mask: ``(h, w)`` or ``(n, h, w)``, as high and wide as the image, of any dtype that
                JAX keeps (its 64-bit numbers become 32-bit ones).

        Returns:
            The same shape and dtype, sampled at the nearest pixel; 0 where the image shows what
            was outside of it.

        Raises:
            TypeError: the key is none.
            ValueError: the shape is another.
        """
        shapes = {2: "(height, width)", 3: "(n, height, width)"}
        return _mask(self, check_key(key), check_dimensions("mask", mask, shapes))

    def transform_boxes(self, key: Array, boxes: Array | NDArray[Any], size: Size) -> Array:
        """Move boxes as the image moves under the same key.

        Args:
            key: the key that the image got.
            boxes: ``(k, 4)`` or ``(n, k, 4)`` top, left, bottom, right in pixels, half-open.
            size: height and width of the image.

        Returns:
            The same shape, float32: the upright boxes around the moved ones, cut at the border of
            the image; a box that has left it has no area.

        Raises:
            TypeError: the key is none.
            ValueError: the shape is another.
        """
        shapes = {2: "(k, 4)", 3: "(n, k, 4)"}
        boxes = check_dimensions("boxes", boxes, shapes)
        if boxes.shape[-1] != 4:
            raise ValueError(f"boxes must have shape (k, 4) or (n, k, 4); got {boxes.shape}.")
        return _boxes(self, check_key(key), boxes.astype(jnp.float32), check_size(size))

    def matrix(self, key: Array, size: Size) -> Matrix:
        """Return the one matrix, ``(3, 3)`` float32, by which all affine parts move an image.

        Args:
            key: a JAX random key.
            size: height and width of the image.
        """
        product = jnp.eye(3)
        for part, part_key in zip(self.parts, self._keys(key), strict=True):
            if isinstance(part, AffinePart):
                # On a GPU the default precision of a product is too low for coordinates.
                product = jnp.matmul(part.matrix(part_key, size), product, precision="highest")
        return product

    def _moves(self) -> bool:
        return any(isinstance(part, AffinePart) for part in self.parts)

    def _keys(self, key: Array) -> list[Array]:
        return [jax.random.fold_in(key, number) for number in range(len(self.parts))]

    def _one_image(self, key: Array, image: Shaped[Array, "h w c"]) -> Shaped[Array, "h w c"]:
        pixels = image.astype(jnp.float32)
        if self._moves():
            pixels = sample_image(pixels, self.matrix(key, (image.shape[0], image.shape[1])))
        for part, part_key in zip(self.parts, self._keys(key), strict=True):
            if not isinstance(part, AffinePart):
                pixels = part(part_key, pixels)
        pixels = jnp.clip(pixels, 0.0, 255.0)
        return (jnp.round(pixels) if image.dtype == jnp.uint8 else pixels).astype(image.dtype)

    def _one_mask(self, key: Array, mask: Shaped[Array, "h w"]) -> Shaped[Array, "h w"]:
        return sample_mask(mask, self.matrix(key, (mask.shape[0], mask.shape[1])))

    def _one_image_boxes(
        self, key: Array, boxes: Float[Array, "k 4"], size: Size
    ) -> Float[Array, "k 4"]:
        return move_boxes(boxes, self.matrix(key, size), size)


def paper() -> Compose:
    """Return the augmentation of the paper.

    Rotation within 20 degrees, height and width shift 0.2, shear 0.2, zoom 0.2 and horizontal flip
    carry the paper's values, in the order in which `ImageDataGenerator` applies them. The paper's
    text also names random crop and colour shift, and gives no values: here the crop keeps at least
    90% of height and width, and the colours shift by at most 10 of 255 levels.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> import brainscan as bs
        >>> images = jnp.zeros((16, 150, 150, 3))
        >>> bs.augment.paper()(jax.random.key(0), images).shape
        (16, 150, 150, 3)
    """
    return Compose(
        (
            Rotation(angle_deg=20.0),
            Shift(height=0.2, width=0.2),
            Shear(factor=0.2),
            Zoom(fraction=0.2),
            HorizontalFlip(p=0.5),
            RandomCrop(fraction=0.9),
            ColorShift(levels=10.0),
        )
    )


def mri() -> Compose:
    """Return an augmentation for few slices: small moves, and the differences between scanners.

    Rotation within 15 degrees, shift 0.06, zoom 0.12 and horizontal flip keep the whole head in the
    image; gamma, brightness and a bias field stand for other scanners, coils and windows.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> import brainscan as bs
        >>> images = jnp.zeros((16, 150, 150, 3))
        >>> bs.augment.mri()(jax.random.key(0), images).shape
        (16, 150, 150, 3)
    """
    return Compose(
        (
            Rotation(angle_deg=15.0),
            Shift(height=0.06, width=0.06),
            Zoom(fraction=0.12),
            HorizontalFlip(p=0.5),
            Gamma(log_gamma=0.3),
            Brightness(fraction=0.2),
            BiasField(coefficient=0.2),
        )
    )


def any_weighting() -> Compose:
    """Return an augmentation for images of other weightings than those that are learnt from.

    A network that sees T1 images alone is to be of use on T2 and FLAIR ones. Every third image gets
    tones of its own, see `ToneCurve`; the rest is `mri`, with larger moves, such as one can afford
    where an image tells more than its label, and with a shear.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> import brainscan as bs
        >>> images = jnp.zeros((16, 150, 150, 3))
        >>> bs.augment.any_weighting()(jax.random.key(0), images).shape
        (16, 150, 150, 3)
    """
    return Compose(
        (
            Rotation(angle_deg=45.0),
            Shift(height=0.1, width=0.1),
            Shear(factor=0.15),
            Zoom(fraction=0.3),
            HorizontalFlip(p=0.5),
            ToneCurve(levels=80.0, p=0.33),
            Gamma(log_gamma=0.4),
            Brightness(fraction=0.3),
            BiasField(coefficient=0.3),
        )
    )


# Compiled once a chain and shape. The chain is a static argument, which is why parts are hashable.


@partial(jax.jit, static_argnums=0)
def _image(chain: Compose, key: Array, image: Array) -> Array:
    return _each(chain._one_image, key, image, batch_dimensions=4)  # pyright: ignore[reportPrivateUsage]


@partial(jax.jit, static_argnums=0)
def _mask(chain: Compose, key: Array, mask: Array) -> Array:
    return _each(chain._one_mask, key, mask, batch_dimensions=3)  # pyright: ignore[reportPrivateUsage]


@partial(jax.jit, static_argnums=(0, 3))
def _boxes(chain: Compose, key: Array, boxes: Array, size: Size) -> Array:
    move = partial(chain._one_image_boxes, size=size)  # pyright: ignore[reportPrivateUsage]
    return _each(move, key, boxes, batch_dimensions=3)


def _each(
    function: Callable[[Array, Array], Array], key: Array, array: Array, batch_dimensions: int
) -> Array:
    if array.ndim < batch_dimensions:
        return function(key, array)
    return jax.vmap(function)(jax.random.split(key, len(array)), array)
