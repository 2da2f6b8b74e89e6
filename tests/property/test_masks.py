"""Laws of the figures of masks that hold for any masks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from brainscan import metrics

PAIRS = array_shapes(min_dims=2, max_dims=2, max_side=9).flatmap(
    lambda shape: st.tuples(arrays(bool, shape), arrays(bool, shape))
)
SYMMETRIC = [
    metrics.dice,
    metrics.iou,
    metrics.hd95,
    metrics.average_surface_distance,
    metrics.lesion_f1,
]
FIGURES = [*SYMMETRIC, metrics.mask_sensitivity, metrics.mask_precision]
SHARES = [
    figure for figure in FIGURES if "9" not in figure.__name__ and "dist" not in figure.__name__
]


def same(one, other):
    return one is other is None or one == pytest.approx(other)


@given(PAIRS)
def test_either_mask_may_come_first(pair):
    truth, prediction = pair
    for figure in SYMMETRIC:
        assert same(figure(truth, prediction), figure(prediction, truth)), figure.__name__


@given(PAIRS)
def test_a_mask_is_itself(pair):
    mask, _ = pair
    for figure in FIGURES:
        perfect = 1.0 if figure in SHARES else 0.0
        assert figure(mask, mask) == (perfect if mask.any() else None), figure.__name__


@given(PAIRS, st.tuples(*[st.integers(0, 4)] * 4))
def test_where_the_masks_lie_does_not_matter(pair, margins):
    top, bottom, left, right = margins
    moved = [np.pad(mask, ((top, bottom), (left, right))) for mask in pair]
    for figure in FIGURES:
        assert same(figure(*pair), figure(*moved)), figure.__name__


@given(PAIRS)
def test_turned_and_mirrored_masks_have_the_same_figures(pair):
    for turn in (np.transpose, np.fliplr, np.rot90):
        turned = [turn(mask) for mask in pair]
        for figure in FIGURES:
            assert same(figure(*pair), figure(*turned)), figure.__name__


@given(PAIRS)
def test_shares_lie_in_0_to_1_and_distances_in_the_image(pair):
    for figure in SHARES:
        value = figure(*pair)
        assert value is None or 0 <= value <= 1
    longest = np.hypot(*np.subtract(pair[0].shape, 1))
    far, mean = metrics.hd95(*pair), metrics.average_surface_distance(*pair)
    assert (far is None) == (mean is None) == (not all(mask.any() for mask in pair))
    assert far is None or (0 <= far <= longest + 1e-9 and 0 <= mean <= longest + 1e-9)


@given(PAIRS)
def test_one_overlap_follows_from_the_other(pair):
    dice, iou = metrics.dice(*pair), metrics.iou(*pair)
    assert dice is iou is None or iou == pytest.approx(dice / (2 - dice))
    found, true = metrics.mask_sensitivity(*pair), metrics.mask_precision(*pair)
    if found and true:
        assert dice == pytest.approx(2 * found * true / (found + true))


@given(PAIRS)
def test_turned_round_sensitivity_is_precision(pair):
    truth, prediction = pair
    if truth.any() and prediction.any():
        assert metrics.mask_sensitivity(*pair) == metrics.mask_precision(prediction, truth)


@given(PAIRS, st.floats(0.1, 10))
def test_distances_scale_with_the_spacing(pair, factor):
    for figure in (metrics.hd95, metrics.average_surface_distance):
        one, scaled = figure(*pair), figure(*pair, spacing_mm=factor)
        assert one is scaled is None or scaled == pytest.approx(one * factor)
        assert same(figure(*pair, (1, factor)), figure(*(mask.T for mask in pair), (factor, 1)))


@given(PAIRS)
def test_fewer_lesions_are_found_where_more_is_asked(pair):
    values = [metrics.lesion_f1(*pair, least) for least in (0.1, 0.5, 1)]
    assert values[0] is None or values == sorted(values, reverse=True)


@given(st.lists(PAIRS, min_size=1, max_size=6), st.integers(0, 3), st.randoms())
def test_means_are_of_the_values_in_any_order(pairs, groups, random):
    truths, predictions = zip(*pairs, strict=True)
    members = np.arange(len(pairs)) % (groups + 1)
    found = metrics.evaluate_masks(truths, predictions, members)
    order = random.sample(range(len(pairs)), len(pairs))
    again = metrics.evaluate_masks(
        [truths[i] for i in order], [predictions[i] for i in order], members[order]
    )
    for name, mean in found.means.items():
        np.testing.assert_array_equal(again.values[name], found.values[name][order])
        assert same(mean.value, again.means[name].value)
        assert mean.low is None or mean.low <= mean.value <= mean.high
