"""Several trained models as one."""

from collections.abc import Sequence

import keras


def ensemble(members: Sequence[keras.Model], name: str = "ensemble") -> keras.Model:
    """Return one model whose scores are the mean of its members'.

    Networks that were trained on other folds or from other seeds err apart, so their mean is more
    often right and less often sure when wrong.

    Args:
        members: trained models of one input and one output shape, such as those of all folds.
        name: of the model.

    Returns:
        A ``keras.Model`` with copies of the members inside; it saves and loads as one file.

    Raises:
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
    shapes = {(member.input_shape, member.output_shape) for member in members}
    if len(shapes) > 1:
        raise ValueError(f"members must have one input and one output shape; got {shapes}.")
    image = keras.Input(members[0].input_shape[1:], name="image")
    scores = [_copy(member, f"member_{i}")(image) for i, member in enumerate(members)]
    mean = scores[0] if len(scores) == 1 else keras.layers.Average(name="score")(scores)
    return keras.Model(image, mean, name=name)


def _copy(member: keras.Model, name: str) -> keras.Model:
    """Return the same network under a name of its own, as a model's layers need."""
    copy = keras.Model.from_config({**member.get_config(), "name": name})
    copy.set_weights(member.get_weights())
    return copy
