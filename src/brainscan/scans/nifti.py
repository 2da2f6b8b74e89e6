"""NIfTI volumes: reading one as slices, and writing masks back into its own axes."""

import gzip
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainscan._core.artifacts import write_atomic
from brainscan._core.checks import check_image
from brainscan._core.extras import require
from brainscan._core.types import Image, Mask
from brainscan.scans.inflate import GZIP, PADDING, inflate, inflate_head, is_gzip
from brainscan.scans.limits import Limits
from brainscan.scans.orientation import (
    PLANES,
    Affine,
    Plane,
    is_usable,
    layout_of,
    planes_of,
    sharpest_plane,
)
from brainscan.scans.scan import Scan, finished, shown_spacing

_HEADERS = {348: "Nifti1Header", 540: "Nifti2Header"}
_DAMAGED = "must be a whole NIfTI file; its header is damaged."


class _Voxels(NamedTuple):
    """What a header says: the array's shape and type, where it starts, and what it means."""

    shape: tuple[int, ...]
    kind: np.dtype[Any]
    start: int
    slope: float
    intercept: float
    affine: Affine
    oriented: bool


def read_nifti(content: bytes, limits: Limits, plane: Plane | None, name: str) -> Scan:
    """Read a NIfTI volume, packed by gzip or not; see `read`."""
    packed = is_gzip(content)
    voxels = _read_header(inflate_head(content, 540) if packed else content[:540])
    rows, columns, slices = (*voxels.shape, 1)[:3]
    limits.check_volume(rows, columns, slices, max(voxels.kind.itemsize, 4))
    size = math.prod(voxels.shape) * voxels.kind.itemsize
    limits.check_unpacked(voxels.start + size)
    if packed:
        content = inflate(content, voxels.start + size + PADDING, GZIP)
    if not voxels.start + size <= len(content) <= voxels.start + size + PADDING:
        raise ValueError(
            f"must hold {size:,} bytes of voxels from byte {voxels.start:,} on; it has "
            f"{len(content):,} bytes. It may be cut short."
        )
    stored = np.frombuffer(content, voxels.kind, math.prod(voxels.shape), voxels.start)
    return _scan(stored.reshape(rows, columns, slices, order="F"), voxels, plane, name, limits)


def _scan(
    volume: NDArray[Any], voxels: _Voxels, plane: Plane | None, name: str, limits: Limits
) -> Scan:
    if plane is not None and not voxels.oriented:
        raise ValueError(
            f"must say how its voxels lie to be cut in the {plane} plane (sform or qform); it does "
            "not. Leave plane out to read its slices as they are."
        )
    native = planes_of(voxels.affine)[2]
    alone = volume.shape[2] == 1
    if plane is not None and alone and plane != native:
        raise ValueError(
            f"must be a volume to be cut in the {plane} plane; it is a slice, {native}. Leave "
            f"plane out, or read it with plane={native!r}."
        )
    chosen = plane or (native if alone or not voxels.oriented else sharpest_plane(voxels.affine))
    layout = layout_of(voxels.affine, chosen)
    shown = layout.slices(volume)
    limits.check_volume(shown.shape[1], shown.shape[2], len(shown), max(voxels.kind.itemsize, 4))
    known = chosen if voxels.oriented else None
    return Scan(
        slices=finished([check_image(_values(image, voxels), "voxels") for image in shown]),
        format="nifti",
        name=name,
        bits=8 * voxels.kind.itemsize,
        spacing_mm=shown_spacing(voxels.affine, layout),
        plane=known,
        orientation=PLANES[known] if known else None,
        affine=voxels.affine,
        layout=layout,
    )


def _read_header(head: bytes) -> _Voxels:
    nibabel = require("nibabel", extra="nifti")
    size = 540 if 540 in (int.from_bytes(head[:4], order) for order in ("little", "big")) else 348
    if head[344:347] == b"ni1" or head[4:7] == b"ni2":
        raise ValueError(
            "must be one file; it is the header of a pair (.hdr and .img). Save it as .nii."
        )
    if len(head) < size:
        raise ValueError(_DAMAGED)
    voxels, damaged = None, False
    try:
        header = getattr(nibabel, _HEADERS[size])(head[:size], check=False)
        voxels = _voxels(header)
    except ValueError:
        raise
    except Exception:  # noqa: BLE001  nibabel has errors of its own for odd headers
        damaged = True
    if voxels is None or damaged:
        raise ValueError(_DAMAGED)
    return voxels


def _voxels(header: Any) -> _Voxels:
    shape = tuple(int(length) for length in header.get_data_shape())
    _check_shape(shape)
    kind = np.dtype(header.get_data_dtype())
    if kind.kind not in "iuf" or kind.itemsize > 8:
        raise ValueError(
            "must have voxels that are real numbers of at most 64 bits; it has colours, complex or "
            "longer ones. Save one channel of it."
        )
    slope, intercept = header.get_slope_inter()
    start = float(header.get_data_offset())
    if not start.is_integer() or start < header.structarr.dtype.itemsize:
        raise ValueError(_DAMAGED)
    affine = np.asarray(header.get_best_affine(), np.float64)
    if not is_usable(affine):
        raise ValueError(
            "must place its voxels in space; its affine has no length or folds it flat. Mend the "
            "sform or qform, or set both codes to 0."
        )
    return _Voxels(
        shape=shape[:3],
        kind=kind,
        start=int(start),
        slope=1.0 if slope is None else float(slope),
        intercept=0.0 if intercept is None else float(intercept),
        affine=affine,
        oriented=bool(header["sform_code"] > 0 or header["qform_code"] > 0),
    )


def _check_shape(shape: tuple[int, ...]) -> None:
    if not shape or min(shape) < 1:
        raise ValueError(_DAMAGED)
    longer = [length for length in shape[3:] if length > 1]
    if longer or len(shape) < 2:
        volumes = math.prod(longer)
        raise ValueError(
            "must be one volume of 2 or 3 dimensions; it has "
            f"{len(shape)} ({'x'.join(map(str, shape))}). "
            + (f"Save one of its {volumes} volumes (nibabel: image.slicer[..., 0])." * bool(longer))
        )


def _values(image: NDArray[Any], voxels: _Voxels) -> NDArray[Any]:
    if (voxels.slope, voxels.intercept) == (1.0, 0.0):
        return image.astype(image.dtype.newbyteorder("="))
    with np.errstate(over="ignore", invalid="ignore"):  # refused below where not finite
        return (image.astype(np.float64) * voxels.slope + voxels.intercept).astype(np.float32)


def write_nifti(masks: Sequence[Mask] | NDArray[Any], scan: Scan, path: str | Path) -> Path:
    """Write masks of a scan's slices as a NIfTI volume that lies on the volume they came from.

    Args:
        masks: one a slice, in their order and of their size; what is not zero becomes 1.
        scan: what `read` returned for the volume: NIfTI, a DICOM series or enhanced DICOM file.
        path: ends in ``.nii`` or ``.nii.gz``; replaced atomically.

    Returns:
        The path. The file has the array axes and the affine of the volume, and nothing else of it.

    Raises:
        ValueError: the scan does not say where it lies, the masks do not fit its slices, or the
            path ends in something else.
        ImportError: nibabel is not installed.

    Examples:
        >>> scan = read("t1.nii.gz")  # doctest: +SKIP
        >>> write_nifti([segmenter(image) for image in scan.slices], scan, "mask.nii.gz")
        ... # doctest: +SKIP
    """
    path = Path(path)
    if not path.name.lower().endswith((".nii", ".nii.gz")):
        raise ValueError(f"path must end in .nii or .nii.gz; got {path.suffix!r}.")
    if scan.affine is None or scan.layout is None:
        raise ValueError(
            "scan must be a volume that says where it lies in the patient; it does not (pictures "
            "never do, nor do slices with uneven gaps). Save its masks as PNG."
        )
    _check_masks(masks, scan)
    nibabel = require("nibabel", extra="nifti")
    stack = np.stack([np.asarray(mask) != 0 for mask in masks]).astype(np.uint8)
    volume = np.ascontiguousarray(scan.layout.volume(stack))
    image = nibabel.Nifti1Image(volume, scan.affine)
    code = 1 if scan.plane else 0  # scanner coordinates, or unknown as in the volume itself
    image.header.set_xyzt_units("mm")
    image.set_sform(scan.affine, code=code)
    image.set_qform(scan.affine, code=code, strip_shears=True)
    content = image.to_bytes()
    if path.name.lower().endswith(".gz"):
        content = gzip.compress(content, mtime=0)  # the same masks give the same bytes
    return write_atomic(path, lambda temporary: temporary.write_bytes(content))


def _check_masks(masks: Sequence[Mask] | NDArray[Any], scan: Scan) -> None:
    slices: Sequence[Image] = scan.slices
    if len(masks) != len(slices):
        raise ValueError(f"masks must be one a slice, {len(slices)}; got {len(masks)}.")
    for index, (mask, image) in enumerate(zip(masks, slices, strict=True)):
        if np.shape(mask) != image.shape[:2]:
            raise ValueError(
                f"masks must have the size of their slices, {image.shape[0]}x{image.shape[1]}; "
                f"mask {index} has shape {np.shape(mask)}."
            )
