"""Turn a data set with masks into what contenders are given, and what they give back again."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool

from brainscan._core.types import Labels, Mask
from brainscan.benchmark.images import ImageRecord, Images, Prepared, prepare
from brainscan.datasets import Dataset
from brainscan.metrics.segmentation.checks import check_mask
from brainscan.preprocess import Box
from brainscan.preprocess.resize import resize


@dataclass(frozen=True, eq=False)
class MaskInputs:
    """What a contender learns from.

    Args:
        images: ``(n, height, width, 3)`` uint8, cropped to the head and resized.
        masks: ``(n, height, width)``, the true masks, cropped and resized as the images are.
        labels: ``(n,)`` class indices.
    """

    images: Images
    masks: Bool[np.ndarray, "n height width"]
    labels: Labels


@dataclass(frozen=True, eq=False)
class Outlined:
    """A data set whose images were read and cropped, each with its mask.

    Args:
        prepared: the images that have a mask.
        inputs: those images and masks as contenders see them.
        truths: the masks as they are in the data set, one an image.
    """

    prepared: Prepared
    inputs: MaskInputs
    truths: tuple[Mask, ...]

    def settings(self) -> dict[str, Any]:
        """Return what a run folder says of its data."""
        content = hashlib.sha256()
        for mask in self.truths:
            content.update(f"{mask.shape}".encode() + np.packbits(mask).tobytes())
        lesions = sum(bool(mask.any()) for mask in self.truths)
        return self.prepared.settings() | {"lesions": lesions, "masks": content.hexdigest()}


def prepare_masks(data: Dataset, size: tuple[int, int]) -> Outlined:
    """Read and crop every image, and its mask with it.

    Args:
        data: the images; those that cannot be read, and those without a mask of their size, are
            left out and named among the failures.
        size: height and width to resize the crops to, in pixels.

    Raises:
        ValueError: the data set has no masks, no image has one, or every mask is empty.
    """
    if data.masks is None:
        raise ValueError(
            f"data must have masks; {data!r} has none. "
            "brainscan.datasets.load(folder, masks=...) reads them from a folder."
        )
    prepared = prepare(data, size)
    found = [
        read_mask(prepared.data, index, record) for index, record in enumerate(prepared.records)
    ]
    kept = np.array([i for i, mask in enumerate(found) if not isinstance(mask, str)], np.int64)
    failures = {
        prepared.data.ids[i]: reason for i, reason in enumerate(found) if isinstance(reason, str)
    }
    if len(kept) == 0:
        first = next(iter(failures.items()))
        raise ValueError(f"an image must have a mask; none has. The first, {first[0]}: {first[1]}")
    prepared = prepared.take(kept, failures)
    truths = tuple(mask for mask in found if not isinstance(mask, str))
    if not any(mask.any() for mask in truths):
        raise ValueError("masks must outline something; every one of them is empty.")
    small = np.stack(
        [crop(mask, box, size) for mask, box in zip(truths, prepared.boxes, strict=True)]
    )
    inputs = MaskInputs(prepared.inputs.images, small, prepared.data.labels)
    return Outlined(prepared, inputs, truths)


def crop(mask: Mask, box: Box, size: tuple[int, int]) -> Mask:
    """Return a mask in a crop of its image: where half of a pixel or more is inside."""
    inside = mask[box.top : box.bottom, box.left : box.right].astype(np.float32)
    return np.asarray(resize(inside, size) >= 0.5)


def read_mask(data: Dataset, index: int, record: ImageRecord) -> Mask | str:
    """Return a mask, or why there is none."""
    assert data.masks is not None
    try:
        mask: Any = data.masks[index]
        if mask is None:
            return "it has no mask"
        mask = check_mask(mask, "mask")
    except (TypeError, ValueError, OSError) as error:
        return str(error)
    if mask.shape != (record.height, record.width):
        return (
            f"its mask must have the size of the image, {record.height}x{record.width} (height x "
            f"width); got {mask.shape[0]}x{mask.shape[1]}"
        )
    return mask
