import numpy as np
import pytest

from brainscan import metrics
from brainscan.metrics.comparison import smallest_detectable


def paired(both, only_a, only_b, neither):
    """Labels and scores of two models with these counts of images that they get right."""
    counts = [both, only_a, only_b, neither]
    a, b = np.repeat([0.9, 0.9, 0.1, 0.1], counts), np.repeat([0.9, 0.1, 0.9, 0.1], counts)
    return np.ones(sum(counts), np.int64), a, b


def test_mcnemar_by_hand():
    """Five of five: both ends of the binomial have 1/32 each."""
    assert metrics.mcnemar(*paired(10, 5, 0, 0)) == metrics.Test("exact McNemar", 5, 2 / 32)
    assert metrics.mcnemar(*paired(10, 0, 0, 3)).p_value == 1


def test_one_model_with_itself():
    labels, scores = np.arange(20) % 2, np.random.default_rng(0).random(20)
    assert metrics.delong_test(labels, scores, scores) == metrics.Test("DeLong", 0, 1)
    difference = metrics.paired_bootstrap(labels, scores, scores)
    assert difference.value == 0
    assert -0.2 < difference.low < 0 < difference.high < 0.2


def test_delong_is_not_defined_without_two_of_a_class():
    labels, scores = np.array([0, 0, 1]), np.array([0.2, 0.4, 0.9])
    assert metrics.delong_test(labels, scores, 1 - scores) is None
    turned = np.repeat([0, 1], 5)
    assert metrics.delong_test(turned, turned * 0.9, 1 - turned * 0.9) is None


def test_twins_count_once_in_delong():
    rng = np.random.default_rng(0)
    labels, a, b = np.arange(60) % 2, rng.random(60), rng.random(60)
    twice = [np.repeat(values, 2) for values in (labels, a, b)]
    told = metrics.delong_test(*twice, groups=np.repeat(np.arange(60), 2))
    assert told.statistic == pytest.approx(metrics.delong_test(labels, a, b).statistic)


def test_paired_bootstrap_of_any_figure():
    rng = np.random.default_rng(0)
    labels = np.arange(200) % 2
    good = np.clip(rng.normal(0.3 + 0.4 * labels, 0.1), 0, 1)
    found = metrics.paired_bootstrap(labels, good, rng.random(200), statistic=metrics.brier)
    assert found.name == "difference in brier"
    assert found.low < found.value < found.high < 0
    own = metrics.paired_bootstrap(labels, good, good, statistic=lambda y, p: float((y + p).mean()))
    assert (own.value, own.name) == (0, "difference in <lambda>")


def test_paired_bootstrap_of_what_is_not_defined():
    labels, scores = np.ones(5, np.int64), np.linspace(0, 1, 5)
    assert metrics.paired_bootstrap(labels, scores, scores, statistic=metrics.roc_auc) is None


def test_smallest_detectable_by_hand():
    """Of 6 discordant images all must fall to one side: 2/64; of 9, eight: 20/512; of 5, none."""
    assert smallest_detectable(5) is None
    assert smallest_detectable(6) == 6
    assert smallest_detectable(9) == 8 - 1


def test_sentence_when_one_is_better():
    found = metrics.compare(*paired(200, 30, 5, 18), names=("CNN", "SVM")).sentence()
    assert found.startswith(
        "CNN is right on 90.9% of 253 images, SVM on 81.0%: a difference of 9.9 points "
    )
    assert "35 images are right for one alone, 30 for CNN and 5 for SVM" in found
    assert found.endswith("CNN is right more often on images like these.")


def test_sentence_when_too_few_disagree():
    found = metrics.compare(*paired(46, 4, 1, 0)).sentence()
    assert "too few to tell them apart: fewer than 6" in found


def test_sentence_when_the_lead_is_too_small():
    found = metrics.compare(*paired(30, 12, 8, 1)).sentence()
    assert "too little to tell them apart" in found
    # 15 of 20 is the least that a sign test tells: a lead of 10 of 51 images.
    assert found.endswith("a difference shows from 19.6 points on (10 images).")


def test_sentence_when_only_the_twins_make_it_seem_so():
    labels, a, b = paired(200, 12, 0, 0)
    groups = np.append(np.arange(200), np.full(12, 200))
    found = metrics.compare(labels, a, b, groups)
    assert found.groups == 201
    assert found.mcnemar.p_value < 0.001
    assert found.sentence().endswith(
        "The 212 images form 201 groups, and an interval over groups "
        "holds 0: that is too few to tell them apart."
    )


def test_several_classes_have_no_delong():
    scores = np.eye(3)[np.arange(30) % 3] * 0.7 + 0.1
    found = metrics.compare(np.arange(30) % 3, scores, scores[::-1])
    assert found.delong is None
    assert found.roc_auc.value > 0


def test_scores_of_different_models_must_have_one_length():
    with pytest.raises(ValueError, match="must have one length; got labels 2, scores 3"):
        metrics.compare(np.array([0, 1]), np.array([0.1, 0.9]), np.array([0.1, 0.9, 0.3]))


def test_bad_p_values():
    with pytest.raises(ValueError, match=r"p_values must be in 0 to 1; got \[0\.1, 1\.5\]"):
        metrics.holm([0.1, 1.5])
    with pytest.raises(ValueError, match="p_values must be in 0 to 1"):
        metrics.holm([float("nan")])
