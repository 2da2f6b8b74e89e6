"""Whether images, labels and masks are what a network can be trained on."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from brainscan._core.types import Labels
from brainscan.train.recipe import Recipe
from brainscan.train.targets import Outputs


def check_images(model: keras.Model, images: Any) -> NDArray[Any]:
    """Return images as an array of the model's input shape in 0 to 255, or raise ValueError."""
    images = np.asarray(images)
    expected = tuple(model.input_shape[1:])
    if images.shape[1:] != expected or len(images) == 0:
        raise ValueError(
            f"images must have shape (n, {', '.join(map(str, expected))}) with n of 1 or more; "
            f"got {images.shape}."
        )
    if images.dtype == np.uint8:
        return images
    low, high = float(images.min()), float(images.max())
    unit = images.dtype.kind == "f" and 0 <= low < high <= 1
    if not np.isfinite([low, high]).all() or low < 0 or high > 255 or unit:
        raise ValueError(
            f"images must have finite pixels in 0 to 255; got {low:g} to {high:g}. The model "
            "scales them itself: give 8-bit images as they were read, and others from "
            "brainscan.preprocess.ToRange255()."
        )
    return images


def check_fit(model: Any, recipe: Any, validation: Any) -> None:
    """Raise TypeError where what `fit` is given is of another kind."""
    if not isinstance(model, keras.Model):
        raise TypeError(
            f"model must be a keras.Model; got {model!r:.60}. brainscan.models.build makes one."
        )
    check_recipe(recipe)
    if validation is not None and (
        not isinstance(validation, tuple | list) or len(validation) not in (2, 3)
    ):
        raise TypeError(
            "validation must be (images, labels), or (images, labels, masks), or None; "
            f"got {type(validation).__name__}. Give others by name: fit(..., recipe=recipe)."
        )


def check_recipe(recipe: Any) -> None:
    """Raise TypeError for what is no recipe."""
    if not isinstance(recipe, Recipe):
        raise TypeError(
            f"recipe must be a Recipe; got {recipe!r:.60}. "
            "dataclasses.replace(brainscan.train.PAPER, epochs=5) changes one."
        )


def check_one_network(recipe: Any) -> None:
    """Raise TypeError for what is no recipe, ValueError for one that asks for several networks."""
    check_recipe(recipe)
    asked = {"members": recipe.members > 1, "stacked": recipe.stacked}
    wrong = [f"{name}={getattr(recipe, name)!r}" for name, given in asked.items() if given]
    if wrong:
        raise ValueError(
            "recipe must ask for one network here, as only brainscan.benchmark.run combines them; "
            f"got {', '.join(wrong)}. Give dataclasses.replace(recipe, members=1, stacked=())."
        )


def check_labels(labels: Any, classes: int) -> Labels:
    """Return labels as int64 class indices, or raise ValueError."""
    labels = np.asarray(labels)
    if labels.dtype.kind not in "biu":
        raise ValueError(
            f"labels must be class indices, whole numbers; got dtype {labels.dtype}. "
            "Turn names into indices, as a Dataset does."
        )
    if labels.ndim != 1:
        raise ValueError(
            f"labels must have shape (n,), an index an image; got {labels.shape}. "
            "labels.argmax(axis=1) turns one-hot rows into indices."
        )
    labels = labels.astype(np.int64)
    if labels.size and (labels.min() < 0 or labels.max() >= classes):
        raise ValueError(
            f"labels must be class indices below {classes}; got {labels.min()} to {labels.max()}."
        )
    return labels


def check_outputs(outputs: Outputs, recipe: Recipe) -> None:
    """Raise ValueError where a recipe cannot train a network with these outputs.

    Raises:
        TypeError: the augmentation moves images, and not masks.
    """
    if outputs.score is not None and int(outputs.score.shape[-1]) == 2:
        raise ValueError(
            "a model of two classes must end in one sigmoid unit; got two units. "
            "brainscan.models.build(..., classes=2) makes one."
        )
    if outputs.mask is None:
        return
    asked = {
        "trained": recipe.trained == "last_layer",
        "head_first": recipe.head_first,
        "mixup": recipe.mixup,
        "cutmix": recipe.cutmix,
    }
    wrong = [f"{name}={getattr(recipe, name)!r}" for name, given in asked.items() if given]
    if wrong:
        raise ValueError(
            "a network that outlines is trained by gradient descent, on images that are not mixed; "
            f"got {', '.join(wrong)}. Start from brainscan.train.SEGMENT."
        )
    if recipe.augmentation is not None and not hasattr(recipe.augmentation, "transform_mask"):
        raise TypeError(
            "augmentation must move the mask with its image by transform_mask(key, masks), as "
            f"brainscan.augment.Compose does; got {recipe.augmentation!r}."
        )


def check_masks(outputs: Outputs, masks: Sequence[Any] | NDArray[Any] | None) -> None:
    """Raise ValueError where there are masks and nothing that learns them, or the other way."""
    if outputs.mask is None and masks is not None:
        raise ValueError(
            "masks are learnt by a network that outlines; this one gives scores alone. "
            "brainscan.models.build_segmenter makes such networks."
        )
    if outputs.mask is not None and masks is None:
        raise ValueError(
            "a network that outlines needs masks, one an image; got None. "
            "Give masks=data.masks, brought to the size of the network's images."
        )
