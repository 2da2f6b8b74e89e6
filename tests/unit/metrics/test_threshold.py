import numpy as np
import pytest

from brainscan import metrics

LABELS, SCORES = np.array([0, 0, 1, 0, 1]), np.array([0.1, 0.2, 0.4, 0.6, 0.8])


def test_youden_by_hand():
    """Above 0.3: both tumours, one false alarm of three: 1 + 2/3. Above 0.7: 1/2 + 1."""
    assert metrics.choose_threshold(LABELS, SCORES) == pytest.approx(0.3)


def test_sensitivity_by_hand():
    choose = metrics.choose_threshold
    assert choose(LABELS, SCORES, "sensitivity", at_least=0.5) == pytest.approx(0.7)
    assert choose(LABELS, SCORES, "sensitivity", at_least=0.51) == pytest.approx(0.3)


def test_neighbouring_floats_are_parted():
    low, high = 0.5, np.nextafter(0.5, 1)
    chosen = metrics.choose_threshold(np.array([0, 1]), np.array([low, high]))
    assert metrics.decide(np.array([low, high]), chosen).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rule": "sensitivity"}, "at_least must be given for the rule 'sensitivity'"),
        ({"at_least": 0.9}, "for no other; got 0.9 for 'youden'"),
        ({"rule": "sensitivity", "at_least": 90.0}, "above 0 and 1 at most; got 90"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        metrics.choose_threshold(LABELS, SCORES, **options)


def test_one_class():
    with pytest.raises(ValueError, match="both classes; got only 1"):
        metrics.choose_threshold(np.array([1, 1]), np.array([0.2, 0.4]))


def test_a_tumour_that_scores_0_is_never_found():
    with pytest.raises(ValueError, match="no threshold reaches a sensitivity of 1"):
        metrics.choose_threshold(
            np.array([0, 1, 1]), np.array([0.2, 0.0, 0.4]), "sensitivity", at_least=1.0
        )
