import numpy as np
import pytest

from brainscan import metrics


def square(top, left, side, shape=(20, 20)):
    mask = np.zeros(shape, bool)
    mask[top : top + side, left : left + side] = True
    return mask


def test_two_points():
    one, other = square(2, 3, 1), square(5, 7, 1)
    assert metrics.hd95(one, other) == 5.0
    assert metrics.average_surface_distance(one, other) == 5.0
    assert metrics.hd95(one, other, spacing_mm=2) == 10.0
    assert metrics.average_surface_distance(one, other, (4, 3)) == pytest.approx(np.hypot(12, 12))


def test_a_square_in_a_square():
    # Outlines of 8 and 16 pixels, each pixel of the inner one a step from the outer one; of the
    # outer one's 16, 12 are a step away and the 4 corners a diagonal.
    inner, outer = square(6, 6, 3), square(5, 5, 5)
    expected = (8 + 12 + 4 * 2**0.5) / 24
    assert metrics.average_surface_distance(outer, inner) == pytest.approx(expected)
    assert metrics.hd95(outer, inner) == pytest.approx(2**0.5)


def test_a_far_pixel_in_a_hundred_does_not_count():
    truth = square(0, 0, 30, (40, 200))
    prediction = truth.copy()
    prediction[5, 190] = True
    assert metrics.hd95(truth, prediction) == 0.0
    assert metrics.average_surface_distance(truth, prediction) > 0.5


def test_a_hole_has_an_outline():
    whole = square(4, 4, 9)
    holed = whole.copy()
    holed[8, 8] = False
    assert metrics.average_surface_distance(whole, holed) > 0


def test_the_border_of_the_image_is_an_outline():
    full = np.ones((6, 6), bool)
    assert metrics.hd95(full, full) == 0.0
    assert metrics.average_surface_distance(full, square(0, 0, 6, (6, 6))) == 0.0


@pytest.mark.parametrize("figure", [metrics.hd95, metrics.average_surface_distance])
def test_without_an_outline_there_is_no_distance(figure):
    some, none = square(2, 2, 3), np.zeros((20, 20), bool)
    assert figure(none, none) is None
    assert figure(some, none) is None
    assert figure(none, some) is None


@pytest.mark.parametrize("spacing", [0, -1, float("nan"), (1, 2, 3), (1, 0), ()])
def test_a_spacing_is_above_0(spacing):
    with pytest.raises(ValueError, match="spacing_mm must be a number above 0, or two"):
        metrics.hd95(square(1, 1, 2), square(1, 1, 2), spacing)
