"""From a probability map to a mask: holes, parts, sizes, each step to be looked at."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from brainscan._core.types import Mask


@dataclass(frozen=True)
class Postprocess:
    """Turn a probability map into a mask, or clean a mask; nothing is done that is not asked for.

    The steps, in this order: what is above one half is in; holes are filled; parts that are too
    small go; of the rest the largest stays. Pixels that touch at a corner are of one part.

    Args:
        minimum_area: the area of the smallest part that stays: 1 or more is a number of pixels,
            below 1 a share of the image.
        fill_holes: whether what a part encloses belongs to it.
        largest_only: whether one part stays at most, the largest.

    Raises:
        ValueError: the area is negative or infinite.

    Examples:
        >>> import numpy as np
        >>> ring = np.zeros((8, 8), bool)
        >>> ring[1:6, 1:6], ring[3, 3], ring[7, 7] = True, False, True
        >>> int(Postprocess(minimum_area=2)(ring).sum())
        25
    """

    minimum_area: float = 0
    fill_holes: bool = True
    largest_only: bool = False

    def __post_init__(self) -> None:
        number = isinstance(self.minimum_area, int | float | np.number)
        if not number or not 0 <= self.minimum_area < float("inf"):
            raise ValueError(
                "minimum_area must be a number of pixels, or below 1 a share of the image; "
                f"got {self.minimum_area!r}."
            )

    def __call__(self, image: NDArray[Any]) -> Mask:
        """Return the mask after the last step.

        Args:
            image: ``(height, width)``, probabilities in 0 to 1, or a mask of bools.

        Returns:
            ``(height, width)`` bool, a new array.

        Raises:
            ValueError: the shape, dtype or range is another.
        """
        return list(self.steps(image).values())[-1]

    def steps(self, image: NDArray[Any]) -> dict[str, Mask]:
        """Return the mask after each step, by the step's name, to see what each did.

        Args:
            image: see `__call__`.

        Returns:
            ``"above_half"`` first, then ``"fill_holes"``, ``"minimum_area"`` and
            ``"largest_only"`` where they are asked for.
        """
        mask = _as_mask(image)
        done = {"above_half": mask}
        if self.fill_holes:
            done["fill_holes"] = mask = np.asarray(ndimage.binary_fill_holes(mask), np.bool_)
        if self.minimum_area:
            share = self.minimum_area * mask.size if self.minimum_area < 1 else self.minimum_area
            numbers, areas = _parts(mask)
            done["minimum_area"] = mask = (areas >= share)[numbers] & mask
        if self.largest_only:
            numbers, areas = _parts(mask)
            done["largest_only"] = mask = (numbers == areas.argmax()) & mask
        return done


def _parts(mask: Mask) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the number of each pixel's part, 0 outside, and the areas, 0 of the outside."""
    _, numbers, figures, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    areas = figures[:, cv2.CC_STAT_AREA].astype(np.int64)
    areas[0] = 0
    return np.asarray(numbers, np.int32), areas


def _as_mask(image: Any) -> Mask:
    array = np.asarray(image)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(
            f"a probability map or mask must have shape (height, width); got {array.shape}. "
            "Give one image at a time, without its axis of channels."
        )
    if array.dtype == np.bool_:
        return array.copy()
    if array.dtype.kind != "f":
        raise ValueError(
            f"a mask must be bool, probabilities float; got dtype {array.dtype}. "
            "Tell what is inside: mask > 0."
        )
    if not (array.min() >= 0 and array.max() <= 1):  # so that NaN fails as well
        raise ValueError(
            f"probabilities must be in 0 to 1; got {array.min():g} to {array.max():g}."
        )
    return array > 0.5
