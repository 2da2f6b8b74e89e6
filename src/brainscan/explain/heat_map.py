"""Where in an image a classifier found what speaks for a class."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from brainscan._backend import require_jax
from brainscan.explain.method import Method, method_of
from brainscan.explain.network import Network, network_of
from brainscan.explain.parts import parts_of


def heat_map(
    model: keras.Model,
    images: NDArray[Any],
    method: str | Method = "layer_cam",
    target: int = 1,
) -> NDArray[np.float32]:
    """Return a map an image of what speaks for a class, 0 to 1.

    Each map is scaled to its own largest value, so maps tell where, not how much: an image that
    hardly speaks for the class can have as bright a map as one that does. `attribution` keeps the
    unit. A heat map is no segmentation: it shows what the network used, which may be less than the
    tumour, or something else.

    Args:
        model: a classifier: of `brainscan.models.build`, `ensemble` or `mirrored`, or any that
            gives ``(n, 1)`` or ``(n, classes)``; also a loaded one. It is left as it is.
        images: ``(n, height, width, channels)``, 0 to 255, as the model takes them.
        method: a name, one of `brainscan.explain.methods`, or a method with its settings, such as
            ``LayerCAM(stages=2)``.
        target: the class, 1 = tumour.

    Returns:
        ``(n, height, width)`` float32. All zeros where nothing speaks for the class.

    Raises:
        ValueError: the images don't fit the model, the class or the method is unknown, or the
            method needs feature maps and the model shows none.
        RuntimeError: Keras does not run on JAX.

    Examples:
        >>> import brainscan as bs
        >>> model = bs.models.build("small_cnn", (64, 64, 3), weights=None, head="global_average")
        >>> images = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8)
        >>> bs.explain.heat_map(model, images, "grad_cam").shape
        (2, 64, 64)
    """
    raw = np.maximum(attribution(model, images, method, target), 0)
    top = raw.max(axis=(1, 2), keepdims=True)
    return np.divide(raw, top, out=np.zeros_like(raw), where=top > 0)


def attribution(
    model: keras.Model,
    images: NDArray[Any],
    method: str | Method = "layer_cam",
    target: int = 1,
) -> NDArray[np.float32]:
    """Return what each pixel is given by a method, in its own unit; see `heat_map`.

    What is explained is the logit of the class before sigmoid or softmax, since a probability near
    1 has no slope. Of an ensemble, or of a model that looks at the mirror image too, it is the mean
    of the members' logits, and the map is the mean of their maps in the image's own frame.

    Args:
        model: as for `heat_map`.
        images: as for `heat_map`.
        method: as for `heat_map`.
        target: as for `heat_map`.

    Returns:
        ``(n, height, width)`` float32. Integrated gradients and occlusion are in logits and signed:
        what is below 0 speaks against the class. Class activation maps are 0 or above.

    Raises:
        ValueError: as for `heat_map`.
        RuntimeError: Keras does not run on JAX.

    Examples:
        >>> import brainscan as bs
        >>> model = bs.models.build("small_cnn", (64, 64, 3), weights=None, head="global_average")
        >>> images = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8)
        >>> bs.explain.attribution(model, images, bs.explain.Occlusion(window=32)).shape
        (2, 64, 64)
    """
    require_jax("brainscan.explain")
    chosen = method_of(method)
    pixels = check_images(model, images)
    parts = [(network_of(part.model), part.mirrored) for part in parts_of(model)]
    check_target(parts[0][0], target)
    total = np.zeros(pixels.shape[:3], np.float32)
    for network, mirrored in parts:
        seen = pixels[:, :, ::-1] if mirrored else pixels
        found = chosen.attribute(network, seen, int(target))
        total += found[:, :, ::-1] if mirrored else found
    total /= len(parts)
    return total


def check_images(model: keras.Model, images: Any) -> NDArray[np.float32]:
    """Return images as float32 in 0 to 255, or raise ValueError where they don't fit the model."""
    pixels = np.asarray(images)
    shape: Any = getattr(model, "input_shape", None)
    if not isinstance(shape, tuple) or len(shape) != 4:
        raise ValueError(
            f"model must take one image (n, height, width, channels); {model.name} takes {shape}. "
            "brainscan.models.build makes one."
        )
    fits = pixels.ndim == 4 and all(
        want in (None, is_) for want, is_ in zip(shape[1:], pixels.shape[1:], strict=True)
    )
    if not fits or len(pixels) == 0:
        raise ValueError(
            f"images must have shape (n, {', '.join(map(str, shape[1:]))}) with n of 1 or more; "
            f"got {pixels.shape}. image[None] makes a batch of one image."
        )
    if pixels.dtype.kind not in "uif":
        raise ValueError(f"images must hold numbers; got dtype {pixels.dtype}.")
    low, high = float(pixels.min()), float(pixels.max())
    if not np.isfinite([low, high]).all() or (pixels.dtype.kind == "f" and 0 <= low < high <= 1):
        raise ValueError(
            f"images must have finite pixels in 0 to 255; got {low} to {high}. "
            "The model scales them itself: give them as they were read."
        )
    return pixels.astype(np.float32)


def check_target(network: Network, target: Any) -> None:
    """Raise ValueError unless a class is one that the network tells apart."""
    classes = max(2, network.units)
    whole = isinstance(target, int | np.integer) and not isinstance(target, bool)
    if not whole or not 0 <= target < classes:
        raise ValueError(f"target must be a class index below {classes}; got {target!r}.")
