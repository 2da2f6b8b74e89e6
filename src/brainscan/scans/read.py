"""Read a scan of any kind."""

from pathlib import Path

from brainscan.scans.dicom import read_dicom
from brainscan.scans.folder import read_folder
from brainscan.scans.inflate import inflate_head, is_gzip
from brainscan.scans.limits import DEFAULT_LIMITS, Limits
from brainscan.scans.nifti import read_nifti
from brainscan.scans.orientation import PLANES, Plane
from brainscan.scans.pictures import read_picture
from brainscan.scans.quiet import Quiet
from brainscan.scans.scan import Scan
from brainscan.scans.source import (
    FORMATS,
    HEAD,
    NOT_THERE,
    PICTURES,
    Source,
    format_of,
    read_content,
)


def read(
    source: Source,
    limits: Limits = DEFAULT_LIMITS,
    plane: Plane | None = None,
    series: int | None = None,
    name: str = "scan",
) -> Scan:
    """Read a scan: a picture, a DICOM file, a folder with a DICOM series, or a NIfTI volume.

    The content decides what it is, not the suffix. Nothing that names a patient or study is kept,
    shown in an error or logged: neither what the file says, nor the name of the file.

    Args:
        source: a path, the bytes of a file, or a file that is open for reading bytes. PNG, JPEG,
            TIFF (8 and 16 bits, float; several pages), BMP, WebP; DICOM (one frame or several,
            plain, deflated, JPEG, JPEG-LS, JPEG 2000, RLE) with the extra ``dicom``; NIfTI with
            the extra ``nifti``.
        limits: how large it may be. What is larger is refused from its header.
        plane: ``axial``, ``coronal`` or ``sagittal``: how a volume is cut into slices. None for the
            plane it was taken in; for NIfTI that is the one with the smallest pixels, and axial
            where all are alike.
        series: which series of a folder, from 1; needed where there are several.
        name: what errors and ``scan.name`` call it. Give no file name that names a patient.

    Returns:
        Slices in the file's own units, with what it says of their spacing and orientation.

    Raises:
        FileNotFoundError: there is nothing at the path.
        ValueError: it can't be read whole, is too large, or of a kind that is not read.
        ImportError: it needs pydicom or nibabel, which the extra brings.
        TypeError: ``source`` is neither a path nor bytes nor such a file.

    Examples:
        >>> import io
        >>> from PIL import Image
        >>> file = io.BytesIO()
        >>> Image.new("L", (60, 40)).save(file, "PNG")
        >>> read(file.getvalue())
        Scan(png: 1 slice of 40x60, 8 bits)
        >>> read("t1.nii.gz", plane="coronal").plane  # doctest: +SKIP
        'coronal'
    """
    if plane is not None and plane not in PLANES:
        raise ValueError(f"plane must be one of {', '.join(PLANES)} or None; got {plane!r}.")
    kind: type[Exception] = ValueError
    try:
        with Quiet():
            return _read(source, limits, plane, series, name)
    except (ValueError, ImportError, TypeError) as error:
        kind, message = _kind_of(error), str(error).strip()
    except FileNotFoundError:
        kind, message = FileNotFoundError, NOT_THERE
    except OSError as error:
        message = f"must be a file that can be read; the system says {error.strerror}."
    except MemoryError:
        message = "must fit into memory once unpacked; it does not."
    # Raised anew, out here: the first error's trace leads to variables that hold the file.
    if kind is ImportError:
        raise ImportError(message)
    raise kind(f"{name} {message}")


def _kind_of(error: Exception) -> type[Exception]:
    return next((kind for kind in (ImportError, TypeError) if isinstance(error, kind)), ValueError)


def _read(
    source: Source, limits: Limits, plane: Plane | None, series: int | None, name: str
) -> Scan:
    if isinstance(source, str | Path) and Path(source).expanduser().is_dir():
        return read_folder(Path(source).expanduser(), limits, plane, series, name)
    if series is not None:
        raise ValueError("must be a folder for a series to be chosen; it is a file.")
    content = read_content(source, limits)
    if not content:
        raise ValueError("must be a file with content; it is empty (0 bytes).")
    head = inflate_head(content, HEAD) if is_gzip(content) else content[:HEAD]
    kind = format_of(head)
    if kind == "nifti":
        return read_nifti(content, limits, plane, name)
    if kind == "dicom" and head == content[:HEAD]:
        return read_dicom(content, limits, plane, name)
    if kind in PICTURES and head == content[:HEAD]:
        return read_picture(content, kind, limits, plane, name)
    raise ValueError(f"must be a {FORMATS} file; its content is none of these.")
