"""A flat folder of images with a CSV file that gives the label of each."""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from brainscan.datasets.class_names import order_classes
from brainscan.datasets.listing import Listing, images_in, left_out

_SHOWN = 5

Row = Mapping[str, str]


def list_labelled(folder: Path, labels: Path, classes: Sequence[str] | None) -> Listing:
    """List the images of a folder whose labels a CSV file gives.

    Args:
        folder: images lie directly in it.
        labels: a CSV file with the columns ``id`` (the file's name with or without its suffix),
            ``label`` (the name of the class) and, where known, ``group`` (the patient) and
            ``source`` (the site or scanner).
        classes: see `order_classes`; rows of other classes are left out.

    Raises:
        FileNotFoundError: there is no such label file.
        ValueError: a column or value is missing, or the rows and the files do not pair one to one.
    """
    rows = _read_rows(labels)
    files = _files_of(rows, images_in(folder), folder, labels)
    class_names = order_classes({row["label"] for row in rows}, classes)
    chosen = [i for i, row in enumerate(rows) if row["label"] in class_names]
    kept = [rows[i] for i in chosen]
    return Listing(
        root=folder,
        paths=tuple(files[i] for i in chosen),
        ids=tuple(row["id"] for row in kept),
        classes=tuple(row["label"] for row in kept),
        class_names=class_names,
        patients=tuple(row["group"] for row in kept) if "group" in rows[0] else None,
        sources=tuple(row["source"] for row in kept) if "source" in rows[0] else None,
        left_out=left_out(folder, [folder], files),
    )


def _read_rows(labels: Path) -> list[Row]:
    if not labels.is_file():
        raise FileNotFoundError(f"labels must be a CSV file; there is none at {str(labels)!r}.")
    with labels.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        rows: list[Row] = list(reader)
        columns = list(reader.fieldnames or ())
    if not {"id", "label"} <= set(columns):
        raise ValueError(
            f"{labels.name} must have the columns id and label; got {', '.join(columns) or 'none'}."
        )
    needed = [column for column in ("id", "label", "group", "source") if column in columns]
    empty = [i for i, row in enumerate(rows, start=2) if not all(row[name] for name in needed)]
    if empty:
        raise ValueError(
            f"{labels.name} must fill {', '.join(needed)} in every row; "
            f"empty in line {_some(map(str, empty))}."
        )
    if not rows:
        raise ValueError(f"{labels.name} must have a row for each image; it has none.")
    return rows


def _files_of(rows: Sequence[Row], files: Sequence[Path], folder: Path, labels: Path) -> list[Path]:
    """Return the file of each row; the pairs are one to one, or ValueError says where not."""
    by_name = {path.name: path for path in files}
    stems = Counter(path.stem for path in files)
    by_name |= {path.stem: path for path in files if stems[path.stem] == 1}
    found = [by_name.get(row["id"]) for row in rows]
    lost = [row["id"] for row, path in zip(rows, found, strict=True) if not path]
    times = Counter(path for path in found if path)
    problems = {
        "rows without an image": lost,
        "images without a row": [path.name for path in files if path not in times],
        "images with several rows": [path.name for path in files if times[path] > 1],
    }
    if any(problems.values()):
        shown = "; ".join(f"{len(v)} {k} ({_some(v)})" for k, v in problems.items() if v)
        raise ValueError(
            f"{labels.name} must have one row for each image in {str(folder)!r}; got {shown}. "
            "An id is the file's name, with its suffix where two files differ only in that."
        )
    return [path for path in found if path]


def _some(values: Iterable[str]) -> str:
    values = list(values)
    return ", ".join(values[:_SHOWN]) + (", ..." if len(values) > _SHOWN else "")
