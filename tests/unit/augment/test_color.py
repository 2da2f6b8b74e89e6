"""Colour shift adds one constant a channel."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from brainscan.augment import ColorShift


def test_each_channel_gets_its_own_constant_within_the_levels():
    image = jnp.asarray(np.random.default_rng(0).uniform(50, 200, (6, 5, 3)), jnp.float32)
    keys = jax.random.split(jax.random.key(0), 300)
    shifts = np.asarray(jax.vmap(ColorShift(levels=10), (0, None))(keys, image) - image)
    assert np.ptp(shifts, axis=(1, 2)).max() < 1e-4
    constants = shifts[:, 0, 0]
    assert -10.001 <= constants.min() < -9.5
    assert 9.5 < constants.max() <= 10.001
    assert np.abs(np.corrcoef(constants.T) - np.eye(3)).max() < 0.2


def test_values_are_cut_at_0_and_255():
    image = jnp.stack([jnp.zeros((2, 2)), jnp.full((2, 2), 255.0)], axis=-1)
    for seed in range(5):
        shifted = ColorShift(levels=255)(jax.random.key(seed), image)
        assert shifted.min() >= 0
        assert shifted.max() <= 255


@pytest.mark.parametrize("levels", [-1.0, 256.0])
def test_levels_out_of_range_are_refused(levels):
    with pytest.raises(ValueError, match=f"levels must be .* at most 255; got {levels}"):
        ColorShift(levels)
