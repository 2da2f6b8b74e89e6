"""What a DICOM file's elements say of its pixels and of where its frames lie."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from brainscan.scans.elements import PIXEL_DATA, Elements, Found, find_elements
from brainscan.scans.limits import Limits

_MODALITY, _SERIES, _SERIES_NUMBER = 0x0008_0060, 0x0020_000E, 0x0020_0011
_THICKNESS, _GAP = 0x0018_0050, 0x0018_0088
_POSITION, _ORIENTATION, _SPACING = 0x0020_0032, 0x0020_0037, 0x0028_0030
_SAMPLES, _PHOTOMETRIC, _PLANAR, _FRAMES = 0x0028_0002, 0x0028_0004, 0x0028_0006, 0x0028_0008
_ROWS, _COLUMNS = 0x0028_0010, 0x0028_0011
_ALLOCATED, _STORED, _HIGH_BIT, _SIGNED = 0x0028_0100, 0x0028_0101, 0x0028_0102, 0x0028_0103
_BURNED_IN = 0x0028_0301
_CENTRE, _WIDTH, _INTERCEPT, _SLOPE = 0x0028_1050, 0x0028_1051, 0x0028_1052, 0x0028_1053
_LUT = 0x0028_3000
_SHARED, _PER_FRAME = 0x5200_9229, 0x5200_9230
_OFFSETS, _LENGTHS = 0x7FE0_0001, 0x7FE0_0002
# In an enhanced file, these sequences of each frame hold the elements of a plain one.
_GROUPS = (0x0020_9113, 0x0020_9116, 0x0028_9110, 0x0028_9132, 0x0028_9145)
_TAGS = frozenset(
    {_MODALITY, _SERIES, _SERIES_NUMBER, _THICKNESS, _GAP, _POSITION, _ORIENTATION, _SPACING}
    | {_SAMPLES, _PHOTOMETRIC, _PLANAR, _FRAMES, _ROWS, _COLUMNS, _ALLOCATED, _STORED, _HIGH_BIT}
    | {_SIGNED, _BURNED_IN, _CENTRE, _WIDTH, _INTERCEPT, _SLOPE, _LUT, _SHARED, _PER_FRAME}
    | {_OFFSETS, _LENGTHS, PIXEL_DATA, *_GROUPS}
)
_MODALITIES = frozenset(("CR", "CT", "DX", "MG", "MR", "NM", "OT", "PT", "SC", "SEG", "US", "XA"))
_GRAY = ("MONOCHROME1", "MONOCHROME2")
_COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")


class Pixels(NamedTuple):
    """How the pixels of a file are stored."""

    rows: int
    columns: int
    frames: int
    samples: int
    photometric: str
    planar: int
    allocated: int
    stored: int
    signed: bool


class Frame(NamedTuple):
    """What is said of one frame; None where it is not said.

    Args:
        position: of its first pixel in mm, as DICOM counts: left, posterior, superior.
        orientation: the directions in which its columns follow each other, and its rows.
        spacing: between rows and between columns in mm.
        thickness: of the slice in mm.
        gap: from this slice's middle to the next one's in mm.
        slope: by which stored values are multiplied.
        intercept: that is added then.
        window: centre and width.
    """

    position: tuple[float, ...] | None
    orientation: tuple[float, ...] | None
    spacing: tuple[float, ...] | None
    thickness: float | None
    gap: float | None
    slope: float
    intercept: float
    window: tuple[float, float] | None


@dataclass(frozen=True)
class Header:
    """A DICOM file, read up to its pixels, which are not decoded yet.

    Args:
        pixels: how they are stored.
        frames: what is said of each.
        modality: if it is one of the standard's.
        burned_in: whether text is part of the pixels.
        series: what tells the files of one series from those of others; it is never shown.
        number: the series' own number, to sort by; never shown either.
        transfer_syntax: the UID of the pixels' compression.
        data: the stored pixels.
        offsets: where the frames start in them and how long they are, where that is said apart.
    """

    pixels: Pixels
    frames: tuple[Frame, ...]
    modality: str | None
    burned_in: bool | None
    series: bytes
    number: int
    transfer_syntax: str
    data: bytes
    offsets: tuple[bytes, bytes] | None


def read_header(content: bytes, limits: Limits) -> Header | None:
    """Read a DICOM file up to its pixels; None for one of a kind without any, such as a report.

    Raises:
        ValueError: the file is cut short, contradicts itself, is larger than the limits, or of a
            kind that is not read.
    """
    found = find_elements(content, _TAGS, limits)
    values = _Values(found.elements, found.order)
    data = found.elements.get(PIXEL_DATA)
    if not isinstance(data, bytes) or not data:
        return None
    pixels = _pixels(values)
    limits.check_volume(pixels.rows, pixels.columns, pixels.frames, _unpacked_bytes(pixels))
    return Header(
        pixels=pixels,
        frames=_frames(found, values, pixels),
        modality=name if (name := values.text(_MODALITY)) in _MODALITIES else None,
        burned_in={"YES": True, "NO": False}.get(values.text(_BURNED_IN)),
        series=values.raw(_SERIES),
        number=int(values.number(_SERIES_NUMBER) or 0),
        transfer_syntax=found.transfer_syntax,
        data=data,
        offsets=_offsets(values),
    )


class _Values:
    """The values of elements as numbers and text."""

    def __init__(self, elements: Elements, order: str) -> None:
        self.elements = elements
        self.order = order

    def raw(self, tag: int) -> bytes:
        value = self.elements.get(tag, b"")
        return value if isinstance(value, bytes) else b""

    def text(self, tag: int) -> str:
        return self.raw(tag).strip(b"\0 ").decode("ascii", errors="replace")

    def short(self, tag: int) -> int | None:
        value = self.raw(tag)[:2]
        return int.from_bytes(value, "little" if self.order == "<" else "big") if value else None

    def numbers(self, tag: int) -> tuple[float, ...]:
        """Return decimal numbers that are written as text; none where one of them is no number."""
        try:
            found = tuple(float(part) for part in self.text(tag).split("\\") if part.strip())
        except ValueError:
            return ()
        return found if all(math.isfinite(number) for number in found) else ()

    def number(self, tag: int) -> float | None:
        found = self.numbers(tag)
        return found[0] if found else None

    def items(self, tag: int) -> "list[_Values]":
        value = self.elements.get(tag, ())
        return [] if isinstance(value, bytes) else [_Values(item, self.order) for item in value]


def _pixels(values: _Values) -> Pixels:
    frames = values.number(_FRAMES) if values.text(_FRAMES) else 1.0
    numbers = {
        "Rows": values.short(_ROWS),
        "Columns": values.short(_COLUMNS),
        "NumberOfFrames": int(frames) if frames and frames == int(frames) else None,
        "SamplesPerPixel": values.short(_SAMPLES) or 1,
        "BitsAllocated": values.short(_ALLOCATED),
        "BitsStored": values.short(_STORED) or values.short(_ALLOCATED),
    }
    for name, number in numbers.items():
        if number is None or number < 1:
            raise ValueError(f"must say its {name}, a positive whole number; it does not.")
    rows, columns, count, samples, allocated, stored = (int(n or 0) for n in numbers.values())
    if allocated not in (1, 8, 16, 32) or stored > allocated:
        raise ValueError(
            "must have pixels of 1, 8, 16 or 32 bits (BitsAllocated), with no more that count "
            f"(BitsStored); got {allocated} and {stored}."
        )
    high_bit = values.short(_HIGH_BIT)
    if high_bit is not None and high_bit != stored - 1:
        raise ValueError(
            f"must have its {stored} bits at the lower end of a pixel (HighBit {stored - 1}); got "
            f"HighBit {high_bit}."
        )
    photometric = _photometric(values, samples)
    if values.items(_LUT):
        raise ValueError(
            "must say what its values mean by a slope and an intercept; it has a look-up table, "
            "which is not applied here. Convert it with dcmtk's dcm2img or the like."
        )
    return Pixels(
        rows=rows,
        columns=columns,
        frames=count,
        samples=samples,
        photometric=photometric,
        planar=min(values.short(_PLANAR) or 0, 1),
        allocated=allocated,
        stored=stored,
        signed=values.short(_SIGNED) == 1,
    )


def _photometric(values: _Values, samples: int) -> str:
    found = values.text(_PHOTOMETRIC)
    if (samples == 1 and found in _GRAY) or (samples == 3 and found in _COLOUR):
        return found
    if found == "PALETTE COLOR":
        raise ValueError(
            "must be gray or RGB; it has a palette of colours. Export it as RGB or PNG."
        )
    raise ValueError(
        f"must be gray with one sample a pixel ({', '.join(_GRAY)}) or in colour with three "
        f"({', '.join(_COLOUR)}); it has {samples} and its PhotometricInterpretation is another."
    )


def _unpacked_bytes(pixels: Pixels) -> int:
    """Return the bytes of a pixel once it is decoded and rescaled."""
    return pixels.samples * max(4 if pixels.samples == 1 else 1, pixels.allocated // 8)


def _offsets(values: _Values) -> tuple[bytes, bytes] | None:
    offsets, lengths = values.raw(_OFFSETS), values.raw(_LENGTHS)
    return (offsets, lengths) if offsets and lengths else None


def _frames(found: Found, values: _Values, pixels: Pixels) -> tuple[Frame, ...]:
    each = values.items(_PER_FRAME)
    shared = values.items(_SHARED)[:1]
    if not each and not shared:
        return (_frame(values.elements, found.order),) * pixels.frames
    if each and len(each) != pixels.frames:
        raise ValueError(
            f"must describe each of its {pixels.frames} frames; it describes {len(each)}."
        )
    common = _merged(values.elements, shared, found.order)
    if not each:
        return (_frame(common, found.order),) * pixels.frames
    return tuple(_frame(_merged(common, [one], found.order), found.order) for one in each)


def _merged(elements: Elements, items: list[_Values], order: str) -> Elements:
    """Return the elements with those that the items' sequences say anew."""
    merged = {tag: elements[tag] for tag in elements if tag not in (_SHARED, _PER_FRAME)}
    for item in items:
        for group in _GROUPS:
            for inner in item.items(group)[:1]:
                merged |= dict(inner.elements)
    return merged


def _frame(elements: Mapping[int, object], order: str) -> Frame:
    values = _Values(elements, order)  # pyright: ignore[reportArgumentType]
    centre, width = values.number(_CENTRE), values.number(_WIDTH)
    slope, intercept = values.number(_SLOPE), values.number(_INTERCEPT)
    return Frame(
        position=_exactly(values.numbers(_POSITION), 3),
        orientation=_directions(values.numbers(_ORIENTATION)),
        spacing=_positive(_exactly(values.numbers(_SPACING), 2)),
        thickness=_above_zero(values.number(_THICKNESS)),
        gap=_above_zero(values.number(_GAP)),
        slope=1.0 if slope is None else slope,
        intercept=intercept or 0.0,
        window=(centre, width) if centre is not None and width is not None and width > 0 else None,
    )


def _exactly(numbers: tuple[float, ...], count: int) -> tuple[float, ...] | None:
    return numbers if len(numbers) == count else None


def _positive(numbers: tuple[float, ...] | None) -> tuple[float, ...] | None:
    return numbers if numbers and min(numbers) > 0 else None


def _above_zero(number: float | None) -> float | None:
    return number if number and number > 0 else None


def _directions(numbers: tuple[float, ...]) -> tuple[float, ...] | None:
    """Return two directions that are one long and at right angles, or None."""
    if len(numbers) != 6:
        return None
    pair = np.reshape(numbers, (2, 3))
    if not np.allclose(pair @ pair.T, np.eye(2), atol=0.02):
        return None
    return numbers
