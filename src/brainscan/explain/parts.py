"""The classifiers that a model is made of: one, or several whose scores it averages."""

from dataclasses import dataclass, replace
from typing import Any

import keras

from brainscan.explain.graph import shows_layers, source


@dataclass(frozen=True)
class Part:
    """A classifier inside a model.

    Args:
        model: the classifier.
        mirrored: whether it is shown the mirror image.
    """

    model: keras.Model
    mirrored: bool = False


def parts_of(model: keras.Model) -> list[Part]:
    """Return the members of an ensemble, once for each view they are shown; else the model itself.

    Their maps lie in different frames, one in the image's and one in its mirror image's, so each is
    explained by itself.
    """
    if not shows_layers(model) or len(model.inputs) != 1:
        return [Part(model)]
    end: Any = model.outputs[0]
    operation, tensors = source(end)
    averages = isinstance(operation, keras.layers.Average)
    members = [_member(model, tensor) for tensor in (tensors if averages else [end])]
    if not all(members):
        return [Part(model)]
    return [
        replace(inner, mirrored=inner.mirrored != member.mirrored)
        for member in members
        if member
        for inner in parts_of(member.model)
    ]


def _member(model: keras.Model, score: Any) -> Part | None:
    """Return the model that gave a score, if it saw nothing but the image or its mirror image."""
    operation, tensors = source(score)
    if not isinstance(operation, keras.Model) or len(tensors) != 1:
        return None
    image: Any = model.inputs[0]
    if tensors[0] is image:
        return Part(operation)
    view, seen = source(tensors[0])
    flips = type(view).__name__ == "Flip" and view.axis in (2, -2)
    return Part(operation, mirrored=True) if flips and seen == [image] else None
