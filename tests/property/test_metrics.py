"""Laws of the figures of merit that hold for any images."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainscan import metrics

TWO_CLASSES = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 20), st.integers(0, 20), st.integers(0, 6)),
    min_size=2,
    max_size=40,
).map(lambda rows: [np.array(column) for column in zip(*rows, strict=True)])
FIGURES = [
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
]


@settings(max_examples=25, deadline=None)
@given(TWO_CLASSES, st.none() | st.just(0.2))
def test_every_interval_holds_its_estimate_and_stays_in_range(images, prevalence):
    labels, a, _, groups = images
    for name, found in metrics.evaluate(labels, a / 20, groups, prevalence=prevalence).items():
        assert (found.value is None) == (found.low is None) == (found.high is None)
        if found.value is None:
            continue
        lowest, highest = -1 if name == "mcc" else 0, np.inf if name == "log_loss" else 1
        assert lowest - 1e-9 <= found.low <= found.value + 1e-12, name
        assert found.value - 1e-12 <= found.high <= highest + 1e-9, name


@given(TWO_CLASSES, st.randoms(use_true_random=False))
def test_the_order_of_the_images_changes_no_figure(images, random):
    labels, a, _, groups = images
    order = np.array(random.sample(range(len(labels)), len(labels)))
    for figure in FIGURES:
        first, second = figure(labels, a / 20), figure(labels[order], a[order] / 20)
        assert first == pytest.approx(second) if first is not None else second is None
    assert metrics.delong(labels, a / 20, groups=groups) == pytest.approx(
        metrics.delong(labels[order], a[order] / 20, groups=groups[order])
    )


@given(TWO_CLASSES)
def test_classes_swapped_swap_sensitivity_and_specificity(images):
    labels, a, _, _ = images
    scores = (a + 0.5) / 21.5  # no score at one half, which is no tumour
    turned = (1 - labels, 1 - scores)
    assert metrics.sensitivity(labels, scores) == metrics.specificity(*turned)
    assert metrics.ppv(labels, scores, 0.3) == pytest.approx(metrics.npv(*turned, 0.7))
    for same in (metrics.balanced_accuracy, metrics.mcc, metrics.roc_auc, metrics.brier):
        assert same(labels, scores) == pytest.approx(same(*turned))


@settings(max_examples=25, deadline=None)
@given(TWO_CLASSES, st.sampled_from(FIGURES), st.integers(0, 99))
def test_the_same_seed_gives_the_same_bits(images, figure, seed):
    labels, a, _, groups = images
    run = partial(metrics.cluster_bootstrap, figure, labels, a / 20, seed=seed, replicates=50)
    assert run(groups=groups) == run(groups=groups)
    assert run() == run(groups=np.arange(len(labels)))
    # The name of a group is nothing to it, as long as the order is the same.
    assert run(groups=groups) == run(groups=np.array([f"patient {g}" for g in groups]))


@settings(max_examples=25, deadline=None)
@given(TWO_CLASSES)
def test_a_statistic_of_ones_own_equals_the_fast_one(images):
    labels, a, _, groups = images
    scores = a / 20
    for figure in (metrics.roc_auc, metrics.average_precision, metrics.brier):
        fast = metrics.cluster_bootstrap(figure, labels, scores, groups, replicates=30)
        slow = metrics.cluster_bootstrap(
            lambda y, p, figure=figure: figure(y, p), labels, scores, groups, replicates=30
        )
        assert (fast is None) == (slow is None)
        assert fast is None or fast == pytest.approx(slow)


@settings(max_examples=25, deadline=None)
@given(TWO_CLASSES)
def test_models_swapped_turn_the_comparison_round(images):
    labels, a, b, groups = images
    one = metrics.compare(labels, a / 20, b / 20, groups)
    other = metrics.compare(labels, b / 20, a / 20, groups)
    assert one.accuracy.value == pytest.approx(-other.accuracy.value)
    assert one.mcnemar.p_value == other.mcnemar.p_value
    assert (one.delong is None) == (other.delong is None)
    assert one.delong is None or one.delong.p_value == pytest.approx(other.delong.p_value)
    assert one.sentence()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_never_lowers_and_keeps_the_order(p_values):
    adjusted = np.array(metrics.holm(p_values))
    assert (adjusted >= np.array(p_values)).all()
    assert (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(p_values)]) >= 0).all()


@given(TWO_CLASSES, st.floats(0.1, 10))
def test_a_temperature_keeps_the_order_and_what_is_decided(images, value):
    scores = images[1] / 20
    cooled = metrics.Temperature(value)(scores)
    order = np.argsort(scores, kind="stable")
    assert (np.diff(cooled[order]) >= 0).all()
    clear = np.abs(scores - 0.5) > 0.01
    assert (metrics.decide(cooled)[clear] == metrics.decide(scores)[clear]).all()


@given(TWO_CLASSES, st.sampled_from([0.5, 0.8, 0.9, 0.95]))
def test_prediction_sets_hold_the_calibration_images_often_enough(images, coverage):
    labels, a, _, _ = images
    rule = metrics.fit_conformal(labels, a / 20, coverage)
    sets = rule(a / 20)
    for label in np.unique(labels):
        assert sets[labels == label, label].mean() >= coverage


@given(TWO_CLASSES.filter(lambda images: len(np.unique(images[0])) == 2), st.floats(0.1, 1))
def test_a_chosen_threshold_does_what_it_says(images, least):
    labels, a, _, _ = images
    scores = (a + 1) / 21
    chosen = metrics.choose_threshold(labels, scores, "sensitivity", at_least=least)
    assert metrics.sensitivity(labels, scores, chosen) >= least - 1e-9
    best = metrics.choose_threshold(labels, scores)
    for threshold in np.append(0, np.unique(scores)):
        other = metrics.balanced_accuracy(labels, scores, threshold)
        assert metrics.balanced_accuracy(labels, scores, best) >= other - 1e-9
        if metrics.sensitivity(labels, scores, threshold) >= least:
            spared = metrics.specificity(labels, scores, threshold)
            assert metrics.specificity(labels, scores, chosen) >= spared - 1e-9


@settings(max_examples=20, deadline=None)
@given(TWO_CLASSES.filter(lambda images: len(np.unique(images[0])) == 2))
def test_curves_lie_in_their_bands(images):
    labels, a, _, groups = images
    for draw in (metrics.roc_curve, metrics.precision_recall_curve):
        curve = draw(labels, a / 20, groups, replicates=30)
        assert ((curve.low >= 0) & (curve.low <= curve.y)).all()
        assert ((curve.y <= curve.high) & (curve.high <= 1 + 1e-12)).all()
    assert (np.diff(metrics.roc_curve(labels, a / 20, replicates=2).y) >= -1e-12).all()
