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
