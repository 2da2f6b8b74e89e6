import keras
import numpy as np
import pytest

import brainscan as bs
from brainscan.explain import (
    FaithfulnessCurve,
    deletion_curve,
    heat_map,
    insertion_curve,
    randomization_check,
)


@pytest.fixture(scope="module")
def corner():
    """A network that looks at the upper left corner alone: the brighter, the surer."""
    image = keras.Input((8, 8, 1))
    score = keras.layers.Dense(1, "sigmoid", name="score")(keras.layers.Flatten()(image))
    model = keras.Model(image, score)
    weights = np.zeros((8, 8), np.float32)
    weights[:4, :4] = 1 / 16 / 50
    model.get_layer("score").set_weights([weights.reshape(-1, 1), np.full(1, -2, np.float32)])
    return model


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_curves_by_hand(corner):
    images = np.full((2, 8, 8, 1), 200, np.uint8)
    good, bad = np.zeros((8, 8)), np.ones((8, 8))
    good[:4, :4], bad[:4, :4] = 1, 0
    maps = np.stack([good, bad])
    gone = deletion_curve(corner, images, maps, steps=4, baseline="black")
    assert gone.shares.tolist() == [0, 0.25, 0.5, 0.75, 1]
    full, empty = sigmoid(2), sigmoid(-2)
    np.testing.assert_allclose(gone.scores[0], [full, empty, empty, empty, empty], atol=1e-5)
    np.testing.assert_allclose(gone.scores[1], [full, full, full, full, empty], atol=1e-5)
    come = insertion_curve(corner, images, maps, steps=4, baseline="black")
    np.testing.assert_allclose(come.scores[0], [empty, full, full, full, full], atol=1e-5)
    np.testing.assert_allclose(come.scores[1], [empty, empty, empty, empty, full], atol=1e-5)
    other = deletion_curve(corner, images, maps, target=0, steps=4, baseline="black")
    np.testing.assert_allclose(other.scores, 1 - gone.scores, atol=1e-5)


def test_the_area_is_that_of_trapezoids():
    curve = FaithfulnessCurve(np.array([0, 0.5, 1]), np.float32([[1, 0.5, 0], [1, 0, 0]]))
    np.testing.assert_allclose(curve.auc, [0.5, 0.25])


def test_the_map_of_the_network_is_more_faithful_than_another(corner):
    rng = np.random.default_rng(0)
    images = rng.integers(150, 256, (4, 8, 8, 1)).astype(np.uint8)
    method = bs.explain.IntegratedGradients(baseline="black")
    found, chance = heat_map(corner, images, method), rng.random((4, 8, 8))
    gone = [deletion_curve(corner, images, m, baseline="black").auc for m in (found, chance)]
    come = [insertion_curve(corner, images, m, baseline="black").auc for m in (found, chance)]
    assert (gone[0] < gone[1]).all()
    assert (come[0] > come[1]).all()


def test_pixels_of_one_value_go_in_the_same_random_order(corner):
    images = np.full((1, 8, 8, 1), 200, np.uint8)
    flat = np.zeros((1, 8, 8))
    one, other = (deletion_curve(corner, images, flat).scores for _ in range(2))
    np.testing.assert_array_equal(one, other)
    middle = one[0, 10]
    assert sigmoid(-1.3) < middle < sigmoid(1.3)  # not row by row: the corner goes bit by bit


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"maps": np.ones((1, 8, 8))}, r"maps must have shape \(2, 8, 8\), one an image"),
        ({"steps": 0}, "steps must be a positive whole number; got 0"),
        ({"target": 2}, "target must be a class index below 2; got 2"),
        ({"baseline": "white"}, "baseline must be one of the registered names; got 'white'"),
    ],
)
def test_bad_input(corner, change, message):
    given = {"images": np.ones((2, 8, 8, 1), np.uint8), "maps": np.ones((2, 8, 8)), **change}
    for curve in (deletion_curve, insertion_curve):
        with pytest.raises(ValueError, match=message):
            curve(corner, **given)


@pytest.mark.parametrize("order", ["cascade", "independent"])
def test_random_weights_change_the_map(small, images, order):
    before = small.get_weights()
    found = randomization_check(small, images, "grad_cam", order=order)
    assert found.correlations.shape == (6, 5)
    assert (np.abs(found.correlations) <= 1 + 1e-9).all()
    assert found.layers[-1] == "stage1_convolution"
    again = randomization_check(small, images, "grad_cam", order=order)
    np.testing.assert_array_equal(found.correlations, again.correlations)
    for one, other in zip(before, small.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_map_that_ignores_the_network_does_not_change(small, images):
    class Brightness:
        """An edge detector in disguise."""

        def attribute(self, network, images, target):
            return images.mean(axis=-1)

    found = randomization_check(small, images, Brightness())
    np.testing.assert_allclose(found.means, 1)


def test_an_ensemble_is_made_random_from_its_members_scores_down(images):
    build = bs.models.build
    two = [build("small_cnn", (48, 48, 3), None, "global_average", seed=s) for s in (0, 1)]
    found = randomization_check(bs.models.ensemble(two), images, "hires_cam")
    assert found.correlations.shape == (6, 5)


def test_an_unknown_order(small, images):
    from brainscan.explain import randomization

    check = getattr(randomization.randomization_check, "__wrapped__", randomization_check)
    with pytest.raises(ValueError, match="order must be 'cascade' or 'independent'"):
        check(small, images, order="top_down")
