"""Masks from image labels alone: where a classifier's heat map is high, if it says tumour."""

from typing import Any, Literal

import keras
import numpy as np
from jaxtyping import Bool
from numpy.typing import NDArray
from skimage.filters import threshold_otsu

from brainscan import explain
from brainscan._core.types import Scores
from brainscan.segment.refine import refine


def weak_mask(
    model: keras.Model,
    images: NDArray[Any],
    method: str = "layer_cam",
    level: float | Literal["otsu"] = "otsu",
    refinement: str = "random_walker",
    decision: float = 0.5,
) -> Bool[np.ndarray, "n h w"]:
    """Return a mask an image, from a classifier that never saw a mask.

    The heat map of the class tumour is cut at a level and refined with the image. It says what the
    classifier looked at, which need not be the tumour, nor all of it: measure the masks before
    they are used for anything.

    Args:
        model: a trained classifier with one sigmoid unit, or a softmax whose class 1 is tumour.
        images: ``(n, height, width, channels)`` in 0 to 255, of the model's input size.
        method: of the heat map, one of `brainscan.explain.methods`.
        level: a share of the map's highest value, between 0 and 1; or ``"otsu"`` for the level that
            parts each map's values into two classes best (doi:10.1109/TSMC.1979.4310076). A share
            that is right for one network is wrong for the next, and choosing it takes masks (Choe
            et al., doi:10.1109/CVPR42600.2020.00320); Otsu's needs none.
        refinement: what makes the mask follow the image, see `refine`.
        decision: the score from which an image has a tumour; below it the mask is empty.

    Returns:
        ``(n, height, width)`` bool.

    Raises:
        ValueError: the images are not the model's, a name is unknown, or a number is out of range.

    Examples:
        >>> import numpy as np
        >>> import brainscan as bs
        >>> model = bs.models.build("small_cnn", (32, 32, 3), weights=None, head="global_average")
        >>> images = np.zeros((2, 32, 32, 3), np.uint8)
        >>> bool(bs.segment.weak_mask(model, images, decision=1.0).any())
        False
    """
    if level != "otsu" and not 0 < level < 1:
        raise ValueError(f"level must be 'otsu' or lie between 0 and 1; got {level!r}.")
    if not 0 <= decision <= 1:
        raise ValueError(f"decision must be a score of 0 to 1; got {decision!r}.")
    images = np.asarray(images)
    expected = tuple(model.input_shape[1:])
    if images.ndim != 4 or images.shape[1:] != expected or len(images) == 0:
        raise ValueError(
            f"images must have shape (n, {', '.join(map(str, expected))}) with n of 1 or more; got "
            f"{images.shape}. A single image is image[None]."
        )
    masks = np.zeros(images.shape[:3], np.bool_)
    positive = np.flatnonzero(_scores(model, images) >= decision)
    if len(positive) == 0:
        return masks
    maps = explain.heat_map(model, images[positive], method=method, target=1)
    for i, heat in zip(positive, maps, strict=True):
        # A map without any height gives no place; its level would be its one value.
        if heat.min() < heat.max():
            heat = (heat - heat.min()) / (heat.max() - heat.min())
            cut = float(threshold_otsu(heat)) if level == "otsu" else level
            masks[i] = refine(heat, images[i], refinement, cut)
    return masks


def _scores(model: keras.Model, images: NDArray[Any]) -> Scores:
    """Return the probability of class 1."""
    predict: Any = model.predict
    scores = np.asarray(predict(images, verbose=0))
    return scores[:, 0] if scores.shape[1] == 1 else scores[:, 1]
