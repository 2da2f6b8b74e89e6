import numpy as np
import pytest

from brainscan import metrics


def test_quantile_by_hand():
    """Of 9 images the (9 + 1) * 0.9 = 9th smallest misfit; of 19 the 18th."""
    labels = np.repeat([0, 1], [9, 19])
    scores = np.append(np.arange(1, 10) / 20, 1 - np.arange(1, 20) / 40)
    rule = metrics.fit_conformal(labels, scores)
    assert rule.quantiles == pytest.approx((9 / 20, 18 / 40))
    assert rule.counts == (9, 19)


def test_too_few_images_promise_nothing():
    rule = metrics.fit_conformal(np.repeat([0, 1], [8, 9]), np.linspace(0, 1, 17))
    assert rule.quantiles[0] == float("inf")
    assert rule(np.array([0.999])).tolist() == [[True, True]]


def test_a_class_without_images_is_always_named():
    scores = np.full((20, 3), [0.5, 0.4, 0.1])
    rule = metrics.fit_conformal(np.arange(20) % 2, scores)
    assert rule(scores)[:, 2].all()


def test_a_set_may_be_empty():
    rule = metrics.Conformal(0.9, (0.2, 0.2), (50, 50))
    assert rule(np.array([0.1, 0.5, 0.9])).tolist() == [
        [True, False],
        [False, False],
        [False, True],
    ]


def test_new_images_are_covered_class_by_class():
    held = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        labels = (rng.random(300) < 0.3).astype(np.int64)
        scores = np.clip(rng.normal(0.4 + 0.2 * labels, 0.15), 0, 1)
        rule = metrics.fit_conformal(labels[:150], scores[:150])
        sets, new = rule(scores[150:]), labels[150:]
        held.append([sets[new == label, label].mean() for label in (0, 1)])
    assert (np.mean(held, axis=0) >= 0.895).all()
    assert (np.mean(held, axis=0) <= 0.94).all()


def test_bad_coverage():
    with pytest.raises(ValueError, match="coverage must be between 0 and 1; got 90"):
        metrics.fit_conformal(np.array([0, 1]), np.array([0.1, 0.9]), coverage=90.0)


def test_other_classes():
    with pytest.raises(ValueError, match="must have 2 classes, as in fitting; got 3"):
        metrics.Conformal(0.9, (0.2, 0.2), (50, 50))(np.full((1, 3), 1 / 3))
