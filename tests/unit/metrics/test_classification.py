import numpy as np
import pytest

from brainscan import metrics


def test_accuracy_by_hand():
    assert metrics.accuracy(np.array([0, 1, 1, 0]), np.array([0.1, 0.9, 0.4, 0.6])) == 0.5
    assert metrics.accuracy(np.array([2, 1]), np.array([[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]])) == 0.5


def test_one_half_is_no_tumour():
    assert metrics.decide(np.array([0.5, 0.5000001])).tolist() == [0, 1]


def test_auc_by_hand():
    """Of the four pairs of a tumour and a tumour-free image, three are in order, one is tied."""
    labels, scores = np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.4, 0.8])
    assert metrics.roc_auc(labels, scores) == pytest.approx((3 + 0.5) / 4)


def test_auc_of_several_classes_is_the_mean_of_each_against_the_rest():
    labels = np.array([0, 1, 2])
    scores = np.array([[0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.7, 0.1, 0.2]])
    assert metrics.roc_auc(labels, scores) == pytest.approx((1 + 1 + 1) / 3)
    worse = scores[[1, 0, 2]]
    assert metrics.roc_auc(labels, worse) == pytest.approx((0 + 0.25 + 1) / 3)


def test_auc_of_one_class_is_not_defined():
    assert metrics.roc_auc(np.array([1, 1]), np.array([0.2, 0.4])) is None


@pytest.mark.parametrize("measure", [metrics.accuracy, metrics.roc_auc])
def test_bad_input(measure):
    with pytest.raises(ValueError, match="must have one length; got labels 2, scores 3"):
        measure(np.array([0, 1]), np.array([0.1, 0.2, 0.3]))
    with pytest.raises(ValueError, match=r"probabilities in 0 to 1; got 0\.1 to 1\.2"):
        measure(np.array([0, 1]), np.array([0.1, 1.2]))
    with pytest.raises(ValueError, match="got nan"):
        measure(np.array([0, 1]), np.array([0.1, np.nan]))
    with pytest.raises(ValueError, match="at least one image; got none"):
        measure(np.array([], np.int64), np.array([]))
