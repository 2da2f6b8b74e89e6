"""A folder of DICOM files as one series."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, TypeAlias

from brainscan.scans.dicom import scan_of
from brainscan.scans.header import Header, Pixels, read_header
from brainscan.scans.limits import Limits
from brainscan.scans.orientation import Plane, planes_of
from brainscan.scans.scan import Scan
from brainscan.scans.source import HEAD, format_of, read_content
from brainscan.scans.stack import directions_of

_Key: TypeAlias = "tuple[bytes, Pixels, tuple[float, ...] | None]"
_SHOWN = 20


class _Member(NamedTuple):
    """A file of a series: where it is, and what its header says without its pixels."""

    path: Path
    header: Header


def read_folder(
    folder: Path, limits: Limits, plane: Plane | None, series: int | None, name: str
) -> Scan:
    """Read the DICOM files that lie directly in a folder as one series; see `read`."""
    found = _series(folder, limits)
    if not found:
        raise ValueError(
            "must be a folder with DICOM images directly in it; it holds none. Give the folder "
            "where the files lie; a folder of pictures is read with brainscan.datasets.load."
        )
    chosen = _choose(found, series)
    members = found[chosen - 1]
    limits.check_slices(sum(member.header.pixels.frames for member in members))
    limits.check_file(sum(member.path.stat().st_size for member in members))
    if len(members) > 1 and any(member.header.pixels.frames > 1 for member in members):
        raise ValueError(
            f"must be one file with several frames, or files with one; series {chosen} has several "
            "of both. Read its files one by one."
        )
    headers = [_header(member.path, limits, "") for member in members]
    return scan_of([one for one in headers if one], limits, plane, name, number=chosen)


def dicom_files(folder: Path) -> list[Path]:
    """Return the DICOM files that lie directly in a folder, by name."""
    files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    return [path for path in files if path.is_file() and _is_dicom(path)]


def _series(folder: Path, limits: Limits) -> list[list[_Member]]:
    """Return the files with images by series, in the order of their own numbers and names."""
    files = dicom_files(folder)
    limits.check_slices(len(files))
    groups: dict[_Key, list[_Member]] = defaultdict(list)
    for position, path in enumerate(files, 1):
        header = _header(path, limits, f"file {position} of {len(files)}, by name, ")
        if header is not None:
            groups[_key(header)].append(_Member(path, replace(header, data=b"")))
    return sorted(groups.values(), key=lambda members: members[0].header.number)


def _is_dicom(path: Path) -> bool:
    with path.open("rb") as file:
        return format_of(file.read(HEAD)) == "dicom"


def _header(path: Path, limits: Limits, which: str) -> Header | None:
    message = ""
    try:
        return read_header(read_content(path, limits), limits)
    except ValueError as error:
        message = str(error)
    raise ValueError(f"{which}{message}")


def _key(header: Header) -> _Key:
    """Return what the files of one stack have in common: a localiser holds several stacks."""
    numbers = header.frames[0].orientation
    direction = numbers and tuple(round(number, 2) + 0.0 for number in numbers)
    return header.series, header.pixels._replace(frames=1), direction


def _choose(found: Sequence[Sequence[_Member]], series: int | None) -> int:
    if series is None and len(found) == 1:
        return 1
    if series is not None and 1 <= series <= len(found):
        return series
    listed = [f"{n}: {_described(members)}" for n, members in enumerate(found[:_SHOWN], 1)]
    lines = "; ".join(listed + ["..."] * (len(found) > _SHOWN))
    if series is not None:
        raise ValueError(
            f"must hold the series that is chosen; got series={series!r}. It holds {lines}."
        )
    raise ValueError(
        f"must be a folder with one series, or series must say which; it holds {len(found)}. "
        f"Give series=1 or another of them. {lines}."
    )


def _described(members: Sequence[_Member]) -> str:
    header = members[0].header
    count = sum(member.header.pixels.frames for member in members)
    directions = directions_of(header.frames[0])
    plane = "" if directions is None else f"{planes_of(directions)[2]} "
    modality = "" if header.modality is None else f", {header.modality}"
    size = f"{header.pixels.rows}x{header.pixels.columns}"
    return f"{count} {plane}slice{'s' if count > 1 else ''} of {size}{modality}"
