"""A smooth field: its logarithm is a quadratic in the place."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from brainscan.augment import BiasField

KEYS = jax.random.split(jax.random.key(0), 100)


def test_the_logarithm_is_a_quadratic_with_coefficients_within_the_limit():
    flat = jnp.full((9, 7, 2), 10.0)
    y, x = np.meshgrid(np.linspace(-1, 1, 9), np.linspace(-1, 1, 7), indexing="ij")
    terms = np.stack([np.ones_like(y), y, x, y**2, x * y, x**2], axis=-1).reshape(-1, 6)
    found = []
    for key in KEYS:
        logarithm = np.log(np.asarray(BiasField(0.4)(key, flat)) / 10)
        np.testing.assert_array_equal(logarithm[..., 0], logarithm[..., 1])
        coefficients, residual, *_ = np.linalg.lstsq(terms, logarithm[..., 0].ravel(), rcond=None)
        assert residual < 1e-8
        found.append(coefficients)
    found = np.array(found)
    assert np.abs(found[:, 0]).max() < 1e-4
    assert np.abs(found[:, 1:]).max(axis=0).min() > 0.36
    assert np.abs(found).max() < 0.401


def test_it_is_cut_at_255():
    white = jnp.full((5, 5, 1), 250.0)
    assert max(float(BiasField(1.0)(key, white).max()) for key in KEYS[:10]) == 255


@pytest.mark.parametrize("coefficient", [-0.1, 2.5])
def test_values_out_of_range_are_refused(coefficient):
    with pytest.raises(ValueError, match=f"coefficient must be .* got {coefficient}"):
        BiasField(coefficient)
