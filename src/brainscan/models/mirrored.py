"""A model that looks at each image and at its mirror image."""

from typing import Any

import keras


def mirrored(model: keras.Model) -> keras.Model:
    """Return a model whose scores are the mean of those of an image and of its mirror image.

    A head is nearly symmetric, so the mirror image has the same class: test-time augmentation. The
    mask of the mirror image is mirrored back.

    Args:
        model: over images ``(n, height, width, channels)``; its weights are shared, not copied.

    Raises:
        TypeError: it is no model.

    Examples:
        >>> import brainscan as bs
        >>> model = bs.models.build("small_cnn", (32, 32, 3), None, "global_max")
        >>> bs.models.mirrored(model).output_shape
        (None, 1)
    """
    check_model(model)
    image = keras.Input(model.input_shape[1:], name="image")
    seen, flipped = named_outputs(model(image)), named_outputs(model(keras.ops.flip(image, axis=2)))
    means: dict[str, Any] = {}
    for name, output in seen.items():
        other = flipped[name]
        other = keras.ops.flip(other, axis=2) if name == "mask" else other
        means[name] = keras.layers.Average(name=name)([output, other])
    outputs = means if isinstance(model.output, dict) else next(iter(means.values()))
    return keras.Model(image, outputs, name=f"mirrored_{model.name}")


def check_model(model: object) -> None:
    """Raise TypeError for what is no model, such as what a model is part of."""
    if not isinstance(model, keras.Model):
        raise TypeError(
            f"model must be a keras.Model; got {type(model).__name__}. A Segmenter's is its .model."
        )


def named_outputs(outputs: Any) -> dict[str, Any]:
    """Return a model's outputs by name: ``"mask"``, ``"score"``, or both."""
    if isinstance(outputs, dict):
        return outputs
    return {"mask" if len(outputs.shape) == 4 else "score": outputs}
