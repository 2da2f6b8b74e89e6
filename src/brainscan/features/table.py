"""From images to a table with one row of features an image."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from jaxtyping import Float, Float32, UInt8

from brainscan._core.checks import check_image, is_one_image
from brainscan._core.images import to_gray, to_uint8
from brainscan._core.types import Image

Gray = UInt8[np.ndarray, "h w"]


def describe_each(
    images: Sequence[Image] | Image, describe: Callable[[Gray, str], Float[np.ndarray, " d"]]
) -> Float32[np.ndarray, "n d"]:
    """Describe images one by one, in threads; they may differ in size.

    Args:
        images: one image, or a sequence or batch of them; each is turned grey and 8-bit first.
        describe: called with the grey image and its name for error messages.

    Raises:
        ValueError: there is no image, or one is not as `check_image` wants it.
    """
    several = [images] if is_one_image(images) else images
    if len(several) == 0:
        raise ValueError("images must hold at least one image; got none.")

    def row(index: int) -> Float[np.ndarray, " d"]:
        name = f"image {index}"
        return describe(to_uint8(to_gray(check_image(several[index], name))), name)

    with ThreadPoolExecutor() as pool:
        return np.stack(list(pool.map(row, range(len(several))))).astype(np.float32)
