"""One pass over all images: what the audit keeps of each."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from brainscan._core.checks import check_image
from brainscan._core.images import to_gray, to_rgb
from brainscan._core.reading import decode_image, file_format
from brainscan._core.threads import THREADS
from brainscan._core.types import Image
from brainscan.datasets.dataset import Dataset
from brainscan.datasets.duplicates import SIDE, thumbnail


@dataclass(frozen=True)
class Facts:
    """What is kept of one image besides its thumbnail.

    Args:
        height: in pixels.
        width: in pixels.
        channels: 1, 3 or 4, as decoded.
        bits: of one channel of one pixel, as decoded.
        pixels: a hash of the decoded image; grey stored as RGB, or with an opaque alpha, is grey.
        color: the mean difference between the highest and the lowest channel, in parts of the
            range of the pixels; 0 for grey.
        file: a hash of the file; None without a file.
        bytes: of the file; None without a file.
        format: by the file's suffix; None without a file.
    """

    height: int
    width: int
    channels: int
    bits: int
    pixels: bytes
    color: float
    file: bytes | None = None
    bytes: int | None = None
    format: str | None = None


def gather(
    data: Dataset, advance: Callable[[int], object]
) -> tuple[list[Facts | str], Float32[np.ndarray, "n side side"]]:
    """Read every image once; files in threads.

    Args:
        data: the images.
        advance: called with the number of images that were read since.

    Returns:
        The facts of each image, or the reason why it cannot be read; and the thumbnails, 0 where
        there is no image.
    """
    thumbnails = np.zeros((len(data), SIDE, SIDE), np.float32)
    paths = data.paths

    def read(index: int) -> Facts | str:
        try:
            if paths is None:
                facts, thumbnails[index] = _describe(check_image(data[index], data.ids[index]))
            else:
                facts, thumbnails[index] = _describe_file(paths[index])
        except (OSError, ValueError) as error:
            return str(error)
        return facts

    found: list[Facts | str] = []
    # Arrays of a caller's own need not be safe to read from several threads.
    with ThreadPoolExecutor(1 if paths is None else THREADS) as pool:
        for result in pool.map(read, range(len(data))):
            found.append(result)
            advance(1)
    return found, thumbnails


def _describe_file(path: Path) -> tuple[Facts, Float32[np.ndarray, "side side"]]:
    content = path.read_bytes()
    image = check_image(decode_image(content, path.name), path.name)
    return _describe(
        image,
        file=_hash(content),
        bytes=len(content),
        format=file_format(path),
    )


def _describe(
    image: Image,
    file: bytes | None = None,
    bytes: int | None = None,  # noqa: A002
    format: str | None = None,  # noqa: A002
) -> tuple[Facts, Float32[np.ndarray, "side side"]]:
    plain, color = _plain(image)
    facts = Facts(
        height=image.shape[0],
        width=image.shape[1],
        channels=1 if image.ndim == 2 else image.shape[2],
        bits=8 * image.dtype.itemsize,
        pixels=_hash(f"{plain.shape} {plain.dtype}".encode() + plain.tobytes()),
        color=color,
        file=file,
        bytes=bytes,
        format=format,
    )
    return facts, thumbnail(plain)


def _plain(image: Image) -> tuple[Image, float]:
    """Return the image without opaque alpha, grey where its channels are equal, and its colour."""
    if image.ndim == 2 or image.shape[2] == 1:
        return to_gray(image), 0.0
    rgb = to_rgb(image)
    spread = np.ptp(rgb, axis=2)
    if not spread.any():
        return np.ascontiguousarray(rgb[:, :, 0]), 0.0
    return rgb, float(spread.mean() / max(float(np.ptp(rgb)), 1e-9))


def _hash(content: bytes) -> bytes:
    return blake2b(content, digest_size=16).digest()
