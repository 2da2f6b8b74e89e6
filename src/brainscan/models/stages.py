"""The feature maps inside a backbone: the last one of each resolution."""

import math
from typing import Any

import keras

_PADDING = (keras.layers.InputLayer, keras.layers.ZeroPadding2D, keras.layers.Cropping2D)


def stages(backbone: keras.Model) -> list[keras.KerasTensor]:
    """Return the last feature map of each resolution, fine to coarse; the output is the last.

    A resolution is a power of two below the input's: a half, a quarter, ... Maps of the input's own
    resolution are left out. A backbone whose layers are not to be seen has its output only.
    """
    height = backbone.input_shape[1]
    last: dict[int, Any] = {}
    outputs = _outputs(backbone)
    for layer in getattr(backbone, "operations", []):  # of a functional model, inputs first
        output: Any = outputs.get(id(layer))
        if isinstance(layer, _PADDING) or not isinstance(output, keras.KerasTensor):
            continue
        if len(output.shape) == 4 and output.shape[1]:
            last[round(math.log2(height / output.shape[1]))] = output
    coarsest = round(math.log2(height / backbone.output_shape[1]))
    final: Any = backbone.output
    return [*(last[level] for level in sorted(last) if 0 < level < coarsest), final]


def _outputs(backbone: keras.Model) -> dict[int, Any]:
    """Return what each operation gives in this very graph, by the operation's identity.

    A layer's own ``output`` is of the first graph that it was part of. Where Keras made a network
    of a part of another, as it does of EfficientNet, that is not the network's.
    """
    depths: Any = getattr(backbone, "_nodes_by_depth", {})
    nodes = [node for some in depths.values() for node in some]
    return {id(node.operation): node.outputs[0] for node in nodes if len(node.outputs) == 1}


def levels(backbone: keras.Model) -> list[tuple[keras.layers.Layer, int]]:
    """Return the layers of a backbone, each with how often the image was halved by its end.

    A layer with no map of its own, such as one of a squeeze-and-excitation, belongs to the map that
    it works on.

    Raises:
        ValueError: the backbone does not show its layers.
    """
    if not getattr(backbone, "operations", []):
        raise ValueError(
            f"the backbone must be a functional keras.Model, which shows its layers; "
            f"{backbone.name} is a {type(backbone).__name__}. Train 'all' or the 'last_layer'."
        )
    outputs: Any = backbone.outputs
    height = backbone.input_shape[1]
    coarsest = round(math.log2(height / outputs[-1].shape[1]))
    found: list[tuple[keras.layers.Layer, int]] = []
    level = 0
    for layer in backbone.operations:
        output: Any = getattr(layer, "output", None)
        if isinstance(output, keras.KerasTensor) and len(output.shape) == 4 and output.shape[1]:
            seen = round(math.log2(height / output.shape[1]))
            level = max(level, seen) if seen <= coarsest else level
        if isinstance(layer, keras.layers.Layer):
            found.append((layer, level))
    return found


def with_stages(backbone: keras.Model) -> keras.Model:
    """Return the same layers as a model with an output a resolution, of the same name."""
    return keras.Model(backbone.input, stages(backbone), name=backbone.name)
