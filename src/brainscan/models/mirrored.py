"""A model that looks at each image and at its mirror image."""

from typing import Any

import keras


def mirrored(model: keras.Model) -> keras.Model:
    """Return a model whose scores are the mean of those of an image and of its mirror image.

    A head is nearly symmetric, so the mirror image has the same class: test-time augmentation. The
    mask of the mirror image is mirrored back.

    Args:
        model: over images ``(n, height, width, channels)``; its weights are shared, not copied.

    Examples:
        >>> import brainscan as bs
        >>> model = bs.models.build("small_cnn", (32, 32, 3), None, "global_max")
        >>> bs.models.mirrored(model).output_shape
        (None, 1)
    """
    image = keras.Input(model.input_shape[1:], name="image")
    seen, flipped = _named(model(image)), _named(model(keras.ops.flip(image, axis=2)))
    means: dict[str, Any] = {}
    for name, output in seen.items():
        other = flipped[name]
        other = keras.ops.flip(other, axis=2) if name == "mask" else other
        means[name] = keras.layers.Average(name=name)([output, other])
    outputs = means if isinstance(model.output, dict) else next(iter(means.values()))
    return keras.Model(image, outputs, name=f"mirrored_{model.name}")


def _named(outputs: Any) -> dict[str, Any]:
    if isinstance(outputs, dict):
        return outputs
    return {"mask" if len(outputs.shape) == 4 else "score": outputs}
