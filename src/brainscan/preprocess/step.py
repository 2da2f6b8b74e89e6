"""The form that every preprocessing step has: one image in, one image out."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from brainscan._core.checks import check_image, is_one_image
from brainscan._core.estimator import ImageTransformer
from brainscan._core.types import Image


class Step(ImageTransformer):
    """A frozen dataclass with a method ``apply`` for one image, called on one or several."""

    def __call__(self, images: Image | Iterable[Image]) -> Any:
        """Transform one image or several.

        Args:
            images: one image, ``(height, width)`` or ``(height, width, channels)``; or several:
                a sequence, an array ``(n, height, width, channels)`` or a data set, which is read
                one image at a time.

        Returns:
            One image; or ``(n, height, width, channels)`` where all have one shape and dtype, else
            a list. Grey images ``(height, width)`` are a list too: their stack would pass for one
            image.

        Raises:
            ValueError: an image is refused; with several, the message says which.
        """
        if is_one_image(images):
            return self.apply(check_image(images))
        done = [self._named(image, f"image {index}") for index, image in enumerate(images)]
        if not done:
            raise ValueError("images must hold at least one image; got none.")
        same = len({(image.shape, image.dtype) for image in done}) == 1
        return np.stack(done) if same and done[0].ndim == 3 else done

    def apply(self, image: Image) -> Image:
        """Transform one image that has been checked."""
        raise NotImplementedError

    def _named(self, image: Image, name: str) -> Image:
        checked = check_image(image, name)
        try:
            return self.apply(checked)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
