"""The form that every preprocessing step has: one image in, one image out."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from brainscan._core.checks import check_image, is_one_image
from brainscan._core.estimator import ImageTransformer
from brainscan._core.types import Image


class Step(ImageTransformer):
    """A frozen dataclass with a method ``apply`` for one image, called on one or several."""

    def __call__(self, images: Image | Sequence[Image]) -> Any:
        """Transform one image or several.

        Args:
            images: one image, ``(height, width)`` or ``(height, width, channels)``; or a sequence
                of images, or an array ``(n, height, width, channels)``.

        Returns:
            One image; or ``(n, ...)`` where all have one shape and dtype, else a list.

        Raises:
            ValueError: an image is refused; with several, the message says which.
        """
        if is_one_image(images):
            return self.apply(check_image(images))
        several = list(images)
        if not several:
            raise ValueError("images must hold at least one image; got none.")
        done = [self._named(image, f"image {index}") for index, image in enumerate(several)]
        same = len({(image.shape, image.dtype) for image in done}) == 1
        return np.stack(done) if same else done

    def apply(self, image: Image) -> Image:
        """Transform one image that has been checked."""
        raise NotImplementedError

    def _named(self, image: Image, name: str) -> Image:
        checked = check_image(image, name)
        try:
            return self.apply(checked)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
