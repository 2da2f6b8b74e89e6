"""A patch classifier asked everywhere at once: its own layers, run over a whole image."""

from typing import Any

import jax
import keras
import numpy as np
from jaxtyping import Float32

from brainscan._backend import compiler_options
from brainscan.explain.graph import call_plainly, run, shows_layers

_AT_ONCE = 2_000_000  # pixels of the images that one call of the network looks at
_FURTHER = 3 * 2**7  # pixels; a multiple of the strides that networks have


class FullyConvolutional:
    """A classifier of patches, with its own weights, over images of any size.

    The convolutions run over the whole image once, so what neighbouring patches share is computed
    once. The layer that gathers the feature map of a patch (the mean, the maximum, or all of it)
    becomes a window of that map's size which moves a feature at a time, and the layers behind it
    work at each position (Long et al., doi:10.1109/CVPR.2015.7298965).

    Where the backbone takes a mean over its whole map, in a squeeze-and-excitation, that becomes a
    mean over a window of the patch's size around each feature (Chu et al.,
    doi:10.1007/978-3-031-20071-7_4).

    Args:
        model: as `brainscan.models.build` makes it, with one sigmoid unit, any head but
            ``"stages"``, and a scaling that treats each pixel alike.

    Raises:
        TypeError: ``model`` is no functional model.
        ValueError: it has no convolutional features, its scaling or head looks at the whole image,
            its output is another, or its feature map does not grow evenly with the image.
    """

    def __init__(self, model: keras.Model) -> None:
        self.model = model
        backbone = _find_backbone(model)
        _check_ends(model)
        self._inside = {id(operation) for operation in backbone.operations}
        _, height, width, self.channels = model.input_shape
        self.patch: tuple[int, int] = (int(height), int(width))
        self.stride = self._find_stride(backbone)
        self._compiled = jax.jit(self._run, compiler_options=compiler_options(inference=True))

    def scores(self, images: Float32[np.ndarray, "n h w c"]) -> Float32[np.ndarray, "n r q"]:
        """Return the score of the patch that begins at each ``stride``-th row and column.

        Args:
            images: whose height and width are a patch's plus whole strides.
        """
        values = [variable.value for variable in self.model.variables]
        most = max(1, _AT_ONCE // (images.shape[1] * images.shape[2]))
        # Blocks of one size, so that nothing is compiled for a last, smaller one.
        block = max(n for n in range(1, most + 1) if len(images) % n == 0)
        blocks = [images[i : i + block] for i in range(0, len(images), block)]
        return np.concatenate([np.asarray(self._compiled(values, some)) for some in blocks])

    def _run(self, values: list[Any], images: Any) -> Any:
        state = list(zip(self.model.variables, values, strict=True))
        with keras.StatelessScope(state_mapping=state):
            outputs = run(self.model, images, lambda tensor, value: value, self._call)
        return outputs[0][..., 0]

    def _call(self, layer: Any, *inputs: Any, **settings: Any) -> Any:
        replace = _near_each_feature if id(layer) in self._inside else _at_each_position
        outputs = replace(layer, *inputs)
        return call_plainly(layer, *inputs, **settings) if outputs is None else outputs

    def _find_stride(self, backbone: Any) -> int:
        """Return by how many pixels a patch moves when its feature map moves by one feature."""

        def features(images: Any) -> Any:
            return run(backbone, images, lambda tensor, value: value, self._call)[0]

        sizes: list[Any] = [self.patch, [side + _FURTHER for side in self.patch]]
        small, large = (
            jax.eval_shape(features, jax.ShapeDtypeStruct((1, *size, self.channels), np.float32))
            for size in sizes
        )
        grown = [big - own for big, own in zip(large.shape[1:3], small.shape[1:3], strict=True)]
        if grown[0] != grown[1] or grown[0] < 1 or _FURTHER % grown[0]:
            raise ValueError(
                f"the feature map of {backbone.name} must grow by one feature every so many "
                f"pixels; it grows from {small.shape[1:3]} to {large.shape[1:3]} over {_FURTHER}."
            )
        return _FURTHER // grown[0]


def fully_convolutional(model: keras.Model) -> FullyConvolutional:
    """Return a model's `FullyConvolutional`; it stays with the model, and what was compiled too."""
    known = getattr(model, "_brainscan_fully_convolutional", None)
    if not isinstance(known, FullyConvolutional):
        known = FullyConvolutional(model)
        # Past Keras, which would look for weights in it.
        object.__setattr__(model, "_brainscan_fully_convolutional", known)
    return known


def _at_each_position(layer: Any, features: Any = None, *_: Any) -> Any:
    """Let what gathers a whole feature map gather each window of its size."""
    if not isinstance(layer, _GATHERING):
        return None
    window = _size_for_patch(layer)
    if isinstance(layer, keras.layers.GlobalAveragePooling2D):
        return keras.ops.average_pool(features, window, strides=1)
    if isinstance(layer, keras.layers.GlobalMaxPooling2D):
        return keras.ops.max_pool(features, window, strides=1)
    return keras.ops.image.extract_patches(features, window, strides=1, padding="valid")


_GATHERING = (
    keras.layers.GlobalAveragePooling2D,
    keras.layers.GlobalMaxPooling2D,
    keras.layers.Flatten,
)


def _near_each_feature(layer: Any, features: Any = None, *_: Any) -> Any:
    """Let a mean over the whole map be one around each feature, as wide as the patch's map was."""
    if isinstance(layer, keras.layers.GlobalAveragePooling2D):
        rows, columns = _size_for_patch(layer)
        # Rows, then columns: the same mean in far fewer additions.
        down = keras.ops.average_pool(features, (rows, 1), strides=1, padding="same")
        return keras.ops.average_pool(down, (1, columns), strides=1, padding="same")
    if isinstance(layer, keras.layers.Reshape) and tuple(layer.target_shape[:2]) == (1, 1):
        return features  # it would only have given a vector back its rows and columns
    return None


def _size_for_patch(layer: Any) -> tuple[int, int]:
    """Return the size of the map that a layer sees of one patch."""
    _, rows, columns, _ = layer.input.shape
    return int(rows), int(columns)


def _find_backbone(model: Any) -> Any:
    if not shows_layers(model):
        raise TypeError(f"model must be a functional keras.Model; got {model!r}.")
    inner: list[Any] = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    shapes: list[Any] = [layer.output_shape for layer in inner]
    maps = [isinstance(shape, tuple) and len(shape) == 4 for shape in shapes]
    if maps != [True] or not shows_layers(inner[0]):
        has = [f"{layer.name} with {shape}" for layer, shape in zip(inner, shapes, strict=True)]
        raise ValueError(
            "model must have convolutional features: a backbone as its one inner model, which ends "
            "in one feature map (n, rows, columns, features), and a head that stands on that map "
            f"alone; {model.name} has {', '.join(has) or 'no inner model'}. "
            "brainscan.models.build(name, (64, 64, 3), head='global_average') makes one."
        )
    return inner[0]


def _check_ends(model: Any) -> None:
    if any(isinstance(layer, keras.layers.LayerNormalization) for layer in model.layers):
        raise ValueError(
            "the scaling of a patch classifier must treat each pixel alike; 'standardized' looks "
            "at the whole image, which is another for each patch. Build the model with "
            "scaling='backbone'."
        )
    if tuple(model.output_shape) != (None, 1):
        raise ValueError(
            "model must end in one sigmoid unit, the probability of tumour; its output is "
            f"{model.output_shape}. Build it with classes=2."
        )
