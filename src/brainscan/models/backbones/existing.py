"""Make a backbone of a ``keras.Model`` that is there already."""

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
        ValueError: the name is taken, or ``model`` has no such layer.
        TypeError: ``model`` is no functional model.

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
    if not isinstance(model, keras.Model) or not hasattr(model, "inputs"):
        raise TypeError(
            f"model must be a functional keras.Model; got {model!r}. For another, write a function "
            "(input_shape, weights) -> keras.Model and decorate it with brainscan.models.register."
        )
    source = model if output is None else keras.Model(model.inputs, model.get_layer(output).output)

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
        # A plain functional model: a subclass may ask for other arguments than its tensors.
        plain = keras.Model(source.inputs[0], source.output)
        made = keras.models.clone_model(plain, input_tensors=image)
        if weights is not None:
            made.set_weights(source.get_weights())
        return made


def _count(model: keras.Model) -> int:
    return sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)
