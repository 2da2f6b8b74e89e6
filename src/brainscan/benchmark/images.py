"""Turn a data set into the arrays that every model of a benchmark is given."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8
from numpy.typing import NDArray

from brainscan import features
from brainscan._core.checks import check_image
from brainscan._core.images import to_rgb, to_uint8
from brainscan._core.reading import file_format
from brainscan._core.threads import THREADS
from brainscan._core.types import Image
from brainscan.datasets import Dataset, group_near_duplicates, join_groups
from brainscan.preprocess import Box, BrainCropper
from brainscan.preprocess.resize import resize

Images = UInt8[np.ndarray, "n height width 3"]


class Inputs:
    """Images, and their texture features once something asks for them.

    Args:
        images: ``(n, height, width, 3)`` uint8.
        table: returns the features; None to compute them.
    """

    def __init__(self, images: Images, table: Callable[[], NDArray[Any]] | None = None) -> None:
        self.images = images
        self._make_table = table or (lambda: features.glcm_lbp(images))

    def __len__(self) -> int:
        return len(self.images)

    @cached_property
    def table(self) -> NDArray[Any]:
        """``(n, d)`` float32, see `brainscan.features.glcm_lbp`; computed once."""
        return self._make_table()

    def take(self, indices: NDArray[np.int64]) -> "Inputs":
        """Return some of the images; their features come from the whole's."""
        return Inputs(self.images[indices], lambda: self.table[indices])


@dataclass(frozen=True)
class ImageRecord:
    """What a run keeps of an image beside its predictions.

    Args:
        sha256: of the file's bytes, or of the pixels where there is no file.
        group: its group's number.
        height: of the image as read, in pixels.
        width: of the image as read, in pixels.
        format: the file's suffix, such as ``jpg``; ``array`` where there is no file.
        source: where it comes from, if that is known.
    """

    sha256: str
    group: int
    height: int
    width: int
    format: str
    source: str | None


@dataclass(frozen=True, eq=False)
class Prepared:
    """A data set whose images were read and cropped.

    Args:
        data: what could be read.
        inputs: its images, cropped to the brain and resized.
        records: one an image.
        failures: by id, why others were left out.
        boxes: where each crop lies in its image.
    """

    data: Dataset
    inputs: Inputs
    records: tuple[ImageRecord, ...]
    failures: dict[str, str]
    boxes: tuple[Box, ...]

    def take(self, indices: NDArray[np.int64], failures: dict[str, str]) -> "Prepared":
        """Return some of the images, and why others were left out in addition."""
        return Prepared(
            self.data.subset(indices),
            Inputs(self.inputs.images[indices]),
            tuple(self.records[i] for i in indices),
            self.failures | failures,
            tuple(self.boxes[i] for i in indices),
        )

    def digest(self) -> str:
        """Return a SHA-256 of all that a run depends on: with one digest, data are one."""
        content = hashlib.sha256(np.ascontiguousarray(self.inputs.images).tobytes())
        content.update(self.data.labels.tobytes() + self.data.groups.tobytes())
        words = (*self.data.ids, *self.data.class_names, *(self.data.sources or ()))
        content.update("\n".join(words).encode(errors="surrogateescape"))
        return content.hexdigest()

    def by_id(self) -> dict[str, ImageRecord]:
        """Return the records by their images' ids."""
        return dict(zip(self.data.ids, self.records, strict=True))

    def settings(self) -> dict[str, Any]:
        """Return what a run folder says of its data."""
        return {
            "name": self.data.name,
            "images": len(self.data),
            "groups": len(np.unique(self.data.groups)),
            "classes": list(self.data.class_names),
            "left_out": self.failures,
            "digest": self.digest(),
        }


def prepare(data: Dataset, size: tuple[int, int]) -> Prepared:
    """Read and crop every image, and put near-duplicates into one group.

    A slice in which no brain is found is kept whole. Copies that differ in their margins show
    themselves once these are cut off, so the groups of the data are joined where crops are
    near-duplicates.

    Args:
        data: the images; those that cannot be read or cropped are left out.
        size: height and width to resize the crops to, in pixels.

    Raises:
        ValueError: no image could be read.
    """
    crop = BrainCropper(size=size, blank="keep")
    paths = data.paths or (None,) * len(data)
    crops = np.empty((len(data), *size, 3), np.uint8)  # once: of many images, all that is large

    def one(index: int) -> tuple[ImageRecord, Box] | str:
        try:
            image = data[index]
            box = crop.box(image)
            cropped = resize(check_image(image)[box.top : box.bottom, box.left : box.right], size)
            crops[index] = to_uint8(to_rgb(cropped))
            return _record(data, index, image, paths[index]), box
        except (ValueError, OSError) as error:
            return str(error)

    with ThreadPoolExecutor(THREADS) as pool:  # decoding and cropping leave Python's lock
        found = list(pool.map(one, range(len(data))))
    read = {i: this for i, this in enumerate(found) if not isinstance(this, str)}
    failures = {failure.id: failure.reason for failure in data.unreadable}
    failures |= {data.ids[i]: this for i, this in enumerate(found) if isinstance(this, str)}
    if not read:
        raise ValueError(f"data must hold an image that can be read; {data!r} has none.")
    records, boxes = zip(*read.values(), strict=True)
    kept = data.subset(list(read))
    crops = crops if len(read) == len(data) else crops[list(read)]
    joined = join_groups(kept.groups, group_near_duplicates(list(crops)))
    return Prepared(kept.with_groups(joined), Inputs(crops), records, failures, boxes)


def _record(data: Dataset, index: int, image: Image, path: Path | None) -> ImageRecord:
    content = np.ascontiguousarray(image).tobytes() if path is None else path.read_bytes()
    return ImageRecord(
        hashlib.sha256(content).hexdigest(),
        int(data.groups[index]),
        image.shape[0],
        image.shape[1],
        "array" if path is None else file_format(path),
        None if data.sources is None else data.sources[index],
    )
