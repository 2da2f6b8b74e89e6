import numpy as np
import pytest

from brainscan import metrics


def test_temperature_by_hand():
    """Odds of 9 to 1 become their square root, 3 to 1."""
    assert metrics.Temperature(2.0)(np.array([0.9])) == pytest.approx(0.75)
    rows = metrics.Temperature(2.0)(np.array([[0.64, 0.04, 0.32]]))
    roots = np.sqrt([0.64, 0.04, 0.32])
    np.testing.assert_allclose(rows[0], roots / roots.sum())


def test_the_fit_finds_what_was_done():
    rng = np.random.default_rng(0)
    true = rng.random(20_000)
    labels = (rng.random(20_000) < true).astype(np.int64)
    too_sure = metrics.Temperature(0.4)(true)
    assert metrics.fit_temperature(labels, too_sure).value == pytest.approx(2.5, rel=0.05)
    columns = np.stack([1 - too_sure, too_sure], axis=1)
    same = metrics.fit_temperature(labels, columns).value
    assert same == pytest.approx(metrics.fit_temperature(labels, too_sure).value, rel=1e-5)


def test_the_fit_stays_in_its_range():
    labels = np.repeat([0, 1], 10)
    assert metrics.fit_temperature(labels, labels * 0.2 + 0.4).value == pytest.approx(0.05, rel=0.1)
    assert metrics.fit_temperature(labels, 0.9 - labels * 0.8).value == pytest.approx(20, rel=1e-3)


def test_scores_of_0_and_1_stay_finite():
    found = metrics.Temperature(3.0)(np.array([0.0, 1.0], np.float32))
    assert np.isfinite(found).all()
    assert 0 < found[0] < found[1] < 1


def test_reliability_by_hand():
    labels = np.array([0, 0, 1, 0, 1, 1])
    diagram = metrics.reliability(labels, np.array([0.1, 0.2, 0.3, 0.6, 0.7, 0.8]), bins=2)
    np.testing.assert_allclose(diagram.mean_score, [0.2, 0.7])
    np.testing.assert_allclose(diagram.observed, [1 / 3, 2 / 3])
    assert diagram.count.tolist() == [3, 3]


def test_equal_scores_share_a_bin():
    diagram = metrics.reliability(np.array([0, 1, 1, 1]), np.array([0.2, 0.8, 0.8, 0.8]))
    assert diagram.count.tolist() == [1, 3]


def test_the_band_is_binomial_where_all_scores_are_one():
    from scipy.stats import binom

    diagram = metrics.reliability(np.ones(100, np.int64), np.full(100, 0.3))
    low, high = binom(100, 0.3).ppf([0.025, 0.975]) / 100
    assert diagram.low == pytest.approx([low], abs=0.011)
    assert diagram.high == pytest.approx([high], abs=0.011)


def test_a_calibrated_model_lies_in_the_band_about_19_times_in_20():
    inside = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        scores = rng.beta(0.7, 0.7, 253)
        diagram = metrics.reliability((rng.random(253) < scores).astype(np.int64), scores)
        inside += list((diagram.low <= diagram.observed) & (diagram.observed <= diagram.high))
    assert 0.93 <= np.mean(inside) <= 0.99  # whole images make the band a little wide


def test_several_classes_take_the_largest_score():
    scores = np.array([[0.6, 0.3, 0.1], [0.1, 0.2, 0.7]])
    diagram = metrics.reliability(np.array([0, 1]), scores, bins=1)
    assert diagram.mean_score == pytest.approx([0.65])
    assert diagram.observed == pytest.approx([0.5])
    assert metrics.calibration_error(np.array([0, 1]), scores, bins=1) == pytest.approx(0.15)


def test_calibration_error_by_hand():
    labels, scores = np.array([0, 1, 0, 1]), np.array([0.1, 0.2, 0.8, 0.9])
    assert metrics.calibration_error(labels, scores, bins=2) == pytest.approx(0.35)


def test_the_same_seed_gives_the_same_bits():
    labels, scores = np.arange(50) % 2, np.linspace(0.1, 0.9, 50)
    first, second = (metrics.reliability(labels, scores, seed=4) for _ in range(2))
    np.testing.assert_array_equal(first.low, second.low)


def test_bad_bins():
    with pytest.raises(ValueError, match="bins must be 1 or more; got 0"):
        metrics.reliability(np.array([0, 1]), np.array([0.1, 0.9]), bins=0)


def test_the_band_knows_that_copies_come_true_together():
    """Perfectly calibrated scores of 50 images, each of them there five times."""
    outside = {True: 0, False: 0}
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(50), 5)
    for _ in range(60):
        chances = rng.random(50)
        labels = (rng.random(50) < chances).astype(np.int64)[groups]
        for grouped in outside:
            known = groups if grouped else None
            found = metrics.reliability(labels, chances[groups], groups=known)
            outside[grouped] += ((found.observed < found.low) | (found.observed > found.high)).sum()
    assert outside[True] < 0.05 * 600
    assert outside[False] > 0.25 * 600
