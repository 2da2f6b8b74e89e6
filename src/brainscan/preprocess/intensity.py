"""Bring the values of images to one scale, and their channels to one number."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from brainscan._core.images import to_range_255, to_rgb
from brainscan._core.types import Image
from brainscan.preprocess.step import Step


@dataclass(frozen=True)
class Standardize(Step):
    """Give each image mean 0 and standard deviation 1, as the paper does; float32.

    The moments are taken over all pixels and channels of one image. A constant image becomes 0.

    Examples:
        >>> import numpy as np
        >>> Standardize()(np.array([[0, 2]], np.uint8)).tolist()
        [[-1.0, 1.0]]
    """

    def apply(self, image: Image) -> Float32[np.ndarray, "..."]:
        """Standardise one image."""
        if image.min() == image.max():  # its computed deviation may not be exactly 0
            return np.zeros(image.shape, np.float32)
        pixels = image.astype(np.float64)
        return ((pixels - pixels.mean()) / pixels.std()).astype(np.float32)


@dataclass(frozen=True)
class ToRange255(Step):
    """Return float32 pixels in 0 to 255, which the networks take.

    8-bit images keep their values; others are stretched from their lowest to their highest value,
    since the units of raw MR pixels are arbitrary. A constant image becomes 0.

    Examples:
        >>> import numpy as np
        >>> ToRange255()(np.array([[100, 300]], np.uint16)).tolist()
        [[0.0, 255.0]]
    """

    def apply(self, image: Image) -> Float32[np.ndarray, "..."]:
        """Rescale one image."""
        return to_range_255(image)


@dataclass(frozen=True)
class ToRGB(Step):
    """Return three channels: grey is repeated, transparency is laid on black.

    Examples:
        >>> import numpy as np
        >>> ToRGB()(np.zeros((4, 4), np.uint8)).shape
        (4, 4, 3)
    """

    def apply(self, image: Image) -> Image:
        """Convert one image."""
        return to_rgb(image)
