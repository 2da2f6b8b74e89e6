import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainscan import metrics


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<857::
        # AID-SIM777>3.0.CO;2-E, Table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_published_worked_examples(successes, trials, low, high):
    assert metrics.wilson(successes, trials) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_holds_the_estimate_and_stays_in_0_to_1(pair):
    successes, trials = pair
    low, high = metrics.wilson(successes, trials)
    assert 0 <= low <= successes / trials + 1e-12
    assert successes / trials - 1e-12 <= high <= 1
    mirrored = metrics.wilson(trials - successes, trials)
    assert (1 - high, 1 - low) == pytest.approx(tuple(mirrored))


@pytest.mark.parametrize(("successes", "trials"), [(3, 2), (-1, 5), (0, 0)])
def test_bad_counts(successes, trials):
    with pytest.raises(ValueError, match=f"got {successes} of {trials}"):
        metrics.wilson(successes, trials)


def test_bad_level():
    with pytest.raises(ValueError, match="between 0 and 1; got 95"):
        metrics.wilson(1, 2, level=95.0)


def test_groups_of_one_are_wilson():
    hits = np.arange(20) < 18
    assert metrics.clustered_wilson(hits) == metrics.wilson(18, 20)
    assert metrics.clustered_wilson(hits, np.arange(20)) == metrics.wilson(18, 20)


def test_fully_alike_twins_count_about_once():
    """The design effect of pairs that agree is 2, times 19/20 * 10/9 for the groups' own mean."""
    hits = np.repeat(np.arange(10) < 9, 2)
    low, high = metrics.clustered_wilson(hits, np.repeat(np.arange(10), 2))
    trials = 20 / (2 * 10 / 9 * 19 / 20)
    # The ends solve (p - share)^2 = z^2 p (1 - p) / trials.
    for end in (low, high):
        assert (end - 0.9) ** 2 == pytest.approx(1.959964**2 * end * (1 - end) / trials, rel=1e-5)


def test_without_a_miss_a_group_counts_once():
    hits, pairs = np.ones(20, np.bool_), np.repeat(np.arange(10), 2)
    assert metrics.clustered_wilson(hits, pairs) == pytest.approx(metrics.wilson(10, 10))


def test_no_image():
    with pytest.raises(ValueError, match="at least one image; got none"):
        metrics.clustered_wilson(np.array([], np.bool_))
