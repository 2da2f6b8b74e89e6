"""Patches of images, each with the label of its centre: what a patch classifier learns from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import UInt8
from numpy.typing import NDArray

from brainscan._core.checks import check_image, check_same_length
from brainscan._core.images import to_gray, to_rgb, to_uint8
from brainscan._core.types import Image, Labels, Mask
from brainscan.preprocess import BrainCropper

_HEAD = BrainCropper(size=None, blank="keep")


@dataclass(frozen=True, eq=False)
class Patches:
    """Squares cut from images, to train a classifier with.

    Args:
        images: ``(n, size, size, 3)`` uint8.
        labels: ``(n,)``; 1 where the pixel in the middle, ``[size // 2, size // 2]``, is tumour.
        sources: ``(n,)``; which image each was cut from. A split keeps those of one image, or of
            one patient, on one side.
    """

    images: UInt8[np.ndarray, "n size size 3"]
    labels: Labels
    sources: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)


def cut_patches(
    images: Sequence[Image] | NDArray[Any],
    masks: Sequence[Mask] | NDArray[Any],
    size: int = 64,
    per_image: int = 8,
    seed: int = 0,
) -> Patches:
    """Cut patches from images with masks, half of them in the tumour.

    The class of a patch is that of the pixel in its middle, so a tumour smaller than the patch has
    patches too. Each image with a tumour gives ``per_image`` of class 1, centred anywhere in the
    tumour. As many of class 0 are centred outside of tumours, spread evenly over all images, those
    without a tumour too; they lie in the box of the head, for beside it there is nothing to learn.
    What a patch sees beyond the border of its image repeats the border's pixels.

    Args:
        images: of any sizes, grey or colour; those of more than 8 bits are stretched to 0 to 255.
        masks: one an image, ``(height, width)``, nonzero in the tumour.
        size: height and width of a patch, in pixels.
        per_image: how many patches of class 1 an image with a tumour gives.
        seed: decides the centres; the same seed gives the same patches.

    Returns:
        The patches, in the order of their images.

    Raises:
        ValueError: a mask has another size than its image, no mask has a tumour, nothing but
            tumour is in the head, or an image is smaller than a patch.

    References:
        Pereira et al., Brain tumor segmentation using convolutional neural networks in MRI images,
        IEEE Trans. Med. Imaging 2016, doi:10.1109/TMI.2016.2538465, trains on such patches.

    Examples:
        >>> import brainscan as bs
        >>> data = bs.datasets.load("phantom", n=4)
        >>> patches = bs.segment.cut_patches(data.images, data.masks, size=32, per_image=3)
        >>> patches.images.shape, int(patches.labels.sum())
        ((12, 32, 32, 3), 6)
    """
    check_same_length(images=images, masks=masks)
    for name, value in (("size", size), ("per_image", per_image)):
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a positive whole number; got {value!r}.")
    with_tumour = [i for i, mask in enumerate(masks) if np.any(mask)]
    if not with_tumour:
        raise ValueError(
            f"masks must mark a tumour in one image at least; all {len(masks)} are empty. "
            "Without masks, see brainscan.segment.weak_mask."
        )
    negatives = np.full(len(images), per_image * len(with_tumour) // len(images))
    negatives[: per_image * len(with_tumour) % len(images)] += 1
    rng = np.random.default_rng(seed)
    cut: list[UInt8[np.ndarray, "size size 3"]] = []
    labels: list[int] = []
    sources: list[int] = []
    for i in range(len(images)):
        image = check_image(images[i], f"image {i}")
        tumour = _checked_mask(masks[i], image, i, size)
        counts = (int(negatives[i]), per_image if tumour.any() else 0)
        padded = pad(to_uint8(to_rgb(image)), size)
        for label, where in enumerate((_beside(tumour, image, i), tumour)):
            for row, column in _draw(where, counts[label], rng):
                cut.append(padded[row : row + size, column : column + size])
                labels.append(label)
                sources.append(i)
    return Patches(np.stack(cut), np.array(labels), np.array(sources))


def pad(image: Image, size: int) -> Image:
    """Repeat the border's pixels, so that the patch around ``[row, column]`` begins there."""
    before, after = size // 2, size - size // 2 - 1
    widths = ((before, after), (before, after)) + ((0, 0),) * (image.ndim - 2)
    return np.pad(image, widths, mode="edge")


def check_holds_patch(image: Image, size: tuple[int, int], name: str) -> None:
    """Raise ValueError if an image is smaller than a patch."""
    height, width = image.shape[:2]
    if height < size[0] or width < size[1]:
        raise ValueError(
            f"{name} must be at least as large as a patch, {size[0]}x{size[1]} pixels; got "
            f"{height}x{width}. Resize the image, or cut smaller patches."
        )


def _checked_mask(mask: Any, image: Image, i: int, size: int) -> Mask:
    tumour = np.asarray(mask) != 0
    if tumour.shape != image.shape[:2]:
        raise ValueError(
            f"mask {i} must have the size of its image, {image.shape[0]}x{image.shape[1]} "
            f"(height x width); got {'x'.join(map(str, tumour.shape))}."
        )
    check_holds_patch(image, (size, size), f"image {i}")
    return tumour


def _beside(tumour: Mask, image: Image, i: int) -> Mask:
    """Return what is not tumour in the box of the head."""
    box = _HEAD.box(to_gray(image))
    beside = np.zeros(tumour.shape, np.bool_)
    beside[box.top : box.bottom, box.left : box.right] = True
    beside &= ~tumour
    if not beside.any():
        raise ValueError(
            f"mask {i} must leave some of the head out; it marks all {tumour.sum()} pixels of it "
            "as tumour."
        )
    return beside


def _draw(where: Mask, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return ``(count, 2)`` pixels; none twice, unless there are too few."""
    pixels = np.argwhere(where)
    if count == 0:
        return pixels[:0]
    return pixels[rng.choice(len(pixels), count, replace=len(pixels) < count)]
