import numpy as np
import pytest

from brainscan import metrics

LABELS = np.repeat([0, 1], [20, 31])
SCORES = np.repeat([0.2, 0.8, 0.2, 0.9], [17, 3, 4, 27])
THREE = np.eye(3)[np.arange(30) % 3] * 0.7 + 0.1


def test_names_values_and_methods():
    found = metrics.evaluate(LABELS, SCORES)
    methods = {name: estimate.method for name, estimate in found.items()}
    wilson = dict.fromkeys(("accuracy", "sensitivity", "specificity", "ppv", "npv"), "Wilson")
    rest = ("balanced_accuracy", "f1", "mcc", "average_precision", "brier", "log_loss")
    bootstrap = dict.fromkeys(rest, "cluster bootstrap")
    assert methods == wilson | bootstrap | {"roc_auc": "DeLong"}
    for name, estimate in found.items():
        assert estimate.name == name
        assert estimate.value == pytest.approx(getattr(metrics, name)(LABELS, SCORES))


def test_each_interval_is_that_of_its_own_function():
    found = metrics.evaluate(LABELS, SCORES, seed=3)
    assert (found["ppv"].low, found["ppv"].high) == metrics.wilson(27, 30)
    assert (found["roc_auc"].low, found["roc_auc"].high) == metrics.delong(LABELS, SCORES)
    brier = metrics.cluster_bootstrap(metrics.brier, LABELS, SCORES, seed=3)
    assert (found["brier"].low, found["brier"].high) == brier


def test_a_stated_prevalence():
    found = metrics.evaluate(LABELS, SCORES, prevalence=0.05)["ppv"]
    assert found.value == metrics.ppv(LABELS, SCORES, prevalence=0.05)
    assert found.low < found.value < found.high
    assert found.method == "cluster bootstrap"


def test_several_classes():
    found = metrics.evaluate(np.arange(30) % 3, THREE)
    assert set(found) == {
        *("accuracy", "balanced_accuracy", "f1", "mcc", "roc_auc"),
        *("average_precision", "brier", "log_loss"),
    }
    assert found["roc_auc"].method == "cluster bootstrap"
    assert found["roc_auc"].low < 1


def test_one_class_has_what_is_defined():
    found = metrics.evaluate(np.ones(10, np.int64), np.full(10, 0.8))
    assert found["sensitivity"].value == 1
    for name in ("specificity", "balanced_accuracy", "mcc", "roc_auc", "average_precision", "npv"):
        assert (found[name].value, found[name].low, found[name].high) == (None, None, None)


def test_bad_groups():
    with pytest.raises(ValueError, match="one group an image, 51; got 3"):
        metrics.evaluate(LABELS, SCORES, groups=np.arange(3))
