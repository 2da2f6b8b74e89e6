import numpy as np
import pytest

from brainscan import metrics


def mask(*rows):
    return np.array([[character == "#" for character in row] for row in rows])


def test_one_of_two_is_found_and_one_is_made_up():
    truth = mask("##...##", "##...##", ".......")
    prediction = mask("##.....", "##.....", "......#")
    assert metrics.lesion_f1(truth, prediction) == 0.5


def test_pixels_that_touch_at_a_corner_are_one_lesion():
    assert metrics.lesion_f1(mask("#.", ".#"), mask("#.", ".#")) == 1.0
    # Were they two, the single pixel would find one of them: 2/3.
    assert metrics.lesion_f1(mask("#.", ".#"), mask("#.", "..")) == 1.0
    assert metrics.lesion_f1(mask("#..", "..#"), mask("#..", "...")) == pytest.approx(2 / 3)


def test_a_blob_over_everything_finds_one_lesion_at_most():
    truth = mask("##.##", "##.##")
    assert metrics.lesion_f1(truth, np.ones((2, 5), bool)) == pytest.approx(2 / 3)


def test_a_lesion_in_pieces_is_found_once():
    truth = mask("######")
    assert metrics.lesion_f1(truth, mask("##.###")) == pytest.approx(2 / 3)


def test_the_least_iou_counts_as_found():
    truth, prediction = mask("#" * 10), mask("#" + "." * 9)
    assert metrics.lesion_f1(truth, prediction) == 1.0
    assert metrics.lesion_f1(truth, prediction, least_iou=0.11) == 0.0


def test_pairs_are_chosen_for_the_most_finds():
    # The first prediction touches both lesions, the second only the first lesion.
    truth = mask("##.##", "##...")
    prediction = mask(".####", "#....")
    prediction[0, 0] = False
    assert metrics.lesion_f1(truth, prediction) >= 2 / 3


def test_empty_masks():
    some, none = mask("#."), mask("..")
    assert metrics.lesion_f1(none, none) is None
    assert metrics.lesion_f1(some, none) == 0.0
    assert metrics.lesion_f1(none, some) == 0.0


@pytest.mark.parametrize("least", [0, -0.1, 1.1, float("nan")])
def test_a_least_iou_is_a_share(least):
    with pytest.raises(ValueError, match="least_iou must be above 0, and 1 or less"):
        metrics.lesion_f1(mask("#"), mask("#"), least)
