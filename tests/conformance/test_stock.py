"""A network of the paper on brainscan's layers gives the values and gradients of Keras's own."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from brainscan import models
from brainscan.benchmark.presets import PAPER_NETWORKS

QUICK = {"xla_backend_optimization_level": 1}  # to compile: the lowerings are the same


@pytest.mark.slow
@pytest.mark.parametrize("name", PAPER_NETWORKS)
def test_values_and_gradients_are_those_of_the_stock_layers(name):
    size = models.info(name).minimum_size
    own = models.build(name, (size, size, 3), weights=None, head="global_average", seed=0)
    stock = models.to_stock(own)
    images = np.random.default_rng(0).uniform(0, 255, (3, size, size, 3)).astype(np.float32)
    (scores, slopes), (expected, expected_slopes) = (
        scores_and_gradients(model, images) for model in (own, stock)
    )
    np.testing.assert_allclose(scores, expected, rtol=1e-5)
    for variable, slope, other in zip(
        own.trainable_variables, slopes, expected_slopes, strict=True
    ):
        largest = float(abs(other).max())
        assert largest > 0, variable.path
        np.testing.assert_allclose(slope, other, atol=1e-5 * largest, err_msg=variable.path)


def scores_and_gradients(model, images):
    """Of the sum of the log odds; batch norm as in use, for batches of three say little."""
    trained = [variable.value for variable in model.trainable_variables]
    fixed = [variable.value for variable in model.non_trainable_variables]

    def objective(trained):
        scores = model.stateless_call(trained, fixed, images, training=False)[0]
        return jnp.log(scores / (1 - scores)).sum(), scores

    gradient = jax.jit(jax.grad(objective, has_aux=True), compiler_options=QUICK)
    slopes, scores = gradient(trained)
    return np.asarray(scores), [np.asarray(slope) for slope in slopes]
