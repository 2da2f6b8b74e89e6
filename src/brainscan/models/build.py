"""Build a classifier by name: input scaling, backbone, head."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

from brainscan._core.checks import check_seed
from brainscan.models.backbones.registry import backbones
from brainscan.models.heads import heads, output
from brainscan.models.layers import use_own_layers
from brainscan.models.scaling import scalings
from brainscan.models.seeding import seeded
from brainscan.models.stages import with_stages
from brainscan.models.weights import find_weights, load_weights, make_backbone


def build(
    name: str,
    input_shape: tuple[int, int, int] = (150, 150, 3),
    weights: str | Path | None = "imagenet",
    head: str = "paper",
    classes: int = 2,
    scaling: str = "backbone",
    seed: int | None = None,
) -> keras.Model:
    """Build a classifier over raw 0-255 images.

    The model scales its input itself, once: give it images as they were read.

    Args:
        name: a backbone, one of `brainscan.models.names`.
        input_shape: height, width and channels of an image, in pixels.
        weights: ``"imagenet"`` for the ones its maker offers, from the folder that the environment
            variable ``BRAINSCAN_WEIGHTS`` names, else from the extra ``brainscan[offline]`` or a
            download by Keras; None for random ones; a ``.weights.h5``, ``.keras`` or older ``.h5``
            file of the whole model or of its backbone; or a folder with such a file,
            ``NAME.weights.h5``, ``NAME.keras``, ``NAME.h5`` or under Keras's own name.
        head: ``"paper"`` (Flatten, Dense 1024, Dropout 0.2), ``"global_average"``,
            ``"global_max"``, ``"small_dense"``, or ``"stages"`` (mean, maximum and standard
            deviation of the last feature map of each resolution).
        classes: with 2, one sigmoid unit, the probability of class 1; with more, a softmax.
        scaling: ``"backbone"`` for the scaling the backbone was trained with, ``"standardized"``
            for mean 0 and standard deviation 1 an image, as the paper does, or any other name in
            `brainscan.models.scalings`.
        seed: makes the random weights repeatable; None draws new ones.

    Returns:
        A functional ``keras.Model`` from float ``(n, height, width, channels)`` in 0 to 255 to
        float32 ``(n, 1)`` or ``(n, classes)``. Every layer is trainable. The backbone is the layer
        that bears its name; its convolutions are layers of brainscan's own, which a CPU runs
        faster, see `brainscan.models.to_stock`.

    Raises:
        ValueError: an unknown name, a size the backbone does not take, or weights that don't fit.
        TypeError: a registered function returned no functional model, or ``weights`` is no path.
        FileNotFoundError: the weights file or folder is missing.
        ConnectionError: the ImageNet weights could not be downloaded.
        ImportError: the extra that brings the ImageNet weights is not installed.

    Examples:
        >>> import brainscan as bs
        >>> model = bs.models.build("small_cnn", (64, 64, 3), weights=None, head="global_average")
        >>> model.output_shape
        (None, 1)
    """
    entry = backbones[name]
    top = heads[head]
    scale = scalings[entry.scaling if scaling == "backbone" else scaling]()
    shape = check_shape(input_shape, name, entry.minimum_size)
    if not isinstance(classes, int) or classes < 2:
        raise ValueError(f"classes must be a whole number, 2 or more; got {classes!r}.")
    if seed is not None:
        check_seed(seed)
    path = find_weights(entry, weights)
    download = "imagenet" if weights == "imagenet" and path is None else None
    with seeded(seed):
        backbone = check_backbone(make_backbone(entry, shape, download), name, shape)
        use_own_layers(backbone)
        image = keras.Input(shape, name="image")
        body = with_stages(backbone) if top.stages else backbone
        features = top.make(body(scale(image)))
        model = keras.Model(image, output(features, classes), name=f"{name}_classifier")
    if path is not None:
        load_weights(model, backbone, path)
    return model


def check_shape(input_shape: Any, name: str, minimum: int) -> tuple[int, int, int]:
    """Return ``(height, width, channels)`` that a backbone takes, or raise ValueError."""
    shape = tuple(input_shape) if isinstance(input_shape, Sequence) else (input_shape,)
    if len(shape) != 3 or not all(isinstance(v, int) and v > 0 for v in shape):
        raise ValueError(
            f"input_shape must be three positive integers (height, width, channels); got {shape}."
        )
    if min(shape[:2]) < minimum:
        raise ValueError(
            f"input_shape of {name} must be at least {minimum}x{minimum} pixels; "
            f"got {shape[0]}x{shape[1]}. Resize the images, or choose another backbone."
        )
    return shape


def check_backbone(backbone: Any, name: str, input_shape: tuple[int, int, int]) -> keras.Model:
    """Return a backbone as a functional model of one tensor in and one out, which bears its name.

    Raises:
        TypeError: it is no functional model.
        ValueError: it takes images of another shape, or returns no feature map.
    """
    if not isinstance(backbone, keras.Model) or not getattr(backbone, "inputs", None):
        raise TypeError(
            f"{name!r} must return a functional keras.Model, made of keras.Input(input_shape) and "
            f"layers; got {backbone!r:.100}."
        )
    taken = [tuple(image.shape[1:]) for image in backbone.inputs]
    if len(taken) != 1 or not _takes(taken[0], input_shape):
        raise ValueError(
            f"{name!r} must take images of the input_shape that it is given, {input_shape}; "
            f"it takes {', '.join(map(str, taken))}. Give that shape to keras.Input."
        )
    shapes = [tuple(output.shape) for output in backbone.outputs]
    if len(shapes) != 1 or len(shapes[0]) != 4:
        raise ValueError(
            f"{name!r} must return one feature map (n, rows, columns, features); "
            f"it returns {', '.join(map(str, shapes))}. Build it without its top."
        )
    return keras.Model(backbone.inputs[0], backbone.outputs[0], name=name)


def _takes(shape: tuple[int | None, ...], wanted: tuple[int, int, int]) -> bool:
    return len(shape) == 3 and all(s in (None, w) for s, w in zip(shape, wanted, strict=True))
