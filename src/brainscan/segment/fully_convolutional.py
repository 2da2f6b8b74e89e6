"""A patch classifier asked everywhere at once: its own layers over a whole image."""

from collections.abc import Callable
from typing import Any, cast

import keras

Shape = tuple[int, int, int]


def fully_convolutional(model: keras.Model, size: tuple[int, int]) -> keras.Model:
    """Return the network of a patch classifier over images of another size.

    The convolutions run over the whole image once, so what neighbouring patches share is computed
    once. The layer that gathers the feature map of a patch (the mean, the maximum, or all of it)
    becomes a window of that map's size which moves a feature at a time, and the layers behind it
    work at each position. Then score ``[i, j]`` is that of the patch whose first pixel is
    ``(i * stride, j * stride)``, where the stride is that of the backbone.

    Two things differ from asking the patch alone. The convolutions see the image's own pixels
    beyond the patch, where a patch alone ends in zeros: without padding inside the network, the
    scores are equal. And where the backbone takes a mean over its whole map, in a
    squeeze-and-excitation, that becomes a mean over a window of the patch's size around each
    feature (Chu et al., doi:10.1007/978-3-031-20071-7_4).

    Args:
        model: as `brainscan.models.build` makes it, with any head but ``"stages"`` and a scaling
            that treats each pixel alike; it is left as it is.
        size: height and width of the images: those of a patch, plus whole strides.

    Returns:
        A model from ``(n, height, width, channels)`` to ``(n, rows, columns, scores)``, with a copy
        of the weights.

    Raises:
        TypeError: ``model`` is no functional model.
        ValueError: it has no convolutional features, or its scaling or head looks at the whole
            image; or no whole number of strides leads from the patch to this size.

    References:
        Long, Shelhamer and Darrell, Fully convolutional networks for semantic segmentation, CVPR
        2015, doi:10.1109/CVPR.2015.7298965.

    Example:
        >>> import brainscan as bs
        >>> model = bs.models.build("small_cnn", (64, 64, 3), weights=None, head="global_average")
        >>> bs.segment.fully_convolutional(model, (128, 192)).output_shape
        (None, 3, 5, 1)
    """
    stride = find_stride(model)
    patch = model.input_shape[1:3]
    if any(side < own or (side - own) % stride for side, own in zip(size, patch, strict=True)):
        raise ValueError(
            f"size must be that of a patch, {patch[0]}x{patch[1]}, plus whole strides of {stride} "
            f"pixels; got {size[0]}x{size[1]}. Pad the image, or see "
            "brainscan.segment.probability_map."
        )
    larger = _enlarge(model, (*size, model.input_shape[3]), _at_each_position)
    larger.set_weights(model.get_weights())
    return larger


def find_stride(model: keras.Model) -> int:
    """Return by how many pixels a patch must move for its feature map to move by one feature.

    Raises:
        TypeError: as `fully_convolutional`.
        ValueError: as `fully_convolutional`.
    """
    backbone = _find_backbone(model)
    _check_scaling(model)
    height, width, channels = backbone.input_shape[1:]
    further = 3 * 2**7  # a multiple of the strides that networks have
    larger = _enlarge(backbone, (height + further, width + further, channels), _near_each_feature)
    grown = larger.output_shape[1] - backbone.output_shape[1]
    stride = further // max(grown, 1)
    if stride * grown != further or larger.output_shape[2] - backbone.output_shape[2] != grown:
        raise ValueError(
            f"the feature map of {backbone.name} must grow by one feature every so many pixels; it "
            f"grows from {backbone.output_shape[1:3]} to {larger.output_shape[1:3]} over {further}."
        )
    return stride


def _enlarge(model: Any, shape: Shape, replaced: Callable[..., Any]) -> keras.Model:
    """Return a copy for images of another shape, with new weights.

    Args:
        model: a functional model of one image.
        shape: the new height, width and channels.
        replaced: given a layer's original and its inputs, what stands in for the layer's output, or
            None to keep the layer.
    """
    originals: dict[int, Any] = {}

    def clone(layer: Any) -> Any:
        # A model inside is copied when its input is known.
        inner = isinstance(layer, keras.Model)
        new: Any = layer if inner else type(layer).from_config(layer.get_config())
        originals[id(new)] = layer
        return new

    def call(layer: Any, *inputs: Any, **settings: Any) -> Any:
        if isinstance(layer, keras.Model):
            return _enlarge(layer, inputs[0].shape[1:], _near_each_feature)(*inputs, **settings)
        outputs = replaced(originals[id(layer)], *inputs)
        return layer(*inputs, **settings) if outputs is None else outputs

    copy = keras.models.clone_model(
        model, input_tensors=keras.Input(shape), clone_function=clone, call_function=call
    )
    return cast("keras.Model", copy)


def _at_each_position(layer: Any, features: Any = None, *_: Any) -> Any:
    """Let what gathers a whole feature map gather each window of its size."""
    window: Any = layer.input.shape[1:3] if isinstance(layer, _GATHERING) else None
    if isinstance(layer, keras.layers.GlobalAveragePooling2D):
        return keras.layers.AveragePooling2D(window, strides=1)(features)
    if isinstance(layer, keras.layers.GlobalMaxPooling2D):
        return keras.layers.MaxPooling2D(window, strides=1)(features)
    if isinstance(layer, keras.layers.Flatten):
        return keras.ops.image.extract_patches(features, window, strides=1, padding="valid")
    return None


_GATHERING = (
    keras.layers.GlobalAveragePooling2D,
    keras.layers.GlobalMaxPooling2D,
    keras.layers.Flatten,
)


def _near_each_feature(layer: Any, features: Any = None, *_: Any) -> Any:
    """Let a mean over the whole map be one around each feature, as wide as the patch's map was."""
    if isinstance(layer, keras.layers.GlobalAveragePooling2D):
        rows, columns = layer.input.shape[1:3]
        # Rows, then columns: the same mean in far fewer additions.
        down = keras.layers.AveragePooling2D((rows, 1), strides=1, padding="same")(features)
        return keras.layers.AveragePooling2D((1, columns), strides=1, padding="same")(down)
    if isinstance(layer, keras.layers.Reshape) and tuple(layer.target_shape[:2]) == (1, 1):
        return features  # it would only have given a vector back its rows and columns
    return None


def _find_backbone(model: Any) -> Any:
    if not isinstance(model, keras.Model) or not hasattr(model, "inputs"):
        raise TypeError(f"model must be a functional keras.Model; got {model!r}.")
    inner: list[Any] = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    shapes: list[Any] = [layer.output_shape for layer in inner]
    maps = [isinstance(shape, tuple) and len(shape) == 4 for shape in shapes]
    if len(inner) != 1 or not maps[0]:
        raise ValueError(
            "model must have convolutional features: a backbone as its one inner model, which ends "
            "in one feature map (n, rows, columns, features), under a head that stands on that map "
            f"alone; {model.name} has {_describe(inner, shapes)}. "
            "brainscan.models.build(name, (64, 64, 3), head='global_average') makes one."
        )
    return inner[0]


def _describe(inner: list[Any], shapes: list[Any]) -> str:
    if not inner:
        return "no inner model"
    return ", ".join(
        f"{layer.name} with the output {shape}" for layer, shape in zip(inner, shapes, strict=True)
    )


def _check_scaling(model: Any) -> None:
    if any(isinstance(layer, keras.layers.LayerNormalization) for layer in model.layers):
        raise ValueError(
            "the scaling of a patch classifier must treat each pixel alike; 'standardized' looks "
            "at the whole image, which is another for each patch. Build the model with "
            "scaling='backbone'."
        )
