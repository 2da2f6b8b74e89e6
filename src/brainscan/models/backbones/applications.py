"""The six networks of the paper's Table II, from ``keras.applications``: a row each."""

import warnings
from functools import partial
from typing import NamedTuple

import keras

from brainscan.models.backbones.registry import Backbone, backbones


class _Row(NamedTuple):
    name: str
    constructor: str
    scaling: str
    minimum_size: int
    citation: str


_LICENCE = (
    "code and weights Apache-2.0 (Keras); trained on ImageNet, whose terms are non-commercial"
)

_ROWS = [
    _Row(
        "inception_resnet_v2",
        "InceptionResNetV2",
        "symmetric",
        75,
        "Szegedy et al., Inception-v4, Inception-ResNet and the impact of residual connections on "
        "learning, AAAI 2017, doi:10.1609/aaai.v31i1.11231",
    ),
    _Row(
        "inception_v3",
        "InceptionV3",
        "symmetric",
        75,
        "Szegedy et al., Rethinking the Inception architecture for computer vision, CVPR 2016, "
        "doi:10.1109/CVPR.2016.308",
    ),
    _Row(
        "mobilenet_v2",
        "MobileNetV2",
        "symmetric",
        32,
        "Sandler et al., MobileNetV2: inverted residuals and linear bottlenecks, CVPR 2018, "
        "doi:10.1109/CVPR.2018.00474",
    ),
    _Row(
        "resnet101_v2",
        "ResNet101V2",
        "symmetric",
        32,
        "He et al., Identity mappings in deep residual networks, ECCV 2016, "
        "doi:10.1007/978-3-319-46493-0_38",
    ),
    _Row(
        "xception",
        "Xception",
        "symmetric",
        71,
        "Chollet, Xception: deep learning with depthwise separable convolutions, CVPR 2017, "
        "doi:10.1109/CVPR.2017.195",
    ),
    _Row(
        "efficientnet_v2_s",
        "EfficientNetV2S",
        "symmetric_128",
        32,
        "Tan and Le, EfficientNetV2: smaller models and faster training, ICML 2021, "
        "arXiv:2104.00298",
    ),
]

# These would scale their input themselves; `build` does it, in one way for every backbone.
_SCALES_ITSELF = {"EfficientNetV2S"}


def _make(constructor: str, input_shape: tuple[int, int, int], weights: str | None) -> keras.Model:
    options = {"include_preprocessing": False} if constructor in _SCALES_ITSELF else {}
    with warnings.catch_warnings():
        # MobileNet warns that its weights were trained at 224 pixels; convolutions fit any size.
        warnings.filterwarnings("ignore", "`input_shape` is undefined or non-square", UserWarning)
        return getattr(keras.applications, constructor)(
            include_top=False, weights=weights, input_shape=input_shape, **options
        )


for _row in _ROWS:
    backbones.add(
        _row.name,
        Backbone(
            _row.name,
            partial(_make, _row.constructor),
            _row.scaling,
            _row.minimum_size,
            _row.citation,
            _LICENCE,
        ),
    )
