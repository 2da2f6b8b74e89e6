import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainscan.train.mix import mix

IMAGES = jnp.asarray(np.random.default_rng(0).uniform(1, 255, (6, 12, 10, 3)), jnp.float32)


@given(seed=st.integers(0, 1000), alpha=st.floats(0.1, 5))
def test_mixup_blends_by_the_share_of_the_loss(seed, alpha):
    mixed, partner, share = mix(jax.random.key(seed), IMAGES, alpha, 0.0)
    assert sorted(partner.tolist()) == list(range(6))
    assert 0 <= share <= 1
    expected = float(share) * IMAGES + (1 - float(share)) * IMAGES[partner]
    np.testing.assert_allclose(mixed, expected, rtol=1e-4)


@given(seed=st.integers(0, 1000), alpha=st.floats(0.1, 5))
def test_cutmix_gives_the_partner_its_share_of_the_pixels(seed, alpha):
    mixed, partner, share = mix(jax.random.key(seed), IMAGES, 0.0, alpha)
    mixed, partner = np.asarray(mixed), np.asarray(partner)
    other = partner != np.arange(6)
    taken = (mixed == IMAGES[partner]).all(axis=3)[other]
    kept = (mixed == IMAGES).all(axis=3)[other]
    assert (taken ^ kept).all()
    np.testing.assert_allclose(kept.mean(axis=(1, 2)), share, atol=1e-6)
    for mask in taken:  # one box
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        assert mask.sum() == len(rows) * len(columns)
        assert (np.diff(rows) == 1).all()
        assert (np.diff(columns) == 1).all()


def test_with_both_a_batch_gets_one_of_them():
    kinds = []
    for seed in range(30):
        mixed, partner, _ = mix(jax.random.key(seed), IMAGES, 1.0, 1.0)
        own = (np.asarray(mixed) == IMAGES) | (np.asarray(mixed) == IMAGES[np.asarray(partner)])
        kinds.append(bool(own.all()))
    assert 5 < sum(kinds) < 25


@pytest.mark.parametrize(("alpha", "low", "high"), [(0.1, 0.15, 0.3), (100, 0, 0.01)])
def test_the_share_is_drawn_from_the_beta_distribution(alpha, low, high):
    """Its variance is 1 / (4 (2 alpha + 1))."""
    shares = [float(mix(jax.random.key(s), IMAGES, float(alpha), 0.0)[2]) for s in range(200)]
    assert low < np.var(shares) < high
    assert np.mean(shares) == pytest.approx(0.5, abs=0.1)
