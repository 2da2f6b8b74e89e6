"""Which classes a stored architecture may name: checked before Keras makes anything of it.

Keras looks a class up by module and name, and imports the module for it. A file from elsewhere
must not choose what is imported or called, so each name is on a list of ours, or it is of a layer
that this process has registered itself.
"""

import sys
from typing import Any

import keras


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LAYERS = _words(
    """
    Activation ActivityRegularization Add AdditiveAttention AlphaDropout Attention AveragePooling2D
    BatchNormalization Average CenterCrop Concatenate Conv2D Conv2DTranspose Cropping2D Dense
    DepthwiseConv2D Dot Dropout ELU EinsumDense Embedding Flatten GaussianDropout GaussianNoise
    GlobalAveragePooling1D GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D
    GroupNormalization Identity InputLayer LayerNormalization LeakyReLU MaxPooling2D Maximum Minimum
    MultiHeadAttention Multiply Normalization PReLU Permute RMSNormalization ReLU RepeatVector
    Rescaling Reshape Resizing SeparableConv2D Softmax SpatialDropout2D Subtract UnitNormalization
    UpSampling2D ZeroPadding2D
    """
)
_ACTIVATIONS = _words(
    """
    celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh
    leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax
    softplus softsign sparse_plus sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink
    threshold
    """
)
_MODELS = frozenset({"Functional", "Model", "Sequential"})
_POLICIES = frozenset({"DTypePolicy", "FloatDTypePolicy"})
_NAMED: dict[str, frozenset[str]] = {
    "keras": _MODELS | _POLICIES,
    "keras.dtype_policies": _POLICIES,
    "keras.layers": _LAYERS,
    "keras.models": _MODELS,
    "keras.src.applications.convnext": frozenset({"LayerScale", "StochasticDepth"}),
    "keras.src.applications.inception_resnet_v2": frozenset({"CustomScaleLayer"}),
    "keras.src.models.functional": _MODELS,
    "keras.src.models.sequential": _MODELS,
}
# Of these any class of the kind serves: none does more than arithmetic.
_KINDS: dict[str, type] = {
    "keras.constraints": keras.constraints.Constraint,
    "keras.initializers": keras.initializers.Initializer,
    "keras.regularizers": keras.regularizers.Regularizer,
}
_OPERATIONS = frozenset(f"keras.src.ops.{name}" for name in ("image", "math", "nn", "numpy"))
_VALUES = frozenset(
    {"__ellipsis__", "__keras_tensor__", "__numpy__", "__slice__", "__tensor__", "__tuple__"}
)


def check_architecture(config: Any) -> None:
    """Check that a model's configuration names nothing but layers and what belongs to them.

    Args:
        config: as ``keras.saving.serialize_keras_object`` returned it, read from JSON.

    Raises:
        ValueError: it is no configuration of a model, or names something else.
    """
    if not isinstance(config, dict) or config.get("class_name") not in _MODELS:
        raise ValueError("a stored network must be the configuration of a Keras model; it is not.")
    waiting: list[Any] = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if "class_name" in value:
                _check_class(value)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _check_class(entry: dict[str, Any]) -> None:
    name, module, kept = (entry.get(key) for key in ("class_name", "module", "config"))
    if isinstance(name, str) and name in _VALUES:
        return
    shown, allowed = name, False
    if name == "function":
        shown = kept
        known = isinstance(kept, str) and kept in _ACTIVATIONS
        allowed = known and module in ("builtins", "keras.activations")
    elif isinstance(name, str) and isinstance(kept, dict):
        # Keras writes no module for a layer of a notebook or script.
        ours = _is_ours(entry.get("registered_name") or name)
        allowed = ours or (isinstance(module, str) and _is_keras(module, name))
    if not allowed:
        raise ValueError(
            f"a stored network must be made of layers of Keras and brainscan; it names {shown!r} "
            f"of {module!r}. If that is a layer of your own, import the package that registers it "
            "first (keras.saving.register_keras_serializable)."
        )


def _is_ours(registered: Any) -> bool:
    """Whether this process has registered a layer under a name, and so has run its code anyway."""
    found: Any = isinstance(registered, str) and keras.saving.get_registered_object(registered)
    return isinstance(found, type) and issubclass(found, keras.layers.Layer)


def _is_keras(module: Any, name: Any) -> bool:
    if module in _NAMED:
        return name in _NAMED[module]
    if module in _KINDS:
        kind = getattr(_public(module), name, None)
        return isinstance(kind, type) and issubclass(kind, _KINDS[module])
    if module in _OPERATIONS:
        kind = getattr(_public(module), name, None)
        return isinstance(kind, type) and issubclass(kind, keras.Operation)
    return False


def _public(module: str) -> Any:
    """Return a module of Keras that is loaded; nothing is imported."""
    return sys.modules.get(module)
