from dataclasses import replace

import numpy as np
import pytest

from brainscan.benchmark import Predictions
from brainscan.metrics import evaluate, fit_temperature
from brainscan.predict.crossfit import calibrate


def predictions(n=400, seed=0, sharpness=3.0):
    """Scores that are too sure by a factor, in five folds."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=n) * 1.5
    labels = (rng.random(n) < 1 / (1 + np.exp(-logits))).astype(np.int64)
    scores = 1 / (1 + np.exp(-sharpness * logits))
    return Predictions(
        tuple(map(str, range(n))), rng.permutation(n) % 5, np.arange(n), labels, scores
    )


def test_what_is_kept_is_fitted_on_all():
    seen = predictions()
    found = calibrate(seen, 0.9, seed=0)
    assert found.temperature == fit_temperature(seen.labels, seen.scores)
    assert found.temperature.value == pytest.approx(3.0, rel=0.25)
    assert 0 < found.threshold < 1
    assert found.conformal.counts == tuple(np.bincount(seen.labels))


def test_a_temperature_is_known_better_from_more_groups():
    seen = predictions(n=100)
    four = [np.repeat(part, 4) for part in (seen.folds, seen.groups, seen.labels, seen.scores)]
    copied = Predictions(tuple(map(str, range(400))), *four)
    alone = replace(copied, groups=np.arange(400))
    widths = []
    for one in (seen, copied, alone):
        found = calibrate(one, 0.9, seed=0)
        low, high = found.temperature_interval
        assert 0.05 <= low < found.temperature.value < high <= 20
        widths.append(high - low)
    # Four copies in a group tell as much as one image; as four groups they would tell more.
    assert widths[1] == pytest.approx(widths[0], rel=0.3)
    assert widths[2] < 0.7 * widths[1]


def test_the_figures_are_those_of_other_folds():
    seen = predictions()
    found = calibrate(seen, 0.9, seed=0)
    raw = evaluate(seen.labels, seen.scores, seen.groups)
    assert found.metrics["log_loss"].value < raw["log_loss"].value - 0.1
    assert found.metrics["roc_auc"].value == pytest.approx(raw["roc_auc"].value, abs=0.01)
    assert list(found.metrics) == list(raw)
    assert found.metrics["accuracy"].low < found.metrics["accuracy"].value


def test_sets_hold_their_class_as_often_as_promised():
    found = calibrate(predictions(n=4000), 0.9, seed=0)
    assert found.coverage == pytest.approx((0.9, 0.9), abs=0.03)
    assert 0.2 < found.answered < 0.9


def test_scores_that_tell_nothing_show_it():
    seen = predictions(n=300, seed=1)
    rng = np.random.default_rng(2)
    nothing = Predictions(
        seen.ids, seen.folds, seen.groups, rng.integers(0, 2, 300), rng.random(300)
    )
    found = calibrate(nothing, 0.9, seed=0)
    # Chosen and measured on the same images, Youden's threshold would look better than chance.
    assert found.metrics["balanced_accuracy"].value == pytest.approx(0.5, abs=0.06)


def test_several_classes():
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 3
    scores = rng.dirichlet(np.ones(3), 300) * 0.5 + 0.5 * np.eye(3)[labels]
    seen = Predictions(tuple(map(str, range(300))), labels // 1 % 5, np.arange(300), labels, scores)
    found = calibrate(seen, 0.9, seed=0)
    assert found.threshold is None
    low, high = found.temperature_interval
    assert low < found.temperature.value < high
    assert len(found.coverage) == 3
