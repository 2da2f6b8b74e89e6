"""Figures against scikit-learn 1.9.1, statsmodels 0.15.0, R's pROC and published examples.

The constants were computed by the library named beside them, on the images below.
"""

import numpy as np
import pytest

from brainscan import metrics
from brainscan.metrics.delong import area_covariance

TWO_LABELS = np.tile([0, 0, 1, 1, 1], 6)
TWO_SCORES = np.concatenate(
    [
        [0.35, 0.6, 0.59, 0.42, 0.77, 0.55, 0.18, 0.5, 0.86, 0.75, 0.11, 0.31, 0.9, 0.62, 0.41],
        [0.44, 0.57, 0.5, 0.47, 0.84, 0.48, 0.12, 0.58, 0.9, 0.66, 0.1, 0.4, 0.89, 0.54, 0.44],
    ]
)
THREE_LABELS = np.arange(30) % 3
EVIDENCE = np.stack(
    [np.sin(1.3 * np.arange(30) + k) + 1.2 * (k == THREE_LABELS) for k in range(3)], axis=1
)
THREE_SCORES = np.exp(EVIDENCE) / np.exp(EVIDENCE).sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        # scikit-learn 1.9.1, on TWO_LABELS and TWO_SCORES > 0.5.
        ("balanced_accuracy", 0.7083333333333333),
        ("sensitivity", 0.6666666666666666),
        ("specificity", 0.75),
        ("ppv", 0.8),
        ("npv", 0.6),
        ("f1", 0.7272727272727273),
        ("mcc", 0.408248290463863),
        ("roc_auc", 0.8634259259259259),
        ("average_precision", 0.9099739340989847),
        ("brier", 0.15489),
        ("log_loss", 0.47194452572629275),
    ],
)
def test_two_classes_as_in_scikit_learn(name, value):
    assert getattr(metrics, name)(TWO_LABELS, TWO_SCORES) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        # scikit-learn 1.9.1: F1, AUC (one against the rest) and average precision as macro means.
        ("accuracy", 0.8333333333333334),
        ("balanced_accuracy", 0.8333333333333334),
        ("f1", 0.8329156223893066),
        ("mcc", 0.75125313370595),
        ("roc_auc", 0.9416666666666665),
        ("average_precision", 0.9138669663669662),
        ("brier", 0.3207566857234812),
        ("log_loss", 0.5876772025235595),
    ],
)
def test_three_classes_as_in_scikit_learn(name, value):
    assert getattr(metrics, name)(THREE_LABELS, THREE_SCORES) == pytest.approx(value, rel=1e-12)


def test_temperatures_as_in_scikit_learn():
    """The inverse of `beta_` of scikit-learn 1.9.1's scaling, on logarithms of 2 and 3 columns."""
    two = metrics.fit_temperature(TWO_LABELS, TWO_SCORES)
    assert two.value == pytest.approx(0.42558233547187746, rel=1e-6)
    three = metrics.fit_temperature(THREE_LABELS, THREE_SCORES)
    assert three.value == pytest.approx(0.28008391631624274, rel=1e-6)


def test_ppv_of_a_published_example():
    """Altman and Bland, BMJ 1994, doi:10.1136/bmj.309.6947.102: the liver scan.

    Of 258 with disease 231 were called so, of 86 without 54 were not; at a prevalence of 0.25 the
    predictive values are 0.45 and 0.95.
    """
    labels = np.repeat([1, 1, 0, 0], [231, 27, 32, 54])
    scores = np.repeat([0.9, 0.1, 0.9, 0.1], [231, 27, 32, 54])
    assert metrics.ppv(labels, scores) == pytest.approx(0.88, abs=0.005)
    assert metrics.npv(labels, scores) == pytest.approx(0.67, abs=0.005)
    assert metrics.ppv(labels, scores, prevalence=0.25) == pytest.approx(0.45, abs=0.005)
    assert metrics.npv(labels, scores, prevalence=0.25) == pytest.approx(0.95, abs=0.005)


def test_wilson_as_in_statsmodels():
    """proportion_confint(..., method="wilson") of statsmodels 0.15.0."""
    assert metrics.wilson(50, 51) == pytest.approx((0.8969543127385502, 0.9965303073589391))
    assert metrics.wilson(128, 253) == pytest.approx((0.4446959523392003, 0.5669844049277872))
    assert metrics.wilson(9, 10, 0.9) == pytest.approx((0.6522813326641415, 0.9773650912691327))


def test_delong_variance_as_in_proc():
    """WFNS grade against outcome in the aSAH data of R's pROC (72 good, 41 poor outcomes).

    The area 0.8237 and its variance are those that pROC's own tests expect of `auc` and `var`.
    """
    labels = np.repeat([0, 1], [72, 41])
    grades = np.repeat([1, 2, 3, 4, 5] * 2, [37, 20, 3, 8, 4, 2, 12, 1, 8, 18])
    areas, covariance = area_covariance(labels, [grades / 5], np.arange(113))
    assert areas[0] == pytest.approx(0.82367886178861793, rel=1e-12)
    assert covariance[0, 0] == pytest.approx(0.00146991470882363, rel=1e-12)


def naive_delong(labels, models):
    """DeLong's areas and covariance by the definition: every pair of a tumour and another."""
    placed = []
    for scores in models:
        tumours, others = scores[labels == 1], scores[labels == 0]
        over = tumours[:, None] > others
        placed.append(over + 0.5 * (tumours[:, None] == others))
    above = np.cov([pairs.mean(axis=1) for pairs in placed]) / (labels == 1).sum()
    below = np.cov([pairs.mean(axis=0) for pairs in placed]) / (labels == 0).sum()
    return np.array([pairs.mean() for pairs in placed]), above + below


def test_delong_by_its_definition():
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 2, 60)
    models = [np.round(rng.random(60) * 0.7 + 0.3 * labels, 1) for _ in range(2)]
    areas, covariance = naive_delong(labels, models)
    found, spread = area_covariance(labels, models, np.arange(60))
    np.testing.assert_allclose(found, areas)
    np.testing.assert_allclose(spread, covariance)
    z = (areas[0] - areas[1]) / np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    assert metrics.delong_test(labels, *models).statistic == pytest.approx(z)


def paired(both, only_a, only_b, neither):
    """Labels and scores of two models with these counts of images that they get right."""
    counts = [both, only_a, only_b, neither]
    a, b = np.repeat([0.9, 0.9, 0.1, 0.1], counts), np.repeat([0.9, 0.1, 0.9, 0.1], counts)
    return np.ones(sum(counts), np.int64), a, b


@pytest.mark.parametrize(
    ("counts", "p_value"),
    [
        # mcnemar(..., exact=True) of statsmodels 0.15.0; the first table is Agresti, Categorical
        # Data Analysis, 2nd ed., table 10.1: approval of the prime minister, asked twice.
        ((794, 150, 86, 570), 3.7159361395713866e-05),
        ((20, 3, 12, 5), 0.03515625),
        ((59, 6, 16, 80), 0.052478790283203125),
    ],
)
def test_mcnemar_as_in_statsmodels(counts, p_value):
    assert metrics.mcnemar(*paired(*counts)).p_value == pytest.approx(p_value, rel=1e-9)


@pytest.mark.parametrize(
    ("p_values", "adjusted"),
    [
        # multipletests(..., method="holm") of statsmodels 0.15.0.
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.001, 0.2, 0.013, 0.04, 0.6, 0.049], [0.006, 0.4, 0.065, 0.16, 0.6, 0.16]),
    ],
)
def test_holm_as_in_statsmodels(p_values, adjusted):
    assert metrics.holm(p_values) == pytest.approx(adjusted)
