"""Pictures: PNG, JPEG, TIFF with one page or several, BMP and WebP."""

from brainscan._core.checks import check_image
from brainscan._core.reading import decode_pages
from brainscan.scans.limits import Limits
from brainscan.scans.orientation import Plane
from brainscan.scans.scan import Scan, finished
from brainscan.scans.source import Format


def read_picture(
    content: bytes, kind: Format, limits: Limits, plane: Plane | None, name: str
) -> Scan:
    """Read a picture; see `read`. It does not say how large its pixels are, nor how they lie."""
    if plane is not None:
        raise ValueError(
            f"must be a volume to be cut in the {plane} plane; it is a picture. Leave plane out."
        )
    pages = decode_pages(
        content,
        _NO_NAME,
        max_pages=limits.slices,
        max_pixels=limits.pixels,
        max_bytes=limits.unpacked_bytes,
    )
    images = [check_image(page, "pixels") for page in pages]
    return Scan(
        slices=finished(images),
        format=kind,
        name=name,
        bits=8 * max(image.dtype.itemsize for image in images),
    )


_NO_NAME = ""
