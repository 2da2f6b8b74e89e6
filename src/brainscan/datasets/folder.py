"""Read a data set from a folder of image files."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Int64

from brainscan.datasets.dataset import Dataset, ImageFiles, Unreadable
from brainscan.datasets.duplicates import group_thumbnails
from brainscan.datasets.label_file import list_labelled
from brainscan.datasets.listing import Listing, list_class_folders
from brainscan.datasets.mask_files import MaskFiles, find_masks
from brainscan.datasets.scan import Scanned, scan


def load_folder(
    path: str | Path,
    classes: Sequence[str] | None = None,
    labels: str | Path | None = None,
    masks: str | Path | None = None,
) -> Dataset:
    """Read a folder with one sub-folder a class, or a flat one with a file of labels.

    Every file is decoded once, so that those which cannot be read are known: they are left out,
    named in ``data.unreadable`` and in a warning. After that images are read when asked for.

    Args:
        path: the folder. PNG, JPEG, TIFF, BMP and WebP files are images; others are ignored.
        classes: the names of the classes in the order of their labels, tumour-free first; None to
            tell them by common names (``no``, ``yes``, ``notumor``, ``tumor``, ...).
        labels: a CSV file with the columns ``id``, ``label`` and perhaps ``group`` (the patient)
            and ``source`` (the site or scanner), for images that lie directly in ``path``. An id is
            a file's name, with or without its suffix.
        masks: a folder with one tumour mask an image, of the same relative path; the suffix may
            differ. What is not zero is tumour.

    Returns:
        A data set whose groups are those of the label file, or else near-duplicates (see
        `group_near_duplicates`).

    Raises:
        FileNotFoundError: the folder, the label file or the folder of masks does not exist.
        ValueError: no image can be read, there is one class only, the classes' names do not tell
            which is the tumour, the label file is out of step with the files, or a mask is missing.

    Examples:
        >>> data = load_folder("scans", classes=("healthy", "glioma"))  # doctest: +SKIP
    """
    folder = Path(path).expanduser()
    if not folder.is_dir():
        what = "it is a file" if folder.exists() else "there is none"
        raise FileNotFoundError(f"a dataset must be an existing folder; {what} at {str(folder)!r}.")
    if labels is None:
        listing = list_class_folders(folder, classes)
    else:
        listing = list_labelled(folder, Path(labels).expanduser(), classes)
    return _read(listing, folder.resolve().name, Path(masks).expanduser() if masks else None)


def _read(listing: Listing, name: str, masks: Path | None) -> Dataset:
    results = scan(listing.paths)
    kept = {i: result for i, result in enumerate(results) if isinstance(result, Scanned)}
    unreadable = tuple(e for e in listing.left_out if not _lies_in(listing.root / e.id, masks))
    unreadable += tuple(
        Unreadable(id, result)
        for id, result in zip(listing.ids, results, strict=True)  # noqa: A001
        if isinstance(result, str)
    )
    _warn(unreadable, name)
    classes = [listing.classes[i] for i in kept]
    empty = [c for c in listing.class_names if c not in classes]
    if empty:
        raise ValueError(
            f"every class must have an image that can be read; {', '.join(empty)} has none. "
            f"The first that cannot: {unreadable[0].id}: {unreadable[0].reason}"
        )
    paths = tuple(listing.paths[i] for i in kept)
    labels = np.array([listing.class_names.index(c) for c in classes], np.int64)
    groups = _groups(listing, kept)
    if listing.patients is None:
        _warn_of_conflicts(name, [listing.ids[i] for i in kept], labels, groups)
    return Dataset(
        name=name,
        images=ImageFiles(paths),
        labels=labels,
        ids=tuple(listing.ids[i] for i in kept),
        groups=groups,
        class_names=listing.class_names,
        masks=None if masks is None else _masks(masks, listing.root, paths, list(kept.values())),
        sources=None if listing.sources is None else tuple(listing.sources[i] for i in kept),
        unreadable=unreadable,
    )


def _lies_in(path: Path, folder: Path | None) -> bool:
    return folder is not None and path.resolve().is_relative_to(folder.resolve())


def _groups(listing: Listing, kept: dict[int, Scanned]) -> Int64[np.ndarray, " n"]:
    if listing.patients is None:
        return group_thumbnails(np.stack([scanned.thumbnail for scanned in kept.values()]))
    _, groups = np.unique([listing.patients[i] for i in kept], return_inverse=True)
    return groups.astype(np.int64)


def _masks(
    folder: Path, root: Path, images: Sequence[Path], scanned: Sequence[Scanned]
) -> MaskFiles:
    paths = find_masks(folder, [image.relative_to(root) for image in images])
    return MaskFiles(paths, tuple(one.size for one in scanned))


def _warn_of_conflicts(
    name: str, ids: Sequence[str], labels: Int64[np.ndarray, " n"], groups: Int64[np.ndarray, " n"]
) -> None:
    mixed = [group for group in np.unique(groups) if len(set(labels[groups == group])) > 1]
    if mixed:
        first = [ids[i] for i in np.flatnonzero(groups == mixed[0]).tolist()]
        warnings.warn(
            f"{len(mixed)} group(s) of near-duplicates in {name!r} bear several labels; "
            f"the first: {', '.join(first[:5])}. One of the labels must be wrong.",
            stacklevel=4,
        )


def _warn(unreadable: Sequence[Unreadable], name: str) -> None:
    if not unreadable:
        return
    first = unreadable[0]
    warnings.warn(
        f"left out {len(unreadable)} of {name!r} that cannot be read, listed in data.unreadable; "
        f"the first is {first.id}: {first.reason}",
        stacklevel=4,
    )
