"""The record that every loader returns and everything else takes."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainscan._core.checks import check_same_length
from brainscan._core.reading import read_image
from brainscan._core.types import Image, Labels, Mask


@dataclass(frozen=True)
class ImageFiles(Sequence[Image]):
    """Images read from their files each time they are asked for."""

    paths: tuple[Path, ...]

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Image:  # pyright: ignore[reportIncompatibleMethodOverride]
        return read_image(self.paths[index])


@dataclass(frozen=True)
class Unreadable:
    """A file that was left out, and why."""

    id: str
    reason: str


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Images with their labels, and what an honest evaluation needs to know of them.

    ``data[i]`` reads image ``i``; iterating reads one after the other. Nothing is kept in memory
    unless ``images`` is.

    Args:
        name: a short name for tables and figures.
        images: a sequence of images, ``(height, width)`` or ``(height, width, channels)``, uint8,
            uint16 or float32.
        labels: ``(n,)`` class indices; with two classes 1 = tumour.
        ids: a unique name for each image.
        groups: ``(n,)``; images with one group value (a patient, or near-duplicates) must stay on
            one side of a split. Any hashable values.
        class_names: the name of each class, by index.
        masks: a sequence of masks, ``(height, width)`` bool, True in the tumour.
        sources: where each image comes from (a site, a scanner, a collection), for splits that
            test on a source never trained on.
        licence: the licence of the images.
        citation: how to cite them.
        unreadable: the files that were left out, with the reasons.

    Raises:
        ValueError: the lengths differ, an id occurs twice, or a label is not a class index.
    """

    name: str
    images: Sequence[Image]
    labels: Labels
    ids: tuple[str, ...]
    groups: NDArray[np.int64]
    class_names: tuple[str, ...]
    masks: Sequence[Mask] | None = None
    sources: tuple[str, ...] | None = None
    licence: str = "unknown"
    citation: str = ""
    unreadable: tuple[Unreadable, ...] = ()

    def __post_init__(self) -> None:
        check_same_length(images=self.images, labels=self.labels, ids=self.ids, groups=self.groups)
        if self.masks is not None:
            check_same_length(images=self.images, masks=self.masks)
        if self.sources is not None:
            check_same_length(images=self.images, sources=self.sources)
        labels = _whole_numbers(self.labels)
        if labels.size and not 0 <= labels.min() <= labels.max() < len(self.class_names):
            raise ValueError(
                f"labels must be class indices below {len(self.class_names)}; "
                f"got {labels.min()} to {labels.max()}."
            )
        if len(set(self.ids)) < len(self.ids):
            twice = next(name for name in self.ids if self.ids.count(name) > 1)
            raise ValueError(f"ids must be unique; {twice!r} occurs more than once.")
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "groups", _group_numbers(self.groups))

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: int) -> Image:
        if not isinstance(index, int | np.integer):
            raise TypeError(
                f"an image is asked for by its position, a whole number; got {index!r}. "
                "data.subset(positions) returns several, as a Dataset."
            )
        return self.images[int(index)]

    def __iter__(self) -> Iterator[Image]:
        return (self.images[i] for i in range(len(self)))

    def __repr__(self) -> str:
        counts = ", ".join(f"{self.class_counts[name]} {name}" for name in self.class_names)
        left_out = f", {len(self.unreadable)} unreadable" if self.unreadable else ""
        groups = len(np.unique(self.groups))
        return f"Dataset({self.name!r}: {len(self)} images, {counts}, {groups} groups{left_out})"

    @property
    def class_counts(self) -> dict[str, int]:
        """The number of images of each class, by name."""
        return {name: int((self.labels == i).sum()) for i, name in enumerate(self.class_names)}

    @property
    def paths(self) -> tuple[Path, ...] | None:
        """The file of each image; None where images are not read from files."""
        return _paths(self.images)

    def subset(self, indices: Sequence[int] | NDArray[np.int64] | NDArray[np.bool_]) -> "Dataset":
        """Return the images at ``indices``, in that order; images stay unread.

        Args:
            indices: positions, or ``(n,)`` bool with True at the images to keep.

        Raises:
            IndexError: a position is outside the data set, or the booleans are not one an image.
        """
        positions = np.arange(len(self))[np.asarray(indices, None if len(indices) else np.int64)]
        chosen: list[int] = positions.tolist()
        return replace(
            self,
            images=_Selection(self.images, chosen),
            labels=self.labels[chosen],
            ids=tuple(self.ids[i] for i in chosen),
            groups=self.groups[chosen],
            masks=None if self.masks is None else _Selection(self.masks, chosen),
            sources=None if self.sources is None else tuple(self.sources[i] for i in chosen),
        )

    def with_groups(self, groups: Sequence[Hashable] | NDArray[np.int64]) -> "Dataset":
        """Return the same images with other groups, one value an image."""
        return replace(self, groups=_group_numbers(groups))


@dataclass(frozen=True)
class _Selection(Sequence[NDArray[np.generic]]):
    source: Sequence[NDArray[np.generic]]
    indices: Sequence[int]

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> NDArray[np.generic]:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self.source[self.indices[index]]


def _paths(images: Sequence[Any]) -> tuple[Path, ...] | None:
    if isinstance(images, ImageFiles):
        return images.paths
    if isinstance(images, _Selection):
        source = _paths(images.source)
        return None if source is None else tuple(source[i] for i in images.indices)
    return None


def _whole_numbers(labels: Any) -> Labels:
    values = np.asarray(labels)
    whole = values.astype(np.int64) if values.dtype.kind in "biuf" else None
    if values.ndim != 1 or whole is None or not np.array_equal(whole, values):
        raise ValueError(
            "labels must be whole numbers of shape (n,); "
            f"got dtype {values.dtype}, shape {values.shape}."
        )
    return whole


def _group_numbers(groups: Sequence[Hashable] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Number arbitrary group values 0, 1, ... in order of first appearance."""
    numbers: dict[Hashable, int] = {}
    values = groups.tolist() if isinstance(groups, np.ndarray) else groups
    return np.array([numbers.setdefault(value, len(numbers)) for value in values], np.int64)
