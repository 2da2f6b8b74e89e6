"""Several trained models as one."""

from collections.abc import Sequence
from typing import Any

import keras

from brainscan.models.mirrored import check_model, named_outputs


def ensemble(members: Sequence[keras.Model], name: str = "ensemble") -> keras.Model:
    """Return one model whose scores, or maps, are the mean of its members'.

    Networks that were trained on other folds or from other seeds err apart, so their mean is more
    often right and less often sure when wrong.

    Args:
        members: trained models of one input and one output shape, such as those of all folds; each
            output of several has its own mean.
        name: of the model.

    Returns:
        A ``keras.Model`` with copies of the members inside; it saves and loads as one file.

    Raises:
        TypeError: a member is no model.
        ValueError: there is no member, or the shapes differ.

    References:
        B. Lakshminarayanan et al., "Simple and Scalable Predictive Uncertainty Estimation using
        Deep Ensembles", NeurIPS 2017, https://arxiv.org/abs/1612.01474

    Examples:
        >>> import brainscan as bs
        >>> build = bs.models.build
        >>> two = [build("small_cnn", (32, 32, 3), None, "global_max", seed=s) for s in (0, 1)]
        >>> bs.models.ensemble(two).output_shape
        (None, 1)
    """
    if not members:
        raise ValueError("members must hold one model or more; got none.")
    for member in members:
        check_model(member)
    shapes = {f"{member.input_shape} to {member.output_shape}" for member in members}
    if len(shapes) > 1:
        shown = ", ".join(sorted(shapes))
        raise ValueError(f"members must have one input and one output shape; got {shown}.")
    image = keras.Input(members[0].input_shape[1:], name="image")
    outputs: list[Any] = [_copy(member, f"member_{i}")(image) for i, member in enumerate(members)]
    if len(outputs) == 1:
        return keras.Model(image, outputs[0], name=name)
    parts = [named_outputs(output) for output in outputs]
    means: dict[str, Any] = {
        part: keras.layers.Average(name=part)([some[part] for some in parts]) for part in parts[0]
    }
    mean = means if isinstance(outputs[0], dict) else next(iter(means.values()))
    return keras.Model(image, mean, name=name)


def _copy(member: keras.Model, name: str) -> keras.Model:
    """Return the same network under a name of its own, as a model's layers need."""
    copy = keras.Model.from_config({**member.get_config(), "name": name})
    copy.set_weights(member.get_weights())
    return copy
