"""DICOM frames, from one file or several, as the slices of one scan."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainscan._core.checks import check_image
from brainscan.scans.decoding import decode_frames
from brainscan.scans.header import Frame, Header, Pixels, read_header
from brainscan.scans.limits import Limits
from brainscan.scans.orientation import PLANES, Affine, Layout, Plane, layout_of, planes_of
from brainscan.scans.scan import Scan, Series, Spacing, Window, finished, shown_spacing
from brainscan.scans.stack import affine_of, directions_of, order_along_normal

_AS_STORED = Layout(axes=(2, 1, 0), flipped=(False, False, False))


def read_dicom(content: bytes, limits: Limits, plane: Plane | None, name: str) -> Scan:
    """Read a DICOM file; see `read`."""
    header = read_header(content, limits)
    if header is None:
        raise ValueError("must hold pixels; it is a DICOM file without any, such as a report.")
    return scan_of([header], limits, plane, name, number=1)


def scan_of(
    headers: Sequence[Header], limits: Limits, plane: Plane | None, name: str, number: int
) -> Scan:
    """Return the scan whose frames these files hold.

    Args:
        headers: files of one series, whose frames have one size and lie in one direction.
        limits: what is accepted.
        plane: the plane to cut the slices in; None for the one they were taken in.
        name: what the caller calls the scan.
        number: that of the series.
    """
    frames = [frame for header in headers for frame in header.frames]
    order = order_along_normal(frames)
    if order is None and len(headers) > 1:
        raise ValueError(
            "must be slices that lie side by side, each at a place of its own; some lie at one "
            "place, or do not say where they lie (ImagePositionPatient). Read the files one by "
            "one, or put each echo, time or b-value into a folder of its own."
        )
    places = list(range(len(frames))) if order is None else np.argsort(order).tolist()
    ordered = frames if order is None else [frames[index] for index in order]
    affine = None if order is None else affine_of(ordered)
    directions = directions_of(frames[0]) if affine is None else affine
    taken_in = None if directions is None else planes_of(directions)[2]
    layout = _layout(directions, taken_in, plane, None if affine is None else len(frames))
    stack = _stack(headers, frames, places, limits)
    shown = layout.slices(np.moveaxis(stack, (0, 1, 2), (2, 1, 0)))
    middle, first = ordered[len(ordered) // 2], headers[0]
    known = plane or taken_in
    return Scan(
        slices=finished([check_image(image, "pixels") for image in shown]),
        format="dicom",
        name=name,
        bits=first.pixels.stored,
        spacing_mm=_spacing(affine, layout, ordered),
        plane=known,
        orientation=PLANES[known] if known else None,
        window=_window(middle, first.pixels),
        series=Series(number, first.modality, _any(header.burned_in for header in headers)),
        affine=affine,
        layout=layout if affine is not None else None,
    )


def _layout(
    directions: Affine | None, taken_in: Plane | None, plane: Plane | None, cuttable: int | None
) -> Layout:
    if directions is None or taken_in is None:
        if plane is None:
            return _AS_STORED
        raise ValueError(
            f"must say how its slices lie to be cut in the {plane} plane; it does not "
            "(ImageOrientationPatient). Leave plane out to read its slices as they are."
        )
    chosen = plane or taken_in
    if chosen != taken_in and (cuttable is None or cuttable == 1):
        what = "a slice" if cuttable else "slices with uneven gaps or pixels of unknown size"
        raise ValueError(
            f"must be a volume to be cut in the {plane} plane; it is {what}, {taken_in}. "
            f"Leave plane out, or read it with plane={taken_in!r}."
        )
    return layout_of(directions, chosen)


def _stack(
    headers: Sequence[Header], frames: Sequence[Frame], places: Sequence[int], limits: Limits
) -> NDArray[Any]:
    """Return all frames, each at its place, in the units of the rescaled values."""
    pixels = headers[0].pixels
    rescaled = any((frame.slope, frame.intercept) != (1.0, 0.0) for frame in frames)
    kind = _kind(pixels, rescaled)
    limits.check_volume(
        pixels.rows, pixels.columns, len(frames), pixels.samples * np.dtype(kind).itemsize
    )
    colours = (pixels.samples,) if pixels.samples > 1 else ()
    stack = np.empty((len(frames), pixels.rows, pixels.columns, *colours), kind)
    at = 0
    for header in headers:
        for array in decode_frames(header):
            stack[places[at]] = _values(array, pixels, frames[at])
            at += 1
    return stack


def _kind(pixels: Pixels, rescaled: bool) -> type[np.generic]:
    if pixels.samples > 1:
        return np.uint8 if pixels.allocated <= 8 else np.uint16
    if rescaled or pixels.signed or pixels.allocated > 16:
        return np.float32
    return np.uint8 if pixels.allocated <= 8 else np.uint16


def _values(array: NDArray[Any], pixels: Pixels, frame: Frame) -> NDArray[Any]:
    if pixels.samples > 1:
        if array.dtype.itemsize > 2 or array.dtype.kind != "u":
            raise ValueError("must have colours of 8 or 16 bits without a sign; it has others.")
        return array
    if pixels.photometric == "MONOCHROME1":
        low, high = _range(pixels)
        if array.min() < low or array.max() > high:
            raise ValueError(
                f"must have pixels of {pixels.stored} bits, as it says; some have more."
            )
        array = (low + high - array.astype(np.int64)).astype(array.dtype)
    if (frame.slope, frame.intercept) == (1.0, 0.0):
        return array
    with np.errstate(over="ignore"):  # what is too large becomes infinite and is refused
        return (array.astype(np.float64) * frame.slope + frame.intercept).astype(np.float32)


def _range(pixels: Pixels) -> tuple[int, int]:
    if pixels.signed:
        return -(2 ** (pixels.stored - 1)), 2 ** (pixels.stored - 1) - 1
    return 0, 2**pixels.stored - 1


def _window(frame: Frame, pixels: Pixels) -> Window | None:
    if frame.window is None or pixels.samples > 1:
        return None
    centre, width = frame.window
    if pixels.photometric == "MONOCHROME1":
        centre = frame.slope * sum(_range(pixels)) + 2 * frame.intercept - centre
    return centre, width


def _spacing(affine: Affine | None, layout: Layout, ordered: Sequence[Frame]) -> Spacing | None:
    first = ordered[0]
    if affine is not None:
        rows, columns, between = shown_spacing(affine, layout)
        return rows, columns, first.gap if len(ordered) == 1 else between
    if first.spacing is None or any(frame.spacing != first.spacing for frame in ordered):
        return None
    rows, columns = first.spacing if layout.axes[1] == 1 else first.spacing[::-1]
    return rows, columns, None


def _any(facts: "Sequence[bool | None] | Any") -> bool | None:
    known = [fact for fact in facts if fact is not None]
    return any(known) if known else None
