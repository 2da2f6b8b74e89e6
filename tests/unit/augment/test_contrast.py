"""Gamma and brightness."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from skimage.exposure import adjust_gamma

from brainscan.augment import Brightness, Gamma

IMAGE = jnp.asarray(np.random.default_rng(0).uniform(0, 255, (6, 5, 3)), jnp.float32)
KEYS = jax.random.split(jax.random.key(0), 300)


def test_gamma_is_scikit_images_with_a_power_within_the_limits():
    gray = jnp.full((1, 1, 1), 100.0)
    drawn = np.asarray(jax.vmap(Gamma(0.5), (0, None))(KEYS, gray)).ravel() / 255
    logarithms = np.log(np.log(drawn) / np.log(100 / 255))
    assert -0.5001 < logarithms.min() < -0.47
    assert 0.47 < logarithms.max() < 0.5001
    expected = 255 * adjust_gamma(np.asarray(IMAGE) / 255, np.exp(logarithms[7]))
    np.testing.assert_allclose(Gamma(0.5)(KEYS[7], IMAGE), expected, rtol=1e-3)


def test_gamma_keeps_black_and_white():
    ends = jnp.array([[[0.0], [255.0]]])
    for key in KEYS[:5]:
        np.testing.assert_allclose(Gamma(1.0)(key, ends), ends, atol=1e-4)


def test_brightness_is_one_factor_within_the_limits():
    dark = IMAGE / 3
    factors = np.asarray(jax.vmap(Brightness(0.2), (0, None))(KEYS, dark) / dark)
    assert np.ptp(factors.reshape(300, -1), axis=1).max() < 1e-4
    assert 0.7999 < factors.min() < 0.81
    assert 1.19 < factors.max() < 1.2001


def test_brightness_is_cut_at_255():
    white = jnp.full((2, 2, 1), 255.0)
    assert jax.vmap(Brightness(0.5), (0, None))(KEYS, white).max() == 255


@pytest.mark.parametrize("part", [Gamma(0.0), Brightness(0.0)])
def test_none_leaves_the_image(part):
    np.testing.assert_allclose(part(KEYS[0], IMAGE), IMAGE, rtol=1e-5)


@pytest.mark.parametrize(("part", "value"), [(Gamma, -0.1), (Gamma, 2.5), (Brightness, 1.0)])
def test_values_out_of_range_are_refused(part, value):
    with pytest.raises(ValueError, match=f"must be .* got {value}"):
        part(value)
