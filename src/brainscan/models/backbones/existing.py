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
    ones. A call of the same name, such as of a cell that is run again, takes the earlier's place.

    Args:
        name: a name that is not taken yet.
        model: a functional model of one image, ``(n, height, width, channels)``, whose layers take
            other heights and widths; it is left as it is.
        output: the layer whose output is the feature map; the model's own output if None.
        scaling: the input scaling it expects, one of `brainscan.models.scalings`; ``"none"`` if it
            scales raw images itself.
        minimum_size: the smallest height and width it takes, in pixels.
        citation: the paper, with its DOI.
        licence: the licence of code and weights.

    Raises:
        ValueError: the name is that of another backbone, ``model`` has no such layer, takes more
            than an image, or ends in no feature map.
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

    def copy(input_shape: tuple[int, int, int], weights: str | None) -> keras.Model:
        image = keras.Input(input_shape)
        try:
            made = keras.models.clone_model(source, input_tensors=image)
            if weights is not None:
                made.set_weights(source.get_weights())
        except Exception as error:  # Keras raises many kinds on layers that can't be made anew
            raise ValueError(
                f"{name!r} must be of layers that Keras can make anew for images of {input_shape}; "
                f"it could not: {' '.join(str(error).split())[:300]}. Build it at the size that it "
                "was made for, or give its layers a get_config."
            ) from error
        return made

    # A model is the user's own: a cell that is run again may register it anew.
    copy.__module__, copy.__qualname__ = "__main__", "register_model"
    register(
        name,
        scaling=scaling,
        minimum_size=minimum_size,
        citation=citation,
        licence=licence,
        parameters=_count(source),
    )(copy)


def _image_and_features(
    model: Any, output: str | None
) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Return the two ends of the backbone: a subclass may ask for other arguments than tensors."""
    if not isinstance(model, keras.Model) or not getattr(model, "inputs", None):
        raise TypeError(
            f"model must be a functional keras.Model; got {model!r}. Neither a subclass nor a "
            "Sequential without keras.Input says how its layers are connected: build it of "
            "keras.Input and layers."
        )
    taken = [tuple(image.shape) for image in model.inputs]
    if len(taken) != 1 or len(taken[0]) != 4:
        raise ValueError(
            "model must take one image (n, height, width, channels); "
            f"got inputs of {', '.join(map(str, taken))}. Build a keras.Model from its image on."
        )
    ends = model.outputs if output is None else [model.get_layer(output).output]
    shapes = [tuple(end.shape) for end in ends]
    if len(shapes) != 1 or len(shapes[0]) != 4:
        raise ValueError(
            "model must end in one feature map (n, rows, columns, features); "
            f"got outputs of {', '.join(map(str, shapes))}. "
            f"Name the layer of the map, by output=; {_last_map(model)}."
        )
    return model.inputs[0], ends[0]


def _last_map(model: keras.Model) -> str:
    """Say which layer is the last to give a feature map."""
    maps = [
        layer.name
        for layer in model.layers
        if len(getattr(getattr(layer, "output", None), "shape", ())) == 4
        and not isinstance(layer, keras.layers.InputLayer)
    ]
    return f"the last that gives one is output={maps[-1]!r}" if maps else "none gives one"


def _count(model: keras.Model) -> int:
    return sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)
