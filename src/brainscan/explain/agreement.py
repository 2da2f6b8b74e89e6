"""Whether maps lie where the tumour is: energy inside the mask, and the pointing game."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from brainscan._core.checks import check_same_length
from brainscan._core.types import Mask
from brainscan.metrics import Interval, cluster_bootstrap, clustered_wilson

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Agreement:
    """How well maps agree with masks, an image and over all, with what chance would give.

    Attributes:
        values: ``(n,)`` of each image, 0 to 1.
        chances: ``(n,)`` what a map without knowledge would get: the share of the image that counts
            as inside.
        groups: ``(n,)`` the group of each image.
        interval: 95%, of the mean.
    """

    values: Values
    chances: Values
    groups: NDArray[Any]
    interval: Interval

    @property
    def mean(self) -> float:
        """The mean over the images."""
        return float(self.values.mean())

    @property
    def chance(self) -> float:
        """The mean of the chances."""
        return float(self.chances.mean())

    def above_chance(self) -> tuple[float, Interval]:
        """Return the mean of values less chances, and its 95% interval over groups."""
        return _difference(self.values, self.chances, self.groups)

    def above(self, other: "Agreement") -> tuple[float, Interval]:
        """Return the mean difference from other maps of the same images, and its 95% interval.

        Raises:
            ValueError: the images are not the same, as far as their masks tell.
        """
        if not np.array_equal(self.chances, other.chances):
            raise ValueError(
                "other must be of the same images and masks; their shares of area differ."
            )
        return _difference(self.values, other.values, self.groups)


def energy_inside_mask(
    maps: NDArray[Any], masks: Sequence[Mask] | NDArray[Any], groups: NDArray[Any] | None = None
) -> Agreement:
    """Return which share of a map's total lies inside the mask.

    A uniform map gets the share of the image that the mask covers, and so does one that is zero
    everywhere, which tells nothing.

    Args:
        maps: ``(n, height, width)``, 0 or above.
        masks: ``(n, height, width)``, True inside; none is empty.
        groups: ``(n,)`` such as patients, for the interval; None for a group an image.

    Returns:
        The shares; their interval is `brainscan.metrics.cluster_bootstrap`'s.

    Raises:
        ValueError: lengths or sizes differ, a map is negative, or a mask is empty.

    References:
        Wang et al., "Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural
        Networks", CVPRW 2020, doi:10.1109/CVPRW50498.2020.00020.

    Examples:
        >>> import brainscan as bs
        >>> mask = np.zeros((1, 4, 4), bool)
        >>> mask[0, :2, :2] = True
        >>> share = bs.explain.energy_inside_mask(np.ones((1, 4, 4)), mask)
        >>> share.mean, share.chance
        (0.25, 0.25)
    """
    heat, inside = _checked(maps, masks)
    area = inside.mean(axis=(1, 2))
    total = heat.sum(axis=(1, 2))
    within = (heat * inside).sum(axis=(1, 2))
    shares = np.divide(within, total, out=area.copy(), where=total > 0)
    codes = _groups(groups, len(heat))
    return Agreement(shares, area, codes, _interval(shares, codes))


def pointing_game(
    maps: NDArray[Any],
    masks: Sequence[Mask] | NDArray[Any],
    groups: NDArray[Any] | None = None,
    tolerance: int = 0,
) -> Agreement:
    """Return how often the highest point of a map lies in the mask, or near it.

    A map that is flat has no highest point: a miss. Of several points of one height most must hit.

    Args:
        maps: ``(n, height, width)``.
        masks: ``(n, height, width)``, True inside; none is empty.
        groups: as for `energy_inside_mask`.
        tolerance: how far from the mask counts as a hit, in pixels.

    Returns:
        Hits, 1 or 0; their interval is `brainscan.metrics.clustered_wilson`'s.

    Raises:
        ValueError: as for `energy_inside_mask`, or the tolerance is negative.

    References:
        Zhang et al., "Top-Down Neural Attention by Excitation Backprop", IJCV 2018,
        doi:10.1007/s11263-017-1059-x.

    Examples:
        >>> import brainscan as bs
        >>> heat, mask = np.zeros((1, 9, 9)), np.zeros((1, 9, 9), bool)
        >>> heat[0, 4, 6], mask[0, 4, 2:5] = 1, True
        >>> [bs.explain.pointing_game(heat, mask, tolerance=t).mean for t in (0, 2)]
        [0.0, 1.0]
    """
    if tolerance < 0:
        raise ValueError(f"tolerance must be 0 pixels or more; got {tolerance}.")
    heat, inside = _checked(maps, masks)
    near = np.stack([_grown(mask, tolerance) for mask in inside])
    top = heat.max(axis=(1, 2), keepdims=True)
    flat = top[:, 0, 0] == heat.min(axis=(1, 2))
    highest = heat == top
    hits = ~flat & ((near & highest).sum(axis=(1, 2)) > highest.sum(axis=(1, 2)) / 2)
    codes = _groups(groups, len(heat))
    interval = clustered_wilson(hits, codes)
    return Agreement(hits.astype(np.float64), near.mean(axis=(1, 2)), codes, interval)


def _grown(mask: NDArray[np.bool_], tolerance: int) -> NDArray[np.bool_]:
    """Return what is at most so many pixels from the mask."""
    outside = np.asarray(~mask, np.uint8)
    return cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) <= tolerance


def _checked(maps: Any, masks: Any) -> tuple[Values, NDArray[np.bool_]]:
    heat = np.asarray(maps, np.float64)
    if heat.ndim != 3 or heat.size == 0:
        raise ValueError(f"maps must have shape (n, height, width); got {heat.shape}.")
    check_same_length(maps=heat, masks=masks)
    for place, mask in enumerate(masks):
        if np.shape(mask) != heat.shape[1:]:
            raise ValueError(
                f"a mask must have its map's size, {heat.shape[1]} x {heat.shape[2]}; mask {place} "
                f"has shape {np.shape(mask)}. Crop and resize masks as the images were."
            )
        if not np.any(mask):
            raise ValueError(
                f"a mask must mark something; mask {place} is empty. Leave images without a tumour "
                "out."
            )
    if not np.isfinite(heat).all() or heat.min() < 0:
        raise ValueError(f"maps must be finite and 0 or above; the lowest is {heat.min()}.")
    return heat, np.stack([np.asarray(mask) != 0 for mask in masks])


def _groups(groups: NDArray[Any] | None, n: int) -> NDArray[Any]:
    if groups is None:
        return np.arange(n)
    if len(groups) != n:
        raise ValueError(f"groups must hold one group an image, {n}; got {len(groups)}.")
    return np.unique(groups, return_inverse=True)[1]


def _mean(labels: NDArray[Any], shares: NDArray[Any]) -> float:
    return float(shares.mean())


def _interval(shares: Values, groups: NDArray[Any]) -> Interval:
    # Rounding may leave a share a hair above 1.
    within = np.clip(shares, 0, 1)
    found = cluster_bootstrap(_mean, np.zeros(len(within), np.int64), within, groups)
    return found or Interval(float("nan"), float("nan"))


def _difference(these: Values, those: Values, groups: NDArray[Any]) -> tuple[float, Interval]:
    # Differences are -1 to 1, and the bootstrap takes 0 to 1.
    low, high = _interval((these - those + 1) / 2, groups)
    return float((these - those).mean()), Interval(2 * low - 1, 2 * high - 1)
