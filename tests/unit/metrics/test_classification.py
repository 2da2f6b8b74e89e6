import numpy as np
import pytest

from brainscan import metrics


def test_accuracy_by_hand():
    assert metrics.accuracy(np.array([0, 1, 1, 0]), np.array([0.1, 0.9, 0.4, 0.6])) == 0.5
    assert metrics.accuracy(np.array([2, 1]), np.array([[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]])) == 0.5


def test_one_half_is_no_tumour():
    assert metrics.decide(np.array([0.5, 0.5000001])).tolist() == [0, 1]


def test_a_threshold_moves_the_decision():
    labels, scores = np.array([0, 1, 1]), np.array([0.2, 0.4, 0.8])
    assert metrics.decide(scores, 0.3).tolist() == [0, 1, 1]
    assert metrics.accuracy(labels, scores, threshold=0.3) == 1
    assert metrics.f1(labels, scores, threshold=0.9) == 0


def test_figures_by_hand():
    """Of five tumours four are called so, of five others three are not."""
    labels = np.repeat([1, 0], 5)
    scores = np.array([0.9, 0.9, 0.9, 0.9, 0.1, 0.9, 0.9, 0.1, 0.1, 0.1])
    assert metrics.balanced_accuracy(labels, scores) == pytest.approx((0.8 + 0.6) / 2)
    assert metrics.f1(labels, scores) == pytest.approx(2 * 4 / (2 * 4 + 2 + 1))
    assert metrics.mcc(labels, scores) == pytest.approx((4 * 3 - 2 * 1) / (5 * 5 * 6 * 4) ** 0.5)


def test_what_is_not_defined_is_none():
    ones, low = np.ones(3, np.int64), np.full(3, 0.1)
    assert metrics.balanced_accuracy(ones, low) is None
    assert metrics.mcc(ones, low) is None
    assert metrics.mcc(np.array([0, 1, 1]), low) is None
    assert metrics.f1(np.zeros(3, np.int64), low) is None
    assert metrics.f1(ones, low) == 0


def test_two_columns_are_two_classes():
    labels, scores = np.array([0, 1, 1, 0, 1]), np.array([0.1, 0.9, 0.4, 0.6, 0.7])
    columns = np.stack([1 - scores, scores], axis=1)
    for figure in (metrics.f1, metrics.mcc, metrics.average_precision, metrics.brier):
        assert figure(labels, columns) == pytest.approx(figure(labels, scores))


@pytest.mark.parametrize(
    "figure", [metrics.accuracy, metrics.balanced_accuracy, metrics.f1, metrics.mcc]
)
def test_several_classes_have_no_threshold(figure):
    with pytest.raises(ValueError, match=r"needs \(n,\) scores; got threshold 0\.3 for shape"):
        figure(np.array([0, 1]), np.array([[0.6, 0.4], [0.2, 0.8]]), threshold=0.3)


EVERY_FIGURE = [
    metrics.accuracy,
    metrics.balanced_accuracy,
    metrics.sensitivity,
    metrics.specificity,
    metrics.ppv,
    metrics.npv,
    metrics.f1,
    metrics.mcc,
    metrics.roc_auc,
    metrics.average_precision,
    metrics.brier,
    metrics.log_loss,
    metrics.delong,
    metrics.evaluate,
    metrics.reliability,
    metrics.calibration_error,
    metrics.fit_temperature,
    metrics.fit_conformal,
    metrics.choose_threshold,
    metrics.roc_curve,
    metrics.precision_recall_curve,
    lambda labels, scores: metrics.cluster_bootstrap(metrics.brier, labels, scores),
    lambda labels, scores: metrics.compare(labels, scores, scores),
    lambda labels, scores: metrics.decision_curve(labels, scores, np.array([0.5])),
]


@pytest.mark.parametrize("measure", EVERY_FIGURE)
def test_bad_input(measure):
    with pytest.raises(ValueError, match="must have one length; got labels 2, scores 3"):
        measure(np.array([0, 1]), np.array([0.1, 0.2, 0.3]))
    with pytest.raises(ValueError, match=r"probabilities in 0 to 1; got 0\.1 to 1\.2"):
        measure(np.array([0, 1]), np.array([0.1, 1.2]))
    with pytest.raises(ValueError, match="got nan"):
        measure(np.array([0, 1]), np.array([0.1, np.nan]))
    with pytest.raises(ValueError, match="at least one image; got none"):
        measure(np.array([], np.int64), np.array([]))
    with pytest.raises(ValueError, match="class indices 0 to 1, as the scores have; got 0 to 2"):
        measure(np.array([0, 2]), np.array([0.1, 0.2]))


def test_scores_of_another_shape():
    with pytest.raises(ValueError, match=r"with 2 classes or more; got \(2, 1\)"):
        metrics.accuracy(np.array([0, 1]), np.array([[0.1], [0.2]]))


@pytest.mark.parametrize("measure", EVERY_FIGURE)
def test_labels_in_a_column(measure):
    with pytest.raises(ValueError, match=r"class indices.*of shape \(n,\); got shape \(2, 1\)"):
        measure(np.array([[0], [1]]), np.array([0.1, 0.8]))


def test_a_threshold_between_neighbours_in_float32_parts_them():
    scores = np.array([0.2, 0.9, 1 - 2**-24, 1, 1], np.float32)
    labels = np.array([0, 0, 0, 1, 1])
    threshold = metrics.choose_threshold(labels, scores)
    assert metrics.sensitivity(labels, scores, threshold) == 1
    assert metrics.specificity(labels, scores, threshold) == 1
