import numpy as np
import pytest

from brainscan import metrics

LABELS, SCORES = np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])


def test_roc_by_hand():
    """Through (0, 0), (0, 1/2), (1/2, 1/2), (1/2, 1), (1, 1)."""
    curve = metrics.roc_curve(LABELS, SCORES)
    assert curve.y[:50].tolist() == [0.5] * 50
    assert curve.y[50:].tolist() == [1.0] * 51


def test_a_tie_in_the_roc_is_a_slope():
    curve = metrics.roc_curve(np.array([0, 1]), np.array([0.5, 0.5]))
    np.testing.assert_allclose(curve.y, curve.x)


def test_the_area_under_the_curve_is_the_auc():
    rng = np.random.default_rng(0)
    labels = np.arange(200) % 2  # 100 of each: the steps lie on the grid
    scores = np.clip(rng.normal(0.4 + 0.2 * labels, 0.15), 0, 1)
    curve = metrics.roc_curve(labels, scores, replicates=2)
    steps = curve.y[:-1].mean()  # right-continuous: the height of each step
    assert steps == pytest.approx(metrics.roc_auc(labels, scores), abs=1e-9)


def test_precision_recall_by_hand():
    """Called from the top: a tumour (1 of 1), another (1 of 2), a tumour (2 of 3)."""
    curve = metrics.precision_recall_curve(LABELS, SCORES)
    assert curve.y[:51].tolist() == [1.0] * 51
    np.testing.assert_allclose(curve.y[51:], 2 / 3)


def test_the_band_narrows_with_more_images_and_not_with_twins():
    rng = np.random.default_rng(0)
    labels = np.arange(100) % 2
    scores = np.clip(rng.normal(0.4 + 0.2 * labels, 0.15), 0, 1)
    twice = np.repeat(labels, 4), np.repeat(scores, 4)
    width = [
        (curve.high - curve.low).mean()
        for curve in (
            metrics.roc_curve(labels, scores),
            metrics.roc_curve(*twice),
            metrics.roc_curve(*twice, groups=np.repeat(np.arange(100), 4)),
        )
    ]
    assert width[1] < 0.7 * width[0]
    assert width[2] == pytest.approx(width[0], rel=0.1)


def test_decision_curve_by_hand():
    """Vickers and Elkin: true positives less false ones at the odds of the threshold, an image."""
    curve = metrics.decision_curve(LABELS, SCORES, np.array([0.2, 0.5]))
    np.testing.assert_allclose(curve.model, [2 / 4 - 1 / 4 * 0.25, 1 / 4])
    np.testing.assert_allclose(curve.treat_all, [2 / 4 - 2 / 4 * 0.25, 0], atol=1e-12)
    assert curve.treat_none.tolist() == [0, 0]


@pytest.mark.parametrize("draw", [metrics.roc_curve, metrics.precision_recall_curve])
def test_bad_curves(draw):
    with pytest.raises(ValueError, match="both classes; got only 1"):
        draw(np.array([1, 1]), np.array([0.2, 0.4]))
    with pytest.raises(ValueError, match="replicates must be 1 or more; got 0"):
        draw(LABELS, SCORES, replicates=0)
    with pytest.raises(ValueError, match=r"needs scores of two classes.*got shape \(2, 3\)"):
        draw(LABELS[1:3], np.full((2, 3), 1 / 3))


def test_bad_thresholds():
    with pytest.raises(ValueError, match=r"between 0 and 1; got \[0\. 1\.\]"):
        metrics.decision_curve(LABELS, SCORES, np.array([0.0, 1.0]))
