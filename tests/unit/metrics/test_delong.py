import numpy as np
import pytest
from scipy.special import expit, logit

from brainscan import metrics


def test_by_hand():
    """Areas above: 1 and 1/2; below: 1/2 and 1. Each varies by 1/8, over 2 images, twice: 1/8."""
    labels, scores = np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.3, 0.8])
    spread = 1.959964 * np.sqrt(1 / 8) / (0.75 * 0.25)
    expected = expit(logit(0.75) - spread), expit(logit(0.75) + spread)
    assert metrics.delong(labels, scores) == pytest.approx(expected, rel=1e-6)


def test_a_perfect_order_has_newcombe_s_interval():
    """The lower end solves (1 - a)^2 = z^2 V(a), V of Hanley and McNeil with (m + n) / 2 images."""
    labels = np.repeat([0, 1], 20)
    low, high = metrics.delong(labels, labels * 0.5)
    spread = (1 - low) / (2 - low) + low / (1 + low)
    variance = low * (1 - low) * (1 + 19 * spread) / 400
    assert high == 1
    assert (1 - low) ** 2 == pytest.approx(1.959964**2 * variance, rel=1e-5)


def test_twins_count_once():
    labels = np.tile([0, 0, 1, 1, 0, 1], 5)
    scores = np.random.default_rng(0).random(30)
    low, high = metrics.delong(labels, scores)
    twice = metrics.delong(np.repeat(labels, 2), np.repeat(scores, 2))
    told = metrics.delong(
        np.repeat(labels, 2), np.repeat(scores, 2), groups=np.repeat(np.arange(30), 2)
    )
    assert told == pytest.approx((low, high))
    assert twice.high - twice.low < 0.8 * (high - low)


def test_a_group_with_both_classes_counts_their_covariance():
    """Each group shifts both of its images alike, which leaves their order, and the area, alone."""
    shift = np.random.default_rng(0).normal(0.5, 0.1, 40)
    labels, groups = np.tile([0, 1], 40), np.repeat(np.arange(40), 2)
    scores = np.repeat(shift, 2) + 0.05 * labels
    alone = metrics.delong(labels, scores)
    told = metrics.delong(labels, scores, groups=groups)
    assert told.high - told.low < 0.5 * (alone.high - alone.low)


def test_one_class_is_not_defined():
    assert metrics.delong(np.array([1, 1]), np.array([0.2, 0.4])) is None


def test_several_classes_are_refused():
    with pytest.raises(ValueError, match=r"delong needs scores of two classes.*got shape \(1, 3\)"):
        metrics.delong(np.array([0]), np.array([[0.2, 0.3, 0.5]]))


def test_bad_groups():
    with pytest.raises(ValueError, match="one group an image, 2; got 3"):
        metrics.delong(np.array([0, 1]), np.array([0.2, 0.4]), groups=np.arange(3))
