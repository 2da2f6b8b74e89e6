"""A network as two plain files, and back, without running anything that the files bring."""

import json
from copy import deepcopy
from typing import Any, cast

import jax
import keras
import numpy as np
import safetensors
import safetensors.numpy

from brainscan.models.allowed import check_architecture

_MOST_TEXT = 64 * 2**20  # bytes of JSON; EfficientNet-B7 has 1.5 MB


def to_stored(model: keras.Model) -> tuple[bytes, bytes]:
    """Return a network's architecture, as JSON, and its weights, in the safetensors format.

    Args:
        model: a functional model such as `brainscan.models.build` returns.

    Raises:
        ValueError: it has a layer that could not be loaded again, such as a Lambda.

    Examples:
        >>> import brainscan as bs
        >>> model = bs.models.build("small_cnn", (32, 32, 3), weights=None, head="global_max")
        >>> bs.models.from_stored(*bs.models.to_stored(model)).output_shape
        (None, 1)
    """
    config: Any = keras.saving.serialize_keras_object(model)
    config.pop("compile_config", None)
    text = json.dumps(config)
    check_architecture(json.loads(text))
    arrays = {
        f"{number:05d}/{variable.path}": np.ascontiguousarray(
            keras.ops.convert_to_numpy(variable.value)
        )
        for number, variable in enumerate(model.weights)
    }
    return text.encode(), safetensors.numpy.save(arrays)


def from_stored(architecture: bytes, weights: bytes) -> keras.Model:
    """Make a network of what `to_stored` returned.

    Nothing that the two name is imported or called but layers of Keras, of brainscan, and such as
    this process has registered itself; no pickle is read, no Lambda made. Whether the weights fit
    is known before memory is taken for them.

    Args:
        architecture: JSON.
        weights: in the safetensors format.

    Returns:
        A model that is not compiled.

    Raises:
        ValueError: the architecture names anything else, or the weights are damaged or don't fit.
    """
    config = _read_config(architecture)
    try:
        arrays = safetensors.numpy.load(weights)
    except safetensors.SafetensorError as error:
        raise ValueError(f"the weights of a stored network must be whole; {error}.") from error
    values = [arrays[name] for name in sorted(arrays)]
    shapes = [tuple(value.shape) for value in values]
    wanted = _outline(config)
    if shapes != wanted:
        raise ValueError(
            f"the weights of a stored network must fit its architecture, {len(wanted)} arrays; "
            f"got {len(shapes)} arrays, or others of their shapes."
        )
    model = _make(config)
    model.set_weights(values)
    return model


def _read_config(architecture: bytes) -> Any:
    if len(architecture) > _MOST_TEXT:
        raise ValueError(
            f"the architecture of a stored network must have at most {_MOST_TEXT:,} bytes; "
            f"got {len(architecture):,}."
        )
    try:
        config = json.loads(architecture)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the architecture of a stored network must be JSON; {error}.") from error
    check_architecture(config)
    return config


def _outline(config: Any) -> list[tuple[int, ...]]:
    """Return the shapes of the weights, from a model that is traced and never takes memory."""
    shapes: list[tuple[int, ...]] = []

    def trace() -> int:
        shapes.extend(tuple(variable.shape) for variable in _make(config).weights)
        return 0

    jax.eval_shape(trace)
    return shapes


def _make(config: Any) -> keras.Model:
    try:
        # A copy: Keras takes the configuration apart as it reads it.
        model = keras.saving.deserialize_keras_object(deepcopy(config), safe_mode=True)
    except Exception as error:  # Keras raises many kinds on a configuration that makes no sense
        raise ValueError(
            "the architecture of a stored network must make a Keras model; "
            f"{type(error).__name__}: {' '.join(str(error).split())[:300]}."
        ) from error
    return cast("keras.Model", model)
