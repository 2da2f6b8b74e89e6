import numpy as np
import pytest

from brainscan.predict import Outliers, fit_outliers


def cloud(n, seed=0, d=30):
    """Images with features on five directions, and a little of everything."""
    rng = np.random.default_rng(seed)
    main = np.random.default_rng(9).normal(size=(5, d))
    return (rng.normal(size=(n, 5)) @ main + 0.1 * rng.normal(size=(n, d)) + 7).astype(np.float32)


@pytest.fixture(scope="module")
def known():
    return fit_outliers(cloud(500), np.arange(500))


def test_new_images_of_the_kind_pass_the_limit_as_rarely_as_asked(known):
    alarms = (known(cloud(20_000, seed=1)) > 1).mean()
    assert 0.001 < alarms < 0.03
    often = fit_outliers(cloud(500), np.arange(500), false_alarms=0.2)
    assert 0.12 < (often(cloud(20_000, seed=1)) > 1).mean() < 0.3


def test_far_along_the_main_directions_is_unlike(known):
    far = 7 + 6 * (cloud(50, seed=2) - 7)
    assert (known(far) > 1).mean() > 0.9


def test_a_step_outside_all_of_them_is_unlike(known):
    step = np.linalg.svd(np.random.default_rng(9).normal(size=(5, 30)))[2][-1] * 8
    assert (known(cloud(50, seed=3) + step.astype(np.float32)) > 1).all()


def test_by_hand():
    # One feature, standard deviation 1 around 10, all of it along the one direction: a step of
    # e - 1 standard deviations counts 1, one of e**4 - 1 counts 4; the limit is at 2.
    one = np.ones(1, np.float32)
    rule = Outliers(10 * one, one, 0 * one, one[None], one, rest=1.0, limit=2.0, false_alarms=0.01)
    features = 10 + np.array([[0.0], [np.e - 1], [1 - np.e**4]])
    np.testing.assert_allclose(rule(features), [0, 0.5, 2], atol=1e-6)


def test_a_feature_that_never_moved_counts_when_it_does():
    features = cloud(100)
    features[:, 3] = 5.0
    known = fit_outliers(features, np.arange(100))
    moved = features[:1].copy()
    moved[0, 3] = 500.0
    assert known(moved)[0] > 1 > known(features[:1])[0]


def test_copies_of_one_image_do_not_lower_the_limit():
    # In groups: with the copies apart, each is known from the others.
    twice = np.repeat(cloud(60), 5, axis=0)
    apart = fit_outliers(twice, np.arange(300)).limit
    assert fit_outliers(twice, np.repeat(np.arange(60), 5)).limit > apart


def test_it_survives_a_file(known):
    again = Outliers.from_arrays(known.arrays())
    np.testing.assert_array_equal(again(cloud(9)), known(cloud(9)))


@pytest.mark.parametrize(
    "change",
    [
        {"mean": np.zeros(3)},
        {"spread": np.zeros((2, 2))},
        {"directions": np.zeros(30)},
        {"rest": np.array(np.nan)},
        {"limit": np.array(0.0)},
        {"limit": np.array([1.0, 2.0])},
    ],
)
def test_arrays_that_do_not_fit_are_refused(known, change):
    with pytest.raises(ValueError, match="the statistics of outliers must be"):
        Outliers.from_arrays(known.arrays() | change)
    with pytest.raises(ValueError, match="must be the arrays of Outliers; got"):
        Outliers.from_arrays({})


def test_too_few_images():
    with pytest.raises(ValueError, match="ten images or more; got 9"):
        fit_outliers(cloud(9), np.arange(9))


def test_more_features_than_images_and_more_images_than_are_needed():
    assert np.isfinite(fit_outliers(cloud(12, d=400), np.arange(12)).limit)
    assert fit_outliers(cloud(2500), np.arange(2500)).limit > 0
