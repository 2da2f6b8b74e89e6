"""A classifier taken apart: weights, logit and maps, as pure functions for JAX."""

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import keras

from brainscan.explain.feature_maps import FeatureMap, feature_maps
from brainscan.explain.graph import Change, call_plainly, run, shows_layers, source

_SQUASHING = (keras.activations.sigmoid, keras.activations.softmax)


class Network:
    """A classifier whose inside can be seen and changed.

    Args:
        model: from images ``(n, height, width, channels)`` to scores ``(n, 1)`` or
            ``(n, classes)``.

    Raises:
        ValueError: it has other inputs or outputs.
    """

    def __init__(self, model: keras.Model) -> None:
        shape = _score_shape(model)
        if len(shape) != 2 or not shape[1]:
            raise ValueError(
                f"model must be a classifier, with scores (n, 1) or (n, classes); {model.name} "
                f"gives {shape}. brainscan.models.build makes one."
            )
        self.model = model
        self.units = int(shape[1])
        self._functions: dict[Hashable, Callable[..., Any]] = {}

    @cached_property
    def maps(self) -> list[FeatureMap]:
        """The feature maps, in the order of the layers; empty where none can be seen."""
        return feature_maps(self.model)

    @property
    def values(self) -> list[Any]:
        """The present values of all variables."""
        return [variable.value for variable in self.model.variables]

    def logit(
        self, values: list[Any], images: Any, target: Any, change: Change | None = None
    ) -> Any:
        """Return ``(n,)`` the logit of the probability of a class, before sigmoid or softmax.

        Args:
            values: of all variables.
            images: ``(n, height, width, channels)`` float32, 0 to 255.
            target: the class. Of one sigmoid unit the logit of class 0 is that of class 1 with the
                sign turned.
            change: sees and may change every tensor; see `brainscan.explain.graph.run`.
        """
        keep: Change = change or (lambda tensor, value: value)
        state = list(zip(self.model.variables, values, strict=True))
        with keras.StatelessScope(state_mapping=state):
            if shows_layers(self.model):
                end = _end(self.model)
                call = _up_to(end) if end is not None else call_plainly
                outputs = run(self.model, images, keep, call)[0]
            else:
                outputs = self.model(images, training=False)
        if self.units == 1:
            return jnp.where(target == 1, outputs[:, 0], -outputs[:, 0])
        return jnp.take(outputs, target, axis=1)

    def score(self, values: list[Any], images: Any, target: Any) -> Any:
        """Return ``(n,)`` the probability of a class, as the model gives it."""
        state = list(zip(self.model.variables, values, strict=True))
        with keras.StatelessScope(state_mapping=state):
            scores: Any = self.model(images, training=False)
        if self.units == 1:
            return jnp.where(target == 1, scores[:, 0], 1 - scores[:, 0])
        return jnp.take(scores, target, axis=1)

    def compiled(self, key: Hashable, make: Callable[[], Callable[..., Any]]) -> Any:
        """Return a compiled function, which is made and compiled once a key."""
        if key not in self._functions:
            self._functions[key] = jax.jit(make())
        return self._functions[key]


def network_of(model: keras.Model) -> Network:
    """Return the network of a model; it stays with the model, and so does what was compiled."""
    known = vars(model).get("_brainscan_network")
    if not isinstance(known, Network):
        known = Network(model)
        # Past Keras, which would look for weights in it.
        object.__setattr__(model, "_brainscan_network", known)
    return known


def _score_shape(model: Any) -> tuple[Any, ...]:
    shape = getattr(model, "output_shape", None)
    return tuple(shape) if isinstance(shape, tuple | list) else ()


def _end(model: Any) -> Any:
    """Return the operation that squashes logits to probabilities; None if it is not the last."""
    operation = source(model.outputs[0])[0]
    if shows_layers(operation):
        return _end(operation)
    if isinstance(operation, keras.layers.Dense | keras.layers.Activation):
        layer: Any = operation
        return operation if layer.activation in _SQUASHING else None
    return operation if type(operation).__name__ in ("Sigmoid", "Softmax") else None


def _up_to(end: Any) -> Callable[..., Any]:
    """Return a way to call layers that leaves out the last activation.

    Its inverse would not do: a sigmoid of 20 is 1 in float32.
    """

    def call(operation: Any, *arguments: Any, **settings: Any) -> Any:
        if operation is not end:
            return call_plainly(operation, *arguments, **settings)
        features = arguments[0]
        if not isinstance(operation, keras.layers.Dense):
            return features
        layer: Any = operation
        logits = keras.ops.matmul(features, layer.kernel)
        return logits + layer.bias if layer.use_bias else logits

    return call
