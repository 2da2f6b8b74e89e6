"""The record of a scan that was read."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from brainscan._core.images import to_uint8
from brainscan._core.types import Image
from brainscan.scans.orientation import Affine, Layout, Plane, spacings
from brainscan.scans.source import Format

Spacing = tuple[float, float, float | None]
Window = tuple[float, float]


@dataclass(frozen=True)
class Series:
    """What is kept of a DICOM series; nothing in it tells who the patient is.

    Args:
        number: its place among the series of the folder, from 1; as ``read`` takes it.
        modality: ``MR``, ``CT`` and the like; None where it is none of the standard's.
        burned_in: whether the file says that text, perhaps the patient's name, is part of the
            pixels; None where it does not say.
    """

    number: int
    modality: str | None
    burned_in: bool | None


@dataclass(frozen=True, eq=False, repr=False)
class Scan:
    """Slices with their meaning. It holds no name, number, date or UID of a patient or study.

    Args:
        slices: each ``(height, width)`` or ``(height, width, 3 or 4)``; uint8, uint16 or float32,
            in the file's own units after its rescaling; MONOCHROME1 turned, so that more is
            brighter. Where ``plane`` is known, they lie as a radiologist looks at them: see
            ``orientation``.
        format: ``png``, ``jpeg``, ``tiff``, ``bmp``, ``webp``, ``dicom`` or ``nifti``, as the
            content says.
        name: what the caller called it.
        bits: the bits of a stored pixel that count.
        spacing_mm: between neighbours down the rows, along the columns, and from slice to slice
            (None for one slice alone, or uneven gaps); None where the file does not say.
        plane: ``axial``, ``coronal`` or ``sagittal``, the nearest one to the slices; None where the
            file does not say how they lie.
        orientation: the sides of the patient that rows, columns and slices run to: ``PLS`` for
            axial slices (posterior, left, superior), ``ILA`` for coronal and ``IPR`` for sagittal
            ones; None as ``plane``.
        window: the centre and width that the file offers for showing its middle slice, in the
            units of ``slices``; None where there is none.
        series: what else a DICOM file says and is kept; None for other files.
        affine: ``(4, 4)`` float64, from the indices of the volume's own array to mm in the patient
            (right, anterior, superior); None where no such array is known. For one slice alone its
            thickness stands for the third spacing.
        layout: how the slices lie in that array; None as ``affine``.
    """

    slices: tuple[Image, ...]
    format: Format
    name: str
    bits: int
    spacing_mm: Spacing | None = None
    plane: Plane | None = None
    orientation: str | None = None
    window: Window | None = None
    series: Series | None = None
    affine: Affine | None = None
    layout: Layout | None = None

    def windowed(self, index: int) -> UInt8[np.ndarray, "..."]:
        """Return a slice as uint8 for showing: through the window, or else from its extremes.

        The window is applied as DICOM PS3.3 C.11.2.1.2.1 has it.
        """
        image = self.slices[index]
        if self.window is None or image.ndim == 3:
            return to_uint8(image)
        centre, width = self.window
        if width <= 1:
            return np.where(image > centre - 0.5, 255, 0).astype(np.uint8)
        shown = (image.astype(np.float64) - (centre - 0.5)) / (width - 1) + 0.5
        return np.rint(255 * np.clip(shown, 0, 1)).astype(np.uint8)

    def __repr__(self) -> str:
        sizes = sorted({f"{image.shape[0]}x{image.shape[1]}" for image in self.slices})
        plane = f"{self.plane} " if self.plane else ""
        noun = "slice" if len(self.slices) == 1 else "slices"
        return (
            f"Scan({self.format}: {len(self.slices)} {plane}{noun} of {' and '.join(sizes[:3])}, "
            f"{self.bits} bits)"
        )


def finished(slices: Sequence[Image]) -> tuple[Image, ...]:
    """Return slices that own their memory row by row, as OpenCV and JAX like them."""
    return tuple(np.ascontiguousarray(image) for image in slices)


def shown_spacing(affine: Affine, layout: Layout) -> tuple[float, float, float]:
    """Return the spacing between rows, columns and slices as they are shown."""
    between, rows, columns = (spacings(affine)[axis] for axis in layout.axes)
    return rows, columns, between
