"""A model that looks at each image and at its mirror image."""

import keras


def mirrored(model: keras.Model) -> keras.Model:
    """Return a model whose scores are the mean of those of an image and of its mirror image.

    A head is nearly symmetric, so the mirror image has the same class: test-time augmentation.

    Args:
        model: over images ``(n, height, width, channels)``; its weights are shared, not copied.

    Example:
        >>> import brainscan as bs
        >>> model = bs.models.build("small_cnn", (32, 32, 3), None, "global_max")
        >>> bs.models.mirrored(model).output_shape
        (None, 1)
    """
    image = keras.Input(model.input_shape[1:], name="image")
    both = [model(image), model(keras.ops.flip(image, axis=2))]
    return keras.Model(
        image, keras.layers.Average(name="score")(both), name=f"mirrored_{model.name}"
    )
