"""Run a network node by node, so that what passes between its layers can be seen and changed."""

from collections.abc import Callable, Iterator
from typing import Any

import keras

Change = Callable[[keras.KerasTensor, Any], Any]
"""Given a tensor of the graph and its value, returns the value to go on with."""

Call = Callable[..., Any]
"""Given a layer or operation and its arguments, returns what it gives."""


def shows_layers(operation: Any) -> bool:
    """Tell whether this is a model made of layers that can be seen: functional or sequential."""
    if not isinstance(operation, keras.Model):
        return False
    if isinstance(operation, keras.Sequential):
        return bool(operation.built)
    # A subclass of a functional model may do more than its graph says.
    calls = next(kind for kind in type(operation).__mro__ if "call" in vars(kind))
    return hasattr(operation, "operations") and calls.__name__ == "Functional"


def nodes(model: Any) -> Iterator[Any]:
    """Yield the nodes of a model's graph, each after those it depends on; the inputs' left out."""
    graph = _graph(model)
    for depth in sorted(graph._nodes_by_depth, reverse=True):
        for node in graph._nodes_by_depth[depth]:
            if node.operation is not None and not node.is_input:
                yield node


def call_plainly(operation: Any, *arguments: Any, **settings: Any) -> Any:
    """Call a layer or operation as it is in use, not in training."""
    if "training" in getattr(operation, "_call_context_args", {}):
        settings["training"] = False
    return operation(*arguments, **settings)


def run(model: Any, inputs: Any, change: Change, call: Call = call_plainly) -> list[Any]:
    """Return the outputs of a model, a flat list.

    Models inside it are run node by node too, so nothing is hidden but the layers of a model that
    does not show them.

    Args:
        model: one that shows its layers, see `shows_layers`.
        inputs: one array, or several in the order of the model's inputs.
        change: called with every tensor that a layer gave.
        call: calls the layers.
    """
    graph = _graph(model)
    given = keras.tree.flatten(inputs)
    values = {
        id(tensor): keras.ops.convert_to_tensor(value, dtype=tensor.dtype)
        for tensor, value in zip(graph.inputs, given, strict=True)
    }
    for node in nodes(model):
        arguments, settings = node.arguments.fill_in(values)
        if shows_layers(node.operation):
            # What it is called with are its inputs; a setting such as `training` changes nothing.
            outputs: Any = run(node.operation, arguments, change, call)
        else:
            outputs = keras.tree.flatten(call(node.operation, *arguments, **settings))
        for tensor, value in zip(node.outputs, outputs, strict=True):
            values[id(tensor)] = change(tensor, value)
    return [values[id(tensor)] for tensor in graph.outputs]


def source(tensor: Any) -> tuple[Any, list[Any]]:
    """Return the operation that gave a tensor, and the tensors it was called with."""
    operation, index, _ = tensor._keras_history
    return operation, operation._inbound_nodes[index].arguments.keras_tensors


def _graph(model: Any) -> Any:
    return model._functional if isinstance(model, keras.Sequential) else model
