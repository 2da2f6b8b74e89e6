"""Groups of near-duplicate images, which a split must not tear apart."""

from collections.abc import Callable, Iterable

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Int64
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from brainscan._core.checks import check_image, check_same_length, is_one_image
from brainscan._core.images import to_gray, to_range_255
from brainscan._core.types import Image
from brainscan.datasets.matching import Matcher

SIDE = 32
THRESHOLD = 0.97
_BLOCK = 4096  # thumbnails standardised at once
_BLANK = 0.01  # grey levels: below this a standard deviation is rounding


def group_near_duplicates(
    images: Iterable[Image], threshold: float = THRESHOLD
) -> Int64[np.ndarray, " n"]:
    """Give images that look the same one group number.

    Two images are near-duplicates when their thumbnails (32x32, grey) correlate above the
    threshold: copies of other size, brightness, contrast or compression do; other slices of one
    patient mostly do not. Copies that are flipped or turned by 90, 180 or 270 degrees are found
    too; since a brain nearly is its own mirror image, these must come closer by half, to 0.985
    where the threshold is 0.97. Groups are closed: if a resembles b and b resembles c, all three
    are one group. A blank image resembles blank images only.

    Args:
        images: a `Dataset` or any sequence of images, read one by one.
        threshold: the correlation, from 0 to below 1.

    Returns:
        ``(n,)`` int64, numbered 0, 1, ... in order of first appearance.

    Raises:
        ValueError: the threshold is out of range, or ``images`` is a single image.

    Examples:
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
    thumbnails: Float32[np.ndarray, "n 32 32"],
    threshold: float = THRESHOLD,
    advance: Callable[[int], object] | None = None,
) -> Int64[np.ndarray, " n"]:
    """Group images by their thumbnails; see `group_near_duplicates`.

    Args:
        thumbnails: one an image, see `thumbnail`.
        threshold: the correlation, from 0 to below 1.
        advance: called with the number of images that were compared with all after them.
    """
    if not 0 <= threshold < 1:
        raise ValueError(f"threshold must be a correlation from 0 to below 1; got {threshold}.")
    rows, blank = standardise(thumbnails)
    groups = np.arange(len(rows))
    groups[blank] = np.flatnonzero(blank)[:1]  # all blank images start as one group
    matcher = Matcher(rows, threshold, (1 + threshold) / 2)
    done = 0
    for tile in matcher.tiles():
        if advance is not None and tile[0] > done:
            advance(tile[0] - done)
            done = tile[0]
        pairs = matcher.matches(tile, groups)
        if len(pairs):
            groups = merge_groups(groups, pairs)
    if advance is not None:
        advance(len(rows) - done)
    return number_groups(groups)


def join_groups(
    groups: Int64[np.ndarray, " n"], others: Int64[np.ndarray, " n"]
) -> Int64[np.ndarray, " n"]:
    """Give images one group number where either grouping joins them, or a chain of both does.

    Args:
        groups: ``(n,)``, such as the patients.
        others: ``(n,)``, such as what `group_near_duplicates` returned.

    Returns:
        ``(n,)`` int64, numbered 0, 1, ... in order of first appearance.

    Raises:
        ValueError: the lengths differ.

    Examples:
        >>> join_groups(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 2])).tolist()
        [0, 0, 0, 1]
    """
    check_same_length(groups=groups, others=others)
    _, first, codes = np.unique(others, return_index=True, return_inverse=True)
    pairs = np.stack([np.arange(len(groups)), first[codes]], axis=1)
    return number_groups(merge_groups(groups, pairs))


def merge_groups(
    groups: Int64[np.ndarray, " n"], pairs: Int64[np.ndarray, "pairs 2"]
) -> Int64[np.ndarray, " n"]:
    """Return the groups with those of the two images of every pair joined."""
    _, first, groups = np.unique(groups, return_index=True, return_inverse=True)
    nodes = np.concatenate([pairs[:, 0], np.arange(len(groups))])
    partners = np.concatenate([pairs[:, 1], first[groups]])
    links = coo_array((np.ones(len(nodes), np.bool_), (nodes, partners)), shape=(len(groups),) * 2)
    _, merged = connected_components(links, directed=False)
    return merged.astype(np.int64)


def number_groups(groups: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
    """Number groups 0, 1, ... in order of first appearance."""
    _, first, groups = np.unique(groups, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[groups]


def standardise(
    thumbnails: Float32[np.ndarray, "n 32 32"],
) -> tuple[Float32[np.ndarray, "n 32 32"], Bool[np.ndarray, " n"]]:
    """Return thumbnails of mean 0 and length 1, whose products are correlations; blank ones are 0.

    Blocks keep the copies small.
    """
    rows = np.empty_like(thumbnails)
    blank = np.empty(len(rows), np.bool_)
    for start in range(0, len(rows), _BLOCK):
        block = slice(start, start + _BLOCK)
        pixels = thumbnails[block] - thumbnails[block].mean(axis=(1, 2), keepdims=True)
        length = np.sqrt((pixels**2).sum(axis=(1, 2), keepdims=True))
        blank[block] = length[:, 0, 0] < _BLANK * SIDE
        rows[block] = pixels / np.where(length < _BLANK * SIDE, np.inf, length)
    return rows, blank
