"""The images of a folder and their classes by name, before any file is opened."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from brainscan._core.reading import SUFFIXES
from brainscan.datasets.class_names import order_classes
from brainscan.datasets.dataset import Unreadable
from brainscan.datasets.scan import digest

_OTHER_FORMATS = frozenset(
    {".gif", ".jp2", ".heic", ".heif", ".avif", ".ppm", ".pgm", ".npy", ".npz", ".mat"}
    | {".dcm", ".dicom", ".ima", ".nii", ".gz", ".mha", ".nrrd"}
)
_SCANS = (".dcm", ".dicom", ".ima", ".nii", ".nii.gz")


@dataclass(frozen=True)
class Listing:
    """What a folder holds.

    Args:
        root: the folder that ids and masks are relative to.
        paths: the image files.
        ids: one a file.
        classes: the name of each file's class.
        class_names: the names in the order of their labels.
        patients: the group of each file as a label file gives it; None where there is none.
        sources: where each file comes from as a label file gives it; None where there is none.
        left_out: sub-folders with images and files of other formats that are not read, and why.
    """

    root: Path
    paths: tuple[Path, ...]
    ids: tuple[str, ...]
    classes: tuple[str, ...]
    class_names: tuple[str, ...]
    patients: tuple[str, ...] | None = None
    sources: tuple[str, ...] | None = None
    left_out: tuple[Unreadable, ...] = ()


def list_class_folders(folder: Path, classes: Sequence[str] | None) -> Listing:
    """List the images of a folder with one sub-folder a class.

    A class folder is an immediate sub-folder that holds image files directly; where there is none,
    the only sub-folder with images below it is searched instead. So an archive that holds every
    file twice (``yes``, ``no`` and again ``brain_tumor_dataset/yes``) is read once. Images that lie
    elsewhere are reported, unless each is a copy of one that is read.

    Raises:
        ValueError: no image, no sub-folder a class, several sub-folders that could be meant, or
            see `order_classes`.
    """
    root = _class_root(folder)
    found = [sub for sub in subfolders(root) if any(images_in(sub))]
    if classes is None and len(found) == 1:
        _check_formats([sub for sub in subfolders(root) if sub not in found], found[0].name)
    class_names = order_classes([sub.name for sub in found], classes)
    chosen = [sub for sub in found if sub.name in class_names]
    paths = tuple(path for sub in chosen for path in images_in(sub))
    searched = [root] if classes is None else chosen
    return Listing(
        root=root,
        paths=paths,
        ids=tuple(_printable(path.relative_to(root).as_posix()) for path in paths),
        classes=tuple(path.parent.name for path in paths),
        class_names=class_names,
        left_out=left_out(root, searched, paths) + _not_read(root, chosen),
    )


def subfolders(folder: Path) -> list[Path]:
    """Return the sub-folders that are not hidden, sorted by name."""
    return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))


def images_in(folder: Path) -> list[Path]:
    """Return the image files directly in a folder that are not hidden, sorted by name."""
    files = {p.resolve(): p for p in sorted(folder.iterdir(), reverse=True) if _is_image(p)}
    return sorted(files.values())  # a link and what it points to are one


def left_out(root: Path, searched: Sequence[Path], taken: Sequence[Path]) -> tuple[Unreadable, ...]:
    """Report the folders below ``searched`` whose images are not ``taken``, nor copies of these."""
    rest = sorted({path for folder in searched for path in _images_below(folder)} - set(taken))
    if not rest:
        return ()
    copies = {digest(path) for path in taken}
    missed = Counter(path.parent for path in rest if digest(path) not in copies)
    reason = "holds {} image(s) where none is looked for; images lie directly in a class folder."
    return tuple(
        Unreadable(parent.relative_to(root).as_posix(), reason.format(count))
        for parent, count in missed.items()
    )


def _not_read(root: Path, folders: Sequence[Path]) -> tuple[Unreadable, ...]:
    """Report the files that were meant as images, but are of other formats or not there."""
    reasons = {
        path.relative_to(root).as_posix(): _why_not_read(path)
        for folder in folders
        for path in sorted(folder.iterdir())
        if not path.name.startswith(".") and not path.is_dir()
    }
    return tuple(Unreadable(name, reason) for name, reason in reasons.items() if reason)


def _why_not_read(path: Path) -> str | None:
    suffix = path.suffix.lower()
    if suffix in SUFFIXES:
        return None if path.exists() else "is a link to a file that does not exist."
    if suffix in _OTHER_FORMATS or (not suffix and _has_image_bytes(path)):
        return f"must be an image file with the suffix {', '.join(sorted(SUFFIXES))}; convert it."
    return None


def _has_image_bytes(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(8).startswith((b"\x89PNG", b"\xff\xd8\xff"))


def _check_formats(others: Sequence[Path], only: str) -> None:
    for folder in others:
        if any(_why_not_read(path) for path in folder.iterdir() if path.is_file()):
            raise ValueError(
                f"a dataset must have two classes or more; got one: {only}. {folder.name!r} holds "
                f"files of other formats: convert them to {', '.join(sorted(SUFFIXES))}."
            )


def _class_root(folder: Path) -> Path:
    holders = [sub for sub in subfolders(folder) if any(_images_below(sub))]
    if any(any(images_in(sub)) for sub in holders):
        return folder
    if len(holders) == 1:
        return _class_root(holders[0])
    if holders:
        raise ValueError(
            f"{str(folder)!r} must hold one sub-folder a class; its sub-folders "
            f"{', '.join(sub.name for sub in holders)} each hold such. Load one of "
            "them; or, if these are the classes and theirs the patients, name class and patient of "
            "each image in a label file (labels=, columns id, label, group)."
        )
    if any(images_in(folder)):
        raise ValueError(
            f"{str(folder)!r} must hold one sub-folder a class, such as 'no' and 'yes'; its images "
            "lie in one folder. Sort them, or give labels='file.csv'."
        )
    raise ValueError(
        f"{str(folder)!r} must hold images ({', '.join(sorted(SUFFIXES))}), one sub-folder a "
        f"class; found none.{_about_scans(folder)}"
    )


def _about_scans(folder: Path) -> str:
    """Return the way on where a folder holds DICOM or NIfTI files instead."""
    if not any(path.name.lower().endswith(_SCANS) for path in folder.rglob("*")):
        return ""
    return (
        " DICOM and NIfTI files are read by brainscan.scans (pip install "
        "'brainscan[dicom,nifti]'): save the slices that you choose as PNG files."
    )


def _images_below(folder: Path, above: frozenset[Path] = frozenset()) -> Iterator[Path]:
    if folder.resolve() in above:  # a link that leads back up
        return
    yield from images_in(folder)
    for sub in subfolders(folder):
        yield from _images_below(sub, above | {folder.resolve()})


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()


def _printable(name: str) -> str:
    """Return a file's name as text; bytes of it that are no UTF-8 are shown as hexadecimal."""
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")
