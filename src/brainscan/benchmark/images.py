"""Turn a data set into the array that every model of a benchmark is given."""

import hashlib
from typing import Any

import numpy as np
from jaxtyping import UInt8

from brainscan._core.images import to_rgb, to_uint8
from brainscan.datasets import Dataset
from brainscan.preprocess import BrainCropper

Images = UInt8[np.ndarray, "n height width 3"]


def prepare(data: Dataset, size: tuple[int, int]) -> tuple[Dataset, Images, dict[str, str]]:
    """Read and crop every image.

    Args:
        data: the images; those that cannot be read or cropped are left out.
        size: height and width to resize the crops to, in pixels.

    Returns:
        The data set of what was read; its images, uint8; and, by id, why others were left out. A
        slice in which no brain is found is kept whole.

    Raises:
        ValueError: no image could be read.
    """
    crop = BrainCropper(size=size, blank="keep")
    images: list[Any] = []
    read: list[int] = []
    failures = {failure.id: failure.reason for failure in data.unreadable}
    for index, name in enumerate(data.ids):
        try:
            images.append(to_uint8(to_rgb(crop(data[index]))))
            read.append(index)
        except (ValueError, OSError) as error:
            failures[name] = str(error)
    if not images:
        raise ValueError(f"data must hold an image that can be read; {data!r} has none.")
    return data.subset(read), np.stack(images), failures


def digest(data: Dataset, images: Images) -> str:
    """Return a SHA-256 of pixels, labels, groups and ids: two data sets with one digest are one."""
    content = hashlib.sha256(np.ascontiguousarray(images).tobytes())
    content.update(data.labels.tobytes() + data.groups.tobytes())
    content.update("\n".join((*data.ids, *data.class_names)).encode())
    return content.hexdigest()
