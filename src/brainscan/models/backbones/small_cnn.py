"""A small network that trains from scratch on a few hundred slices in a minute or two."""

import keras

from brainscan.models.backbones.registry import register

_WIDTHS = (16, 32, 64, 128)


@register(
    "small_cnn",
    scaling="unit",
    minimum_size=32,
    citation="brainscan's own; convolution, batch norm and pooling in four stages, in the manner "
    "of Simonyan and Zisserman, arXiv:1409.1556",
    licence="Apache-2.0; there are no pre-trained weights",
    parameters=97_680,
)
def small_cnn(input_shape: tuple[int, int, int], weights: str | None) -> keras.Model:
    """Return four stages of 3x3 convolutions, from 16 to 128 features, each halving the map."""
    if weights is not None:
        raise ValueError(
            f"small_cnn has no pre-trained weights; got weights={weights!r}. Give weights=None."
        )
    image = keras.Input(input_shape)
    features = image
    for stage, width in enumerate(_WIDTHS, start=1):
        features = keras.layers.Conv2D(
            width,
            3,
            strides=2 if stage == 1 else 1,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
            name=f"stage{stage}_convolution",
        )(features)
        # A short memory: a few hundred steps must be enough to settle the running moments.
        features = keras.layers.BatchNormalization(momentum=0.9, name=f"stage{stage}_norm")(
            features
        )
        features = keras.layers.ReLU(name=f"stage{stage}_relu")(features)
        features = keras.layers.MaxPooling2D(2, padding="same", name=f"stage{stage}_pool")(features)
    return keras.Model(image, features)
