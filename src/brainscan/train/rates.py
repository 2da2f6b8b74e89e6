"""Which weights are trained, and at what share of the learning rate."""

import math
from typing import Any

import keras

from brainscan.models.stages import levels
from brainscan.train.recipe import Recipe

_WARM_UP = 0.1


def thaw(model: keras.Model, recipe: Recipe) -> None:
    """Set which layers are trainable as the recipe says; ``trained="all"`` leaves them as they are.

    Raises:
        ValueError: the recipe counts resolutions, and the backbone does not show its layers.
    """
    for layer in model.layers:
        if recipe.trained == "last_layer":
            layer.trainable = layer is model.layers[-1]
    if isinstance(recipe.trained, int):
        model.trainable = True
        for layer, distance in _distances(model):
            layer.trainable = distance <= recipe.trained
    if recipe.head_first:
        model.layers[-1].trainable = recipe.trained == "last_layer"
    if recipe.frozen_batch_norm:
        for layer in _flat(model):
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.trainable = False


def rate_shares(model: keras.Model, layer_decay: float) -> list[float]:
    """Return the share of the learning rate of each trainable variable of the model.

    It is 1 for the head, ``layer_decay`` for the backbone's last resolution, its square for the one
    before, and so on.
    """
    if layer_decay == 1:
        return [1.0] * len(model.trainable_variables)
    shares = {
        id(variable): layer_decay**distance
        for layer, distance in _distances(model)
        for variable in layer.variables
    }
    return [shares.get(id(variable), 1.0) for variable in model.trainable_variables]


def rate_at(recipe: Recipe, step: int, steps: int) -> float:
    """Return the share of the learning rate at a step, counted from 0, of so many.

    ``"cosine"`` rises in a line over the first tenth of the steps, then falls along half a cosine,
    to nearly 0 at the last (Loshchilov and Hutter, https://arxiv.org/abs/1608.03983).
    """
    if recipe.schedule == "constant":
        return 1.0
    warm_up = max(1, round(_WARM_UP * steps))
    if step < warm_up:
        return (step + 1) / warm_up
    return (1 + math.cos(math.pi * (step + 1 - warm_up) / (steps + 1 - warm_up))) / 2


def backbone_of(model: keras.Model) -> keras.Model:
    """Return the backbone inside a classifier of `brainscan.models.build`.

    Raises:
        ValueError: there is none.
    """
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            return layer
    raise ValueError(
        f"the recipe needs a model with its backbone as one layer; {model.name} has none. "
        "brainscan.models.build makes such models."
    )


def _distances(model: keras.Model) -> list[tuple[keras.layers.Layer, int]]:
    """Return the backbone's layers with weights, and 1 for the last resolution, 2 for the next."""
    found = [(layer, level) for layer, level in levels(backbone_of(model)) if layer.weights]
    order = sorted({level for _, level in found}, reverse=True)
    return [(layer, 1 + order.index(level)) for layer, level in found]


def _flat(layer: Any) -> list[Any]:
    if not isinstance(layer, keras.Model):
        return [layer]
    return [inner for part in layer.layers for inner in _flat(part)]
