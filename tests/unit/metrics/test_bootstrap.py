from functools import partial

import numpy as np
import pytest

from brainscan import metrics

RNG = np.random.default_rng(0)
LABELS = (RNG.random(253) < 0.6).astype(np.int64)
SCORES = np.clip(RNG.normal(0.4 + 0.25 * LABELS, 0.15), 0, 1)


def test_it_agrees_with_the_normal_interval_of_a_mean():
    losses = (SCORES - LABELS) ** 2
    half = 1.96 * losses.std(ddof=1) / np.sqrt(253)
    low, high = metrics.cluster_bootstrap(metrics.brier, LABELS, SCORES)
    assert low == pytest.approx(losses.mean() - half, abs=0.002)
    assert high == pytest.approx(losses.mean() + half, abs=0.002)


def test_twins_count_once():
    alone = metrics.cluster_bootstrap(metrics.brier, LABELS, SCORES)
    twice = np.repeat(LABELS, 2), np.repeat(SCORES, 2)
    told = metrics.cluster_bootstrap(metrics.brier, *twice, np.repeat(np.arange(253), 2))
    untold = metrics.cluster_bootstrap(metrics.brier, *twice)
    assert told == pytest.approx(alone, abs=0.002)
    assert untold.high - untold.low == pytest.approx((alone.high - alone.low) / 2**0.5, rel=0.1)


@pytest.mark.parametrize("name", ["balanced_accuracy", "f1", "mcc", "roc_auc", "average_precision"])
def test_a_perfect_model_is_not_sure_to_be_perfect(name):
    labels = np.repeat([0, 1], [20, 31])
    low, high = metrics.cluster_bootstrap(getattr(metrics, name), labels, labels * 0.8 + 0.1)
    assert 0.7 < low < 0.98
    assert high == 1


def test_options_of_a_figure():
    fast = metrics.cluster_bootstrap(partial(metrics.ppv, prevalence=0.1), LABELS, SCORES)
    value = metrics.ppv(LABELS, SCORES, prevalence=0.1)
    assert fast.low < value < fast.high < 0.5


def test_resamples_without_a_value_are_left_out():
    labels, scores = np.array([0, 1]), np.array([0.2, 0.8])
    assert metrics.cluster_bootstrap(metrics.roc_auc, labels, scores, seed=1).high == 1


def test_what_is_not_defined_is_none():
    labels, scores = np.array([1, 1]), np.array([0.2, 0.8])
    assert metrics.cluster_bootstrap(metrics.roc_auc, labels, scores) is None


def test_the_mean_of_losses_is_the_brier_score():
    losses = (SCORES - LABELS) ** 2
    half = 1.96 * losses.std(ddof=1) / np.sqrt(253)
    low, high = metrics.bootstrap_mean(losses)
    assert low == pytest.approx(losses.mean() - half, abs=0.002)
    assert high == pytest.approx(losses.mean() + half, abs=0.002)


def test_groups_of_twins_widen_the_interval_of_a_mean():
    alone = metrics.bootstrap_mean(SCORES)
    told = metrics.bootstrap_mean(np.repeat(SCORES, 2), np.repeat(np.arange(253), 2))
    assert told == pytest.approx(alone, abs=0.004)


def test_what_does_not_vary_has_no_interval():
    assert metrics.bootstrap_mean(np.ones(9)) is None
    assert metrics.bootstrap_mean(np.arange(9.0), np.zeros(9, int)) is None


@pytest.mark.parametrize("values", [[], [1.0, np.nan], [[1.0, 2.0]]])
def test_a_mean_is_of_finite_values(values):
    with pytest.raises(ValueError, match=r"values must be finite numbers, \(n,\) with n of 1"):
        metrics.bootstrap_mean(np.array(values))


def test_bad_replicates():
    with pytest.raises(ValueError, match="replicates must be 1 or more; got 0"):
        metrics.cluster_bootstrap(metrics.brier, LABELS, SCORES, replicates=0)


def test_bad_level():
    with pytest.raises(ValueError, match="between 0 and 1; got 95"):
        metrics.cluster_bootstrap(metrics.brier, LABELS, SCORES, level=95.0)
