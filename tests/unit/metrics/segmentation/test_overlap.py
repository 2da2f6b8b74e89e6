import numpy as np
import pytest

from brainscan import metrics

EMPTY = np.zeros((4, 5), bool)
SQUARE = EMPTY.copy()
SQUARE[1:3, 1:3] = True


@pytest.mark.parametrize(
    ("name", "value"),
    # Four pixels true, six predicted, two common.
    [("dice", 4 / 10), ("iou", 2 / 8), ("mask_sensitivity", 2 / 4), ("mask_precision", 2 / 6)],
)
def test_by_hand(name, value):
    prediction = np.zeros((4, 5), np.uint8)
    prediction[1:3, 2:5] = 1
    assert getattr(metrics, name)(SQUARE, prediction) == value


@pytest.mark.parametrize("name", ["dice", "iou", "mask_sensitivity", "mask_precision"])
def test_identity(name):
    assert getattr(metrics, name)(SQUARE, SQUARE) == 1.0


@pytest.mark.parametrize(
    ("name", "both", "missed", "made_up"),
    [
        ("dice", None, 0, 0),
        ("iou", None, 0, 0),
        ("mask_sensitivity", None, 0, None),
        ("mask_precision", None, 0, 0),
    ],
)
def test_empty_masks(name, both, missed, made_up):
    figure = getattr(metrics, name)
    assert figure(EMPTY, EMPTY) == both
    assert figure(SQUARE, EMPTY) == missed
    assert figure(EMPTY, SQUARE) == made_up


@pytest.mark.parametrize(
    "name",
    ["dice", "iou", "mask_sensitivity", "mask_precision", "hd95", "average_surface_distance"],
)
@pytest.mark.parametrize(
    ("prediction", "message"),
    [
        (np.zeros((5, 4)), r"must have one size; got 4x5 and 5x4 \(height x width\)"),
        (SQUARE * 255, r"prediction must be .* got values from 0 to 255\. `mask != 0`"),
        (SQUARE * 0.7, r"got values from 0.0 to 0.7\. .*`> 0.5` of probabilities"),
        (np.full((4, 5), np.nan), r"prediction must be True and False, or 0 and 1; got values"),
        (SQUARE[..., None], r"shape \(height, width\).* got \(4, 5, 1\)\. Give one image"),
        (np.zeros((0, 5)), r"both 1 or more; got \(0, 5\)"),
        (np.full((4, 5), "yes"), r"True and False, or 0 and 1; got dtype <U3"),
    ],
)
def test_what_is_no_mask_of_the_image_is_refused(name, prediction, message):
    with pytest.raises(ValueError, match=message):
        getattr(metrics, name)(SQUARE, prediction)


def test_a_list_is_no_mask():
    with pytest.raises(TypeError, match=r"truth must be a NumPy array; got list\. numpy\.array"):
        metrics.dice.__wrapped__([[0, 1]], SQUARE)
