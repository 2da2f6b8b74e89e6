"""Groups of near-duplicate images, which a split must not tear apart."""

from collections.abc import Iterable

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, Int64
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from brainscan._core.checks import check_image, is_one_image
from brainscan._core.images import to_gray, to_range_255
from brainscan._core.types import Image

SIDE = 32
THRESHOLD = 0.97
_BLOCK = 512  # rows of the correlation matrix held at once: 200 MB for 100,000 images
_BLANK = 0.01  # grey levels: below this a standard deviation is rounding


def group_near_duplicates(
    images: Iterable[Image], threshold: float = THRESHOLD
) -> Int64[np.ndarray, " n"]:
    """Give images that look the same one group number.

    Two images are near-duplicates when their thumbnails (32x32, grey) correlate above the
    threshold: copies of other size, brightness, contrast or compression do; other slices of one
    patient mostly do not. Groups are closed: if a resembles b and b resembles c, all three are
    one group. A blank image resembles blank images only.

    Args:
        images: a `Dataset` or any sequence of images, read one by one.
        threshold: the correlation, from 0 to below 1.

    Returns:
        ``(n,)`` int64, numbered 0, 1, ... in order of first appearance.

    Raises:
        ValueError: the threshold is out of range, or ``images`` is a single image.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> scan, other = rng.uniform(size=(2, 64, 64)).astype(np.float32)
        >>> group_near_duplicates([scan, other, 0.5 * scan]).tolist()
        [0, 1, 0]
    """
    if is_one_image(images):
        raise ValueError(
            "images must be a sequence of images or a Dataset; got one array of 2 or 3 dimensions. "
            "Put a single image in a list."
        )
    rows = [thumbnail(check_image(image, f"image {i}")) for i, image in enumerate(images)]
    return group_thumbnails(np.array(rows, np.float32).reshape(-1, SIDE, SIDE), threshold)


def thumbnail(image: Image) -> Float32[np.ndarray, "32 32"]:
    """Return the image in grey, 0 to 255, averaged down to 32x32."""
    gray = to_range_255(to_gray(image))
    return cv2.resize(gray, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)


def group_thumbnails(
    thumbnails: Float32[np.ndarray, "n 32 32"], threshold: float = THRESHOLD
) -> Int64[np.ndarray, " n"]:
    """Group images by their thumbnails; see `group_near_duplicates`."""
    if not 0 <= threshold < 1:
        raise ValueError(f"threshold must be a correlation from 0 to below 1; got {threshold}.")
    rows, blank = _standardised(thumbnails)
    groups = np.arange(len(rows))
    groups[blank] = np.flatnonzero(blank)[:1]  # all blank images start as one group
    for start in range(0, len(rows), _BLOCK):
        alike = rows[start : start + _BLOCK] @ rows[start:].T > threshold
        groups = _merge(groups, start, alike)
    return groups


def _standardised(
    thumbnails: Float32[np.ndarray, "n 32 32"],
) -> tuple[Float[np.ndarray, "n 1024"], Bool[np.ndarray, " n"]]:
    """Return rows of mean 0 and length 1, whose products are correlations; blank ones are 0."""
    rows = thumbnails.reshape(len(thumbnails), SIDE * SIDE)
    rows = rows - rows.mean(axis=1, keepdims=True)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    blank = length < _BLANK * SIDE
    rows /= np.where(blank, np.inf, length)
    return rows, blank[:, 0]


def _merge(
    groups: Int64[np.ndarray, " n"], start: int, alike: Bool[np.ndarray, "block m"]
) -> Int64[np.ndarray, " n"]:
    """Join the groups of every pair ``alike[i, j]`` of the images ``start+i`` and ``start+j``."""
    _, first, groups = np.unique(groups, return_index=True, return_inverse=True)
    i, j = np.nonzero(alike)
    nodes = np.concatenate([i + start, np.arange(len(groups))])
    partners = np.concatenate([j + start, first[groups]])
    links = coo_array((np.ones(len(nodes), np.bool_), (nodes, partners)), shape=(len(groups),) * 2)
    _, merged = connected_components(links, directed=False)
    return merged.astype(np.int64)
