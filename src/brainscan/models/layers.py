"""Keras's layers of moving windows, with lowerings of our own where they are the faster ones.

Each is its stock layer in all but the operations it runs: the same settings, weights, names and
results. Their class names are those of Keras too, since ``.weights.h5`` files go by them.
"""

import math
from typing import Any, cast

import jax
import keras

from brainscan.models.convolution import convolve, depthwise, gradient_wins, pointwise
from brainscan.models.pooling import max_pool
from brainscan.models.window import Window

# Each tap is an operation of its own: many of them take long to compile. Faster up to here.
_MOST_TAPS = 121

_registered = keras.saving.register_keras_serializable(package="brainscan")


@_registered
class Conv2D(keras.layers.Conv2D):
    """``keras.layers.Conv2D``, as matrix products where the kernel is 1x1."""

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Convolve, by the way chosen for this kernel."""
        layer: Any = self
        if not _fast_here(layer, inputs) or layer.groups > 1:
            return super().convolution_op(inputs, kernel)
        kernel = keras.ops.convert_to_tensor(kernel)
        inputs = keras.ops.convert_to_tensor(inputs, dtype=kernel.dtype)
        if layer.kernel_size == (1, 1):
            return pointwise(inputs, kernel, layer.strides)
        window = _window(layer)
        if gradient_wins(inputs.shape, kernel.shape, window):
            return convolve(inputs, kernel, window)
        return super().convolution_op(inputs, kernel)


@_registered
class DepthwiseConv2D(keras.layers.DepthwiseConv2D):
    """``keras.layers.DepthwiseConv2D``, as shifted multiply-adds."""

    def call(self, inputs: Any) -> Any:
        """Convolve, add the bias, apply the activation."""
        layer: Any = self
        if not _fast_here(layer, inputs):
            return super().call(inputs)
        kernel: Any = keras.ops.convert_to_tensor(layer.kernel)
        inputs = keras.ops.convert_to_tensor(inputs, dtype=kernel.dtype)
        return _finish(layer, depthwise(inputs, kernel, _window(layer)))


@_registered
class SeparableConv2D(keras.layers.SeparableConv2D):
    """``keras.layers.SeparableConv2D``, as shifted multiply-adds and a matrix product."""

    def call(self, inputs: Any) -> Any:
        """Convolve twice, add the bias, apply the activation."""
        layer: Any = self
        if not _fast_here(layer, inputs):
            return super().call(inputs)
        first: Any = keras.ops.convert_to_tensor(layer.depthwise_kernel)
        second: Any = keras.ops.convert_to_tensor(layer.pointwise_kernel)
        inputs = keras.ops.convert_to_tensor(inputs, dtype=first.dtype)
        outputs: Any = depthwise(inputs, first, _window(layer))
        return _finish(layer, pointwise(outputs, second, (1, 1)))


@_registered
class MaxPooling2D(keras.layers.MaxPooling2D):
    """``keras.layers.MaxPooling2D``, with a gradient without scatter."""

    def call(self, inputs: Any) -> Any:
        """Return the largest value that each window sees."""
        layer: Any = self
        floats = keras.backend.is_float_dtype(inputs.dtype)
        if not _fast_here(layer, inputs) or not floats:
            return super().call(inputs)
        return max_pool(inputs, _size(layer), Window(tuple(layer.strides), layer.padding))


_OURS: dict[type, type] = {
    getattr(keras.layers, ours.__name__): ours
    for ours in (Conv2D, DepthwiseConv2D, SeparableConv2D, MaxPooling2D)
}
_STOCK = {ours: stock for stock, ours in _OURS.items()}


def use_own_layers(model: keras.Model) -> None:
    """Turn the stock convolution layers of a model into ours, in place, those of inner models too.

    Settings, weights and connections stay: a layer of ours differs by what its methods do.
    """
    _exchange(model, _OURS)


def to_stock(model: keras.Model) -> keras.Model:
    """Return a copy of a model that is made of Keras's own layers alone.

    It gives the same results, slower on a CPU, and its file loads where brainscan is not installed.

    Args:
        model: a functional model such as `brainscan.models.build` returns; it is left as it is.

    Returns:
        A model of the same name, layers and weights; not compiled.

    Raises:
        ValueError: the model does not show how its layers are connected.

    Examples:
        >>> import brainscan as bs
        >>> model = bs.models.build("small_cnn", (32, 32, 3), weights=None, head="global_max")
        >>> stock = bs.models.to_stock(model)
        >>> {type(layer).__module__.split(".")[0] for layer in stock.layers}
        {'keras'}
    """
    model = functional(model)
    copy = cast("keras.Model", type(model).from_config(model.get_config()))
    _exchange(copy, _STOCK)
    copy.set_weights(model.get_weights())
    return copy


def functional(model: Any) -> keras.Model:
    """Return a model whose layers are connected by their outputs, or raise ValueError."""
    if isinstance(model, keras.Sequential) and model.built:
        return keras.Model(model.inputs[0], model.outputs[0], name=model.name)
    if not isinstance(model, keras.Model) or not getattr(model, "operations", []):
        raise ValueError(
            "model must be a functional keras.Model, which shows how its layers are connected; "
            f"got {type(model).__name__}. Build it from keras.Input to its output; a Sequential "
            "one begins with keras.Input."
        )
    return model


def _exchange(model: keras.Model, classes: dict[type, type]) -> None:
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            _exchange(layer, classes)
        elif type(layer) in classes:
            # The two classes hold the same attributes, and no layer need be made anew.
            object.__setattr__(layer, "__class__", classes[type(layer)])


def _fast_here(layer: Any, inputs: Any) -> bool:
    """Whether our lowering is known to be the faster; of a GPU we have no measurements yet."""
    return (
        keras.backend.backend() == "jax"
        and jax.default_backend() == "cpu"
        and layer.data_format == "channels_last"
        and len(inputs.shape) == 4
        and layer.padding in ("same", "valid")
        and math.prod(_size(layer)) <= _MOST_TAPS
    )


def _size(layer: Any) -> tuple[int, ...]:
    pools = isinstance(layer, keras.layers.MaxPooling2D)
    return tuple(layer.pool_size if pools else layer.kernel_size)


def _window(layer: Any) -> Window:
    return Window(tuple(layer.strides), layer.padding, tuple(layer.dilation_rate))


def _finish(layer: Any, outputs: Any) -> Any:
    if layer.use_bias:
        outputs = outputs + keras.ops.convert_to_tensor(layer.bias)
    return outputs if layer.activation is None else layer.activation(outputs)
