import numpy as np
import pytest

from brainscan import metrics


def test_brier_by_hand():
    assert metrics.brier(np.array([0, 1]), np.array([0.5, 0.9])) == pytest.approx(0.13)
    three = np.array([[0.5, 0.3, 0.2]])
    assert metrics.brier(np.array([0]), three) == pytest.approx(0.25 + 0.09 + 0.04)


def test_log_loss_by_hand():
    labels, scores = np.array([0, 1]), np.array([0.5, 0.25])
    assert metrics.log_loss(labels, scores) == pytest.approx((np.log(2) + np.log(4)) / 2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_sure_miss_costs_the_resolution(dtype):
    expected = -np.log(np.finfo(dtype).eps)
    assert metrics.log_loss(np.array([0]), np.array([1], dtype)) == pytest.approx(expected)


@pytest.mark.parametrize("figure", [metrics.brier, metrics.log_loss])
def test_rows_that_do_not_sum_to_1(figure):
    with pytest.raises(ValueError, match=r"each row of scores must sum to 1; got 1\.2 to 1\.2"):
        figure(np.array([0]), np.array([[0.5, 0.5, 0.2]]))
