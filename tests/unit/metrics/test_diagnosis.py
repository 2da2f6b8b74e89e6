import numpy as np
import pytest

from brainscan import metrics

LABELS = np.repeat([1, 0], 5)
SCORES = np.array([0.9, 0.9, 0.9, 0.9, 0.1, 0.9, 0.9, 0.1, 0.1, 0.1])


def test_figures_by_hand():
    """Of five tumours four are called so, of five others three are not."""
    assert metrics.sensitivity(LABELS, SCORES) == 0.8
    assert metrics.specificity(LABELS, SCORES) == 0.6
    assert metrics.ppv(LABELS, SCORES) == pytest.approx(4 / 6)
    assert metrics.npv(LABELS, SCORES) == pytest.approx(3 / 4)


def test_predictive_values_at_a_prevalence_by_hand():
    """Of 1000 people 100 have it: 80 are found; 900 have not: 360 are called so."""
    assert metrics.ppv(LABELS, SCORES, prevalence=0.1) == pytest.approx(80 / (80 + 360))
    assert metrics.npv(LABELS, SCORES, prevalence=0.1) == pytest.approx(540 / (540 + 20))


def test_what_is_not_defined_is_none():
    low = np.full(10, 0.1)
    assert metrics.ppv(LABELS, low) is None
    assert metrics.ppv(LABELS, low, prevalence=0.1) is None
    assert metrics.npv(LABELS, 1 - low) is None
    assert metrics.sensitivity(np.zeros(10, np.int64), SCORES) is None
    assert metrics.specificity(np.ones(10, np.int64), SCORES) is None
    assert metrics.ppv(np.ones(10, np.int64), SCORES, prevalence=0.1) is None


@pytest.mark.parametrize("name", ["sensitivity", "specificity", "ppv", "npv"])
def test_several_classes_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} needs scores of two classes.*got shape \\(1, 3"):
        getattr(metrics, name)(np.array([0]), np.array([[0.2, 0.3, 0.5]]))


@pytest.mark.parametrize("figure", [metrics.ppv, metrics.npv])
def test_bad_prevalence(figure):
    with pytest.raises(ValueError, match=r"prevalence must be between 0 and 1; got 10"):
        figure(LABELS, SCORES, prevalence=10.0)
