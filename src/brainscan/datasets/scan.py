"""One pass over all files at load time: which can be read, how large they are, how they look."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from brainscan._core.checks import check_image
from brainscan._core.reading import decode_image
from brainscan._core.threads import THREADS
from brainscan.datasets.duplicates import thumbnail


@dataclass(frozen=True)
class Scanned:
    """What is kept of a file that decodes.

    Args:
        size: height and width in pixels.
        thumbnail: ``(32, 32)`` float32, see `thumbnail`.
    """

    size: tuple[int, int]
    thumbnail: Float32[np.ndarray, "32 32"]


def scan(paths: Sequence[Path]) -> list[Scanned | str]:
    """Decode every file once, in threads.

    Returns:
        For each file a `Scanned`, or the reason why it cannot be read.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(_scan, paths))


def _scan(path: Path) -> Scanned | str:
    try:
        image = check_image(decode_image(path.read_bytes(), name=path.name), name=path.name)
    except (OSError, ValueError) as error:
        return str(error)
    height, width = image.shape[:2]
    return Scanned((height, width), thumbnail(image))


def digest(path: Path) -> bytes:
    """Return a hash of the file's bytes: equal for copies."""
    return blake2b(path.read_bytes(), digest_size=16).digest()
