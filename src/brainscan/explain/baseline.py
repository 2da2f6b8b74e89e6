"""What an image is compared with: the same image without what it shows."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from brainscan._core.registry import Registry

Images = NDArray[np.float32]

_BLUR = 0.1  # of the shorter side: the standard deviation that leaves no tumour's form

baselines: Registry[Callable[[Images], Images]] = Registry("baseline")
"""What images are compared with, by name: functions of ``(n, height, width, channels)`` float32."""


@baselines.register("black")
def black(images: Images) -> Images:
    """Return black images: no signal, as outside the head."""
    return np.zeros_like(images)


@baselines.register("mean")
def mean(images: Images) -> Images:
    """Return images of one grey level each: the mean of the image, channel by channel."""
    return np.broadcast_to(images.mean(axis=(1, 2), keepdims=True), images.shape).copy()


@baselines.register("blurred")
def blurred(images: Images) -> Images:
    """Return blurred images: a head with neither edges nor a tumour's form.

    It stays close to what the network has seen. Under a scaling that standardises each image it is
    also the one that works along a path, since an image faded to one grey level is scaled back.
    """
    sigma = _BLUR * min(images.shape[1:3])
    # A symmetric border, so that a bright rim is not thinned out.
    soft = [
        cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REFLECT) for image in images
    ]
    return np.stack(soft).reshape(images.shape)
