"""Intervals hold the truth about 95 times in 100; `tools/coverage.py` does it at length."""

import numpy as np
import pytest
from scipy.stats import norm

from brainscan import metrics

REPETITIONS = 200
SLACK = 0.04  # two and a half standard errors of a share of 0.95 in as many repetitions
APART = 2**0.5 * norm.ppf(0.9)  # two normal classes with an area of 0.9 under the curve


def draw(seed, twins):
    """Draw 60 images, or 30 and a copy of each, with calibrated scores."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(30 if twins else 60) < 0.6).astype(np.int64)
    evidence = rng.normal(labels * APART)
    odds = np.exp(APART * evidence - APART**2 / 2) * 1.5
    copies = 2 if twins else 1
    groups = np.repeat(np.arange(len(labels)), copies)
    return labels[groups], (odds / (1 + odds))[groups], groups


@pytest.mark.parametrize("twins", [False, True])
def test_about_19_times_in_20(twins):
    # The threshold is where the posterior is one half; a calibrated score p costs p (1 - p).
    cut = APART / 2 - np.log(1.5) / APART
    accuracy = 0.6 * norm.sf(cut - APART) + 0.4 * norm.cdf(cut)
    grid = np.linspace(-8, 10, 20_001)
    ones, zeros = 0.6 * norm.pdf(grid, APART), 0.4 * norm.pdf(grid)
    brier = (ones * zeros / (ones + zeros)).sum() * (grid[1] - grid[0])
    held = []
    for seed in range(REPETITIONS):
        labels, scores, groups = draw(seed, twins)
        hits = metrics.decide(scores) == labels
        found = (
            (metrics.clustered_wilson(hits, groups), accuracy),
            (metrics.delong(labels, scores, groups=groups), 0.9),
            (
                metrics.cluster_bootstrap(metrics.brier, labels, scores, groups, replicates=500),
                brier,
            ),
        )
        held.append([low <= truth <= high for (low, high), truth in found])
    shares = np.mean(held, axis=0)
    assert (shares >= 0.95 - SLACK).all(), shares
    assert (shares <= 0.95 + SLACK).all(), shares


def draw_dice(rng, patients):
    """Draw slices of patients: some patients are hard, and one lesion in twelve is missed."""
    groups = np.repeat(np.arange(patients), rng.integers(1, 12, patients))
    ease = rng.beta(8, 2, patients)[groups]
    dice = rng.beta(20 * ease + 0.1, 20 * (1 - ease) + 0.1)
    return np.where(rng.random(len(dice)) < 1 / 12, 0, dice), groups


def test_the_mean_dice_of_patients_about_19_times_in_20():
    truth = draw_dice(np.random.default_rng(0), 300_000)[0].mean()
    told, untold = [], []
    for seed in range(REPETITIONS):
        dice, groups = draw_dice(np.random.default_rng((1, seed)), 60)
        for held, known in ((told, groups), (untold, None)):
            low, high = metrics.bootstrap_mean(dice, known, seed, replicates=500)
            held.append(low <= truth <= high)
    assert abs(np.mean(told) - 0.95) <= SLACK
    assert np.mean(untold) < 0.88  # what counting slices as patients would claim
