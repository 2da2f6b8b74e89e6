import jax
import jax.numpy as jnp
import numpy as np
import pytest

from brainscan.augment import ToneCurve


def ramp():
    return jnp.arange(256, dtype=jnp.float32)[:, None, None] * jnp.ones((1, 2, 3))


def curve(seed, **settings):
    return np.asarray(ToneCurve(**settings)(jax.random.key(seed), ramp()))[:, 0, 0]


def test_without_moves_nothing_changes():
    np.testing.assert_allclose(curve(0, levels=0), np.arange(256), atol=1e-3)
    np.testing.assert_allclose(curve(0, p=0), np.arange(256), atol=1e-3)


def test_is_straight_between_the_knots_and_goes_through_black():
    for seed in range(10):
        heights = curve(seed, levels=80, p=1)
        assert heights[0] == 0
        knots = np.arange(0, 256, 51)
        np.testing.assert_allclose(
            heights, np.interp(np.arange(256), knots, heights[knots]), atol=0.01
        )
        assert (abs(heights[knots] - knots) <= 80.001).all()


def test_can_turn_bright_into_dark():
    assert any((np.diff(curve(seed, levels=150, p=1)) < -0.1).any() for seed in range(10))


def test_every_second_image_gets_one():
    changed = [not np.allclose(curve(seed), np.arange(256), atol=1e-2) for seed in range(40)]
    assert 10 < sum(changed) < 30


def test_equal_channels_stay_equal():
    image = ToneCurve(p=1)(jax.random.key(0), ramp())
    np.testing.assert_array_equal(image[..., 0], image[..., 2])


@pytest.mark.parametrize("settings", [{"levels": -1}, {"levels": 300}, {"p": 2}])
def test_wrong_settings(settings):
    with pytest.raises(ValueError, match="must be a number of at least 0"):
        ToneCurve(**settings)
