import re

import numpy as np
import pytest

from brainscan.segment import Postprocess


def picture(*rows):
    return np.array([[mark == "#" for mark in row] for row in rows])


SPECKLED = picture(
    "####...#",
    "#..#....",
    "#..#.##.",
    "####.##.",
    "........",
)


def test_does_nothing_that_is_not_asked_for():
    np.testing.assert_array_equal(Postprocess(fill_holes=False)(SPECKLED), SPECKLED)


def test_fills_what_a_part_encloses():
    filled = Postprocess()(SPECKLED)
    assert filled[1:3, 1:3].all()
    assert filled.sum() == SPECKLED.sum() + 4


def test_small_parts_go_by_pixels_or_by_a_share_of_the_image():
    four = Postprocess(minimum_area=4)(SPECKLED)
    assert four.sum() == 16 + 4
    np.testing.assert_array_equal(Postprocess(minimum_area=4 / 40)(SPECKLED), four)
    assert Postprocess(minimum_area=5)(SPECKLED).sum() == 16


def test_the_largest_part_alone():
    alone = Postprocess(largest_only=True)(SPECKLED)
    assert alone.sum() == 16
    assert not alone[:, 4:].any()


def test_pixels_that_touch_at_a_corner_are_one_part():
    assert Postprocess(minimum_area=3)(np.eye(3, dtype=bool)).sum() == 3


def test_an_empty_mask_stays_empty():
    strict = Postprocess(minimum_area=10, largest_only=True)
    assert not strict(np.zeros((5, 5), bool)).any()
    assert not strict(np.eye(5, dtype=bool)).any()


def test_probabilities_are_in_above_one_half():
    assert Postprocess()(np.array([[0.5, 0.51]], np.float32)).tolist() == [[False, True]]


def test_every_step_can_be_looked_at():
    steps = Postprocess(minimum_area=2, largest_only=True).steps(SPECKLED)
    areas = {name: int(mask.sum()) for name, mask in steps.items()}
    assert areas == {"above_half": 17, "fill_holes": 21, "minimum_area": 20, "largest_only": 16}


def test_the_input_is_left_alone():
    mask = SPECKLED.copy()
    Postprocess(minimum_area=5)(mask)[:] = True
    np.testing.assert_array_equal(mask, SPECKLED)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((4, 4, 1), bool), "must have shape (height, width); got (4, 4, 1)"),
        (np.zeros((4, 4), np.uint8), "got dtype uint8"),
        (np.full((4, 4), 1.5), "must be in 0 to 1; got 1.5 to 1.5"),
        (np.full((4, 4), np.nan), "must be in 0 to 1; got nan"),
    ],
)
def test_refuses_what_is_no_map(image, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        Postprocess()(image)


@pytest.mark.parametrize("area", [-1, float("nan"), float("inf")])
def test_refuses_an_area_that_is_none(area):
    with pytest.raises(ValueError, match="minimum_area must be"):
        Postprocess(minimum_area=area)
