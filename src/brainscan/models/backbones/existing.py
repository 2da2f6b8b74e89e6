"""Make a backbone of a ``keras.Model`` that is there already."""

from typing import Any

import keras
import numpy as np

from brainscan.models.backbones.registry import register


def register_model(
    name: str,
    model: keras.Model,
    *,
    output: str | None = None,
    scaling: str = "unit",
    minimum_size: int = 32,
    citation: str = "",
    licence: str = "unknown",
) -> None:
    """Make any functional model available to ``build`` by name, such as a KerasHub backbone.

    Each build makes its own copy at the size that is asked for. With ``weights="imagenet"`` the
    copy has the weights that ``model`` has then, whatever they were trained on; with None, random
    ones.

    Args:
        name: a name that is not taken yet.
        model: a functional model of one image, ``(n, height, width, 3)``, whose layers take other
            heights and widths; it is left as it is.
        output: the layer whose output is the feature map; the model's own output if None.
        scaling: the input scaling it expects, one of `brainscan.models.scalings`; ``"none"`` if it
            scales raw images itself.
        minimum_size: the smallest height and width it takes, in pixels.
        citation: the paper, with its DOI.
        licence: the licence of code and weights.

    Raises:
        ValueError: the name is taken, ``model`` has no such layer, or what it ends in is no feature
            map.
        TypeError: ``model`` is neither functional nor a ``Sequential`` that is built.

    Examples:
        >>> import brainscan as bs
        >>> import keras
        >>> image = keras.Input((None, None, 3))
        >>> features = keras.layers.Conv2D(8, 3, strides=2, name="features")(image)
        >>> classes = keras.layers.GlobalMaxPooling2D()(features)
        >>> trained = keras.Model(image, classes)
        >>> bs.models.register_model("my_trained_net", trained, output="features")
        >>> model = bs.models.build("my_trained_net", (64, 64, 3), weights="imagenet")
    """
    source = keras.Model(*_image_and_features(model, output))

    @register(
        name,
        scaling=scaling,
        minimum_size=minimum_size,
        citation=citation,
        licence=licence,
        parameters=_count(source),
    )
    def copy(input_shape: tuple[int, int, int], weights: str | None) -> keras.Model:
        image = keras.Input(input_shape)
        made = keras.models.clone_model(source, input_tensors=image)
        if weights is not None:
            made.set_weights(source.get_weights())
        return made


def _image_and_features(
    model: Any, output: str | None
) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Return the two ends of the backbone: a subclass may ask for other arguments than tensors."""
    if not isinstance(model, keras.Model) or not getattr(model, "inputs", None):
        raise TypeError(
            f"model must be a functional keras.Model; got {model!r}. A subclass doesn't say how "
            "its layers are connected: build it of keras.Input and layers."
        )
    ends = model.outputs if output is None else [model.get_layer(output).output]
    shapes = [tuple(end.shape) for end in ends]
    if len(model.inputs) != 1 or len(ends) != 1 or len(shapes[0]) != 4:
        raise ValueError(
            "model must go from one image to one feature map (n, rows, columns, features); "
            f"got {len(model.inputs)} inputs and outputs of {', '.join(map(str, shapes))}. "
            f"Name the layer of the map: output={_last_map(model)!r}."
        )
    return model.inputs[0], ends[0]


def _last_map(model: keras.Model) -> str:
    """Return the name of the last layer that gives a feature map."""
    maps = [x.name for x in model.layers if len(getattr(getattr(x, "output", 0), "shape", ())) == 4]
    return maps[-1] if maps else "its_name"


def _count(model: keras.Model) -> int:
    return sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)
