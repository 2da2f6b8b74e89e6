"""What a backbone must do, for `build`, training and saved models to rely on it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainscan.testing.expect import expect, expect_equal, expect_refusal, expecting

_TOLERANCE = 1e-4
"""Of probabilities: a network may sum in another order for another place in the batch."""


def check_backbone(name: str, gradients: bool = True) -> None:
    """Check a registered backbone at its smallest input, with random weights.

    It must build, and refuse a pixel less; return one feature map of float32 and, under a head and
    compiled by JAX, finite probabilities; start from the same weights for the same seed; give the
    same scores for the same images, whatever stands beside them in the batch, and after it is saved
    and loaded; and have a finite gradient for every weight that is trained. ``parameters``, where
    given, must be their number.

    Args:
        name: one of `brainscan.models.names`.
        gradients: whether to compile the gradient, too: the longest part for a deep network.

    Raises:
        AssertionError: it does not; the message says what was expected and what came.
        ValueError: no backbone has this name.

    Examples:
        >>> import brainscan as bs
        >>> bs.testing.check_backbone("small_cnn")
    """
    import jax

    from brainscan import models

    entry = models.info(name)
    size = entry.minimum_size
    with expecting(
        f"{name} must build at its minimum_size, {size}x{size} (raise it if it is too small)"
    ):
        model = models.build(name, (size, size, 3), None, "global_average", seed=0)
    expect_refusal(
        lambda: models.build(name, (size - 1, size - 1, 3), None),
        f"{name} must refuse images below its minimum_size {size}",
    )
    _check_structure(model.get_layer(name), name, entry.parameters)
    images = _images(size)
    compiled = jax.jit(_scores(model))
    values = _values(model)
    scores = np.asarray(compiled(values, images))
    expect(scores.shape == (2, 1), f"{name} must give scores of shape (2, 1)", scores.shape)
    expect(scores.dtype == np.float32, f"{name} must give float32 scores", scores.dtype)
    inside = np.isfinite(scores).all() and (scores >= 0).all() and (scores <= 1).all()
    expect(inside, f"{name} must give finite probabilities", scores.ravel().tolist())
    again = compiled(values, images)
    expect_equal(again, scores, f"{name} must give the same scores for the same images")
    twice = [compiled(values, np.stack([image, image])) for image in images]
    must = f"{name} must give an image the same score whatever stands beside it"
    expect_equal(np.stack(twice), np.stack([scores, scores], axis=1), must, _TOLERANCE)
    if gradients:
        _check_gradients(model, name, images)
    same = models.build(name, (size, size, 3), None, "global_average", seed=0)
    for one, other in zip(values[0], _values(same)[0], strict=True):
        expect_equal(other, one, f"{name} must start from the same weights for the same seed")
    with expecting(f"{name} must be saved and loaded (a Lambda can't be)"):
        loaded = models.from_stored(*models.to_stored(model))
    must = f"{name} must give the same scores after it is saved and loaded"
    expect_equal(jax.jit(_scores(loaded))(_values(loaded), images), scores, must, _TOLERANCE)


def _images(size: int) -> NDArray[np.float32]:
    noise = np.random.default_rng(0).integers(0, 256, (2, size, size, 3))
    return noise.astype(np.float32)


def _check_structure(backbone: Any, name: str, parameters: int | None) -> None:
    shape = backbone.output_shape
    must = f"{name} must know the size of its feature map (give input_shape to keras.Input)"
    expect(None not in shape[1:], must, shape)
    dtype = backbone.output.dtype
    expect(dtype == "float32", f"{name} must return float32", dtype)
    if parameters is not None:
        count = sum(int(np.prod(variable.shape)) for variable in backbone.trainable_variables)
        expect(count == parameters, f"{name} must have its {parameters} parameters", count)


def _values(model: Any) -> tuple[list[Any], list[Any]]:
    return (
        [variable.value for variable in model.trainable_variables],
        [variable.value for variable in model.non_trainable_variables],
    )


def _scores(model: Any) -> Any:
    def scores(values: tuple[list[Any], list[Any]], images: Any) -> Any:
        return model.stateless_call(*values, images, training=False)[0]

    return scores


def _check_gradients(model: Any, name: str, images: NDArray[np.float32]) -> None:
    import jax
    import keras

    # Of the pooled features, in training: a saturated score would hide them.
    pooled = keras.Model(model.input, model.get_layer("pool").output)
    trained, fixed = _values(pooled)

    def mean(trained: list[Any]) -> Any:
        return pooled.stateless_call(trained, fixed, images, training=True)[0].mean()

    with expecting(f"{name} must have a gradient (of operations that JAX can differentiate)"):
        gradients = jax.jit(jax.grad(mean))(trained)
    for variable, gradient in zip(pooled.trainable_variables, gradients, strict=True):
        finite = np.isfinite(gradient).all()
        expect(finite, f"{name} must have a finite gradient for {variable.path}", "nan or infinity")
    flowing = any(np.any(gradient) for gradient in gradients)
    expect(flowing, f"{name} must be reached by the gradient", "zero for all of its weights")
