"""Every network of ``keras.applications``: a row each, with what its family shares.

`parameters` are the trainable ones without the top; `file` is the name under which Keras keeps the
ImageNet weights without the top.
"""

import warnings
from functools import partial
from typing import Any, NamedTuple

import keras

from brainscan.models.backbones.registry import Backbone, backbones, check_colour


class _Family(NamedTuple):
    scaling: str
    minimum_size: int
    citation: str


_VGG = _Family(
    "caffe",
    32,
    "Simonyan and Zisserman, Very deep convolutional networks for large-scale image recognition, "
    "ICLR 2015, arXiv:1409.1556",
)
_RESNET = _Family(
    "caffe",
    32,
    "He et al., Deep residual learning for image recognition, CVPR 2016, doi:10.1109/CVPR.2016.90",
)
_RESNET_V2 = _Family(
    "symmetric",
    32,
    "He et al., Identity mappings in deep residual networks, ECCV 2016, "
    "doi:10.1007/978-3-319-46493-0_38",
)
_INCEPTION = _Family(
    "symmetric",
    75,
    "Szegedy et al., Rethinking the Inception architecture for computer vision, CVPR 2016, "
    "doi:10.1109/CVPR.2016.308",
)
_INCEPTION_RESNET = _Family(
    "symmetric",
    75,
    "Szegedy et al., Inception-v4, Inception-ResNet and the impact of residual connections on "
    "learning, AAAI 2017, doi:10.1609/aaai.v31i1.11231",
)
_XCEPTION = _Family(
    "symmetric",
    71,
    "Chollet, Xception: deep learning with depthwise separable convolutions, CVPR 2017, "
    "doi:10.1109/CVPR.2017.195",
)
_MOBILENET = _Family(
    "symmetric",
    32,
    "Howard et al., MobileNets: efficient convolutional neural networks for mobile vision "
    "applications, 2017, arXiv:1704.04861",
)
_MOBILENET_V2 = _Family(
    "symmetric",
    32,
    "Sandler et al., MobileNetV2: inverted residuals and linear bottlenecks, CVPR 2018, "
    "doi:10.1109/CVPR.2018.00474",
)
_MOBILENET_V3 = _Family(
    "symmetric",
    32,
    "Howard et al., Searching for MobileNetV3, ICCV 2019, doi:10.1109/ICCV.2019.00140",
)
_DENSENET = _Family(
    "torch",
    32,
    "Huang et al., Densely connected convolutional networks, CVPR 2017, doi:10.1109/CVPR.2017.243",
)
_NASNET = _Family(
    "symmetric",
    32,
    "Zoph et al., Learning transferable architectures for scalable image recognition, CVPR 2018, "
    "doi:10.1109/CVPR.2018.00907",
)
_EFFICIENTNET = _Family(
    "torch",
    32,
    "Tan and Le, EfficientNet: rethinking model scaling for convolutional neural networks, "
    "ICML 2019, arXiv:1905.11946",
)
_EFFICIENTNET_V2 = _Family(
    "symmetric_128",
    32,
    "Tan and Le, EfficientNetV2: smaller models and faster training, ICML 2021, arXiv:2104.00298",
)
_EFFICIENTNET_V2_B = _EFFICIENTNET_V2._replace(scaling="torch")
_CONVNEXT = _Family(
    "torch",
    32,
    "Liu et al., A ConvNet for the 2020s, CVPR 2022, doi:10.1109/CVPR52688.2022.01167",
)


class _Row(NamedTuple):
    name: str
    constructor: str
    family: _Family
    parameters: int
    file: str


_TF = "_weights_tf_dim_ordering_tf_kernels_notop.h5"
_V3 = "_224_1.0_float_no_top_v2.h5"

_ROWS = (
    _Row("vgg16", "VGG16", _VGG, 14_714_688, f"vgg16{_TF}"),
    _Row("vgg19", "VGG19", _VGG, 20_024_384, f"vgg19{_TF}"),
    _Row("resnet50", "ResNet50", _RESNET, 23_534_592, f"resnet50{_TF}"),
    _Row("resnet101", "ResNet101", _RESNET, 42_552_832, f"resnet101{_TF}"),
    _Row("resnet152", "ResNet152", _RESNET, 58_219_520, f"resnet152{_TF}"),
    _Row("resnet50_v2", "ResNet50V2", _RESNET_V2, 23_519_360, f"resnet50v2{_TF}"),
    _Row("resnet101_v2", "ResNet101V2", _RESNET_V2, 42_528_896, f"resnet101v2{_TF}"),
    _Row("resnet152_v2", "ResNet152V2", _RESNET_V2, 58_187_904, f"resnet152v2{_TF}"),
    _Row("inception_v3", "InceptionV3", _INCEPTION, 21_768_352, f"inception_v3{_TF}"),
    _Row(
        "inception_resnet_v2",
        "InceptionResNetV2",
        _INCEPTION_RESNET,
        54_276_192,
        f"inception_resnet_v2{_TF}",
    ),
    _Row("xception", "Xception", _XCEPTION, 20_806_952, f"xception{_TF}"),
    _Row("mobilenet", "MobileNet", _MOBILENET, 3_206_976, "mobilenet_1_0_224_tf_no_top.h5"),
    _Row(
        "mobilenet_v2",
        "MobileNetV2",
        _MOBILENET_V2,
        2_223_872,
        "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
    ),
    _Row(
        "mobilenet_v3_small",
        "MobileNetV3Small",
        _MOBILENET_V3,
        927_008,
        f"weights_mobilenet_v3_small{_V3}",
    ),
    _Row(
        "mobilenet_v3_large",
        "MobileNetV3Large",
        _MOBILENET_V3,
        2_971_952,
        f"weights_mobilenet_v3_large{_V3}",
    ),
    _Row("densenet121", "DenseNet121", _DENSENET, 6_953_856, f"densenet121{_TF}"),
    _Row("densenet169", "DenseNet169", _DENSENET, 12_484_480, f"densenet169{_TF}"),
    _Row("densenet201", "DenseNet201", _DENSENET, 18_092_928, f"densenet201{_TF}"),
    _Row("nasnet_mobile", "NASNetMobile", _NASNET, 4_232_978, "nasnet_mobile_no_top.h5"),
    _Row("nasnet_large", "NASNetLarge", _NASNET, 84_720_150, "nasnet_large_no_top.h5"),
    _Row("efficientnet_b0", "EfficientNetB0", _EFFICIENTNET, 4_007_548, "efficientnetb0_notop.h5"),
    _Row("efficientnet_b1", "EfficientNetB1", _EFFICIENTNET, 6_513_184, "efficientnetb1_notop.h5"),
    _Row("efficientnet_b2", "EfficientNetB2", _EFFICIENTNET, 7_700_994, "efficientnetb2_notop.h5"),
    _Row("efficientnet_b3", "EfficientNetB3", _EFFICIENTNET, 10_696_232, "efficientnetb3_notop.h5"),
    _Row("efficientnet_b4", "EfficientNetB4", _EFFICIENTNET, 17_548_616, "efficientnetb4_notop.h5"),
    _Row("efficientnet_b5", "EfficientNetB5", _EFFICIENTNET, 28_340_784, "efficientnetb5_notop.h5"),
    _Row("efficientnet_b6", "EfficientNetB6", _EFFICIENTNET, 40_735_704, "efficientnetb6_notop.h5"),
    _Row("efficientnet_b7", "EfficientNetB7", _EFFICIENTNET, 63_786_960, "efficientnetb7_notop.h5"),
    _Row(
        "efficientnet_v2_b0",
        "EfficientNetV2B0",
        _EFFICIENTNET_V2_B,
        5_858_704,
        "efficientnetv2-b0_notop.h5",
    ),
    _Row(
        "efficientnet_v2_b1",
        "EfficientNetV2B1",
        _EFFICIENTNET_V2_B,
        6_860_052,
        "efficientnetv2-b1_notop.h5",
    ),
    _Row(
        "efficientnet_v2_b2",
        "EfficientNetV2B2",
        _EFFICIENTNET_V2_B,
        8_687_086,
        "efficientnetv2-b2_notop.h5",
    ),
    _Row(
        "efficientnet_v2_b3",
        "EfficientNetV2B3",
        _EFFICIENTNET_V2_B,
        12_821_406,
        "efficientnetv2-b3_notop.h5",
    ),
    _Row(
        "efficientnet_v2_s",
        "EfficientNetV2S",
        _EFFICIENTNET_V2,
        20_177_488,
        "efficientnetv2-s_notop.h5",
    ),
    _Row(
        "efficientnet_v2_m",
        "EfficientNetV2M",
        _EFFICIENTNET_V2,
        52_858_356,
        "efficientnetv2-m_notop.h5",
    ),
    _Row(
        "efficientnet_v2_l",
        "EfficientNetV2L",
        _EFFICIENTNET_V2,
        117_234_272,
        "efficientnetv2-l_notop.h5",
    ),
    _Row("convnext_tiny", "ConvNeXtTiny", _CONVNEXT, 27_820_128, "convnext_tiny_notop.h5"),
    _Row("convnext_small", "ConvNeXtSmall", _CONVNEXT, 49_454_688, "convnext_small_notop.h5"),
    _Row("convnext_base", "ConvNeXtBase", _CONVNEXT, 87_566_464, "convnext_base_notop.h5"),
    _Row("convnext_large", "ConvNeXtLarge", _CONVNEXT, 196_230_336, "convnext_large_notop.h5"),
    _Row("convnext_xlarge", "ConvNeXtXLarge", _CONVNEXT, 348_147_968, "convnext_xlarge_notop.h5"),
)

_LICENCE = (
    "code and weights Apache-2.0 (Keras); trained on ImageNet, whose terms are non-commercial"
)

# Keras brings the ImageNet weights of these at one size only, though they fit any.
_OWN_SIZE = {"NASNetMobile": 224, "NASNetLarge": 331}


def _make(constructor: str, input_shape: tuple[int, int, int], weights: str | None) -> keras.Model:
    if weights is not None:
        check_colour(input_shape)
    size = _OWN_SIZE.get(constructor, 0)
    if weights is not None and size and input_shape != (size, size, 3):
        model = _make(constructor, input_shape, None)
        model.set_weights(_make(constructor, (size, size, 3), weights).get_weights())
        return model
    # Some would scale their input themselves; `build` does it, in one way for every backbone.
    scales_itself = constructor.startswith(("EfficientNetV2", "MobileNetV3", "ConvNeXt"))
    options: dict[str, Any] = {"include_preprocessing": False} if scales_itself else {}
    with warnings.catch_warnings():
        # MobileNet warns that its weights were trained at 224 pixels; convolutions fit any size.
        warnings.filterwarnings("ignore", "`input_shape` is undefined or non-square", UserWarning)
        model = getattr(keras.applications, constructor)(
            include_top=False, weights=weights, input_shape=input_shape, **options
        )
    if constructor.startswith("EfficientNetB"):  # has no such option
        return keras.Model(model.get_layer("stem_conv_pad").input, model.output)
    return model


for _row in _ROWS:
    backbones.add(
        _row.name,
        Backbone(
            _row.name,
            partial(_make, _row.constructor),
            _row.family.scaling,
            _row.family.minimum_size,
            _row.family.citation,
            _LICENCE,
            _row.parameters,
            _row.file,
        ),
    )
