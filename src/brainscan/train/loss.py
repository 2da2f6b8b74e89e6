"""The loss of each image of a batch, for one sigmoid unit or a softmax."""

from collections.abc import Callable
from functools import partial
from typing import Any, cast

import keras
import numpy as np
from jaxtyping import Array, Float, Int
from numpy.typing import NDArray

from brainscan._core.types import Labels
from brainscan.train.recipe import Recipe

Loss = Callable[[Any, Any], Any]


def loss_function(recipe: Recipe, classes: int) -> Loss:
    """Return ``(labels (n,), scores (n, units)) -> losses (n,)`` as the recipe names it."""
    kind = keras.losses
    if classes == 2:
        function = (
            kind.binary_focal_crossentropy if recipe.loss == "focal" else kind.binary_crossentropy
        )
    else:
        function = (
            partial(kind.categorical_focal_crossentropy, alpha=1.0)  # no weight on a class
            if recipe.loss == "focal"
            else kind.categorical_crossentropy
        )

    def losses(labels: Int[Array, " n"], scores: Float[Array, "n units"]) -> Float[Array, " n"]:
        targets = labels[:, None] if classes == 2 else keras.ops.one_hot(labels, classes)
        targets = keras.ops.cast(targets, scores.dtype)
        return cast("Any", function(targets, scores, label_smoothing=recipe.label_smoothing))

    return losses


def class_weights(recipe: Recipe, labels: Labels, classes: int) -> NDArray[np.float32]:
    """Return a weight for each class, all 1 unless the recipe asks for others.

    Raises:
        ValueError: the recipe gives another number of weights, or a class has no image to balance.
    """
    if recipe.class_weights is None:
        return np.ones(classes, np.float32)
    if recipe.class_weights == "balanced":
        counts = np.bincount(labels, minlength=classes)
        if counts.min() == 0:
            raise ValueError(
                "class_weights='balanced' needs training images of every class; "
                f"got counts {counts.tolist()}."
            )
        return (len(labels) / (classes * counts)).astype(np.float32)
    if len(recipe.class_weights) != classes:
        raise ValueError(
            f"class_weights must have one weight for each of {classes} classes; "
            f"got {recipe.class_weights}."
        )
    return np.array(recipe.class_weights, np.float32)
