import numpy as np
import pytest

from brainscan import metrics


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


def test_average_precision_by_hand():
    """Called from the top: a tumour (1 of 1), another, two tied, one of them a tumour (2 of 4)."""
    labels, scores = np.array([1, 0, 1, 0]), np.array([0.9, 0.8, 0.5, 0.5])
    assert metrics.average_precision(labels, scores) == pytest.approx((1 + 2 / 4) / 2)


def test_one_class_is_not_defined():
    assert metrics.roc_auc(np.array([1, 1]), np.array([0.2, 0.4])) is None
    assert metrics.average_precision(np.array([1, 1]), np.array([0.2, 0.4])) is None
    assert metrics.average_precision(np.array([0, 0]), np.array([0.2, 0.4])) is None


def test_a_class_without_images_is_left_out():
    labels = np.array([0, 1, 1])
    scores = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1]])
    assert metrics.roc_auc(labels, scores) == 1
    assert metrics.average_precision(labels, scores) == 1
