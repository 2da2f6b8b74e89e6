import numpy as np
import pytest

from brainscan import metrics

NONE = np.zeros((4, 4), bool)
FULL = np.ones((4, 4), bool)
HALF = FULL.copy()
HALF[2:] = False


def test_values_and_means():
    found = metrics.evaluate_masks([FULL, FULL, HALF], [FULL, HALF, HALF])
    np.testing.assert_allclose(found.values["dice"], [1, 2 / 3, 1])
    assert found.means["dice"].value == pytest.approx(8 / 9)
    assert found.means["dice"].low < 8 / 9 < found.means["dice"].high <= 1
    assert found.means["dice"].method == "cluster bootstrap"
    assert found.counted("dice") == 3
    assert list(found.values) == list(found.means)


def test_empty_masks_as_metrics_reloaded_advises():
    truths = [FULL, FULL, NONE, NONE]
    predictions = [FULL, NONE, NONE, FULL]
    found = metrics.evaluate_masks(truths, predictions, spacing_mm=(1, 2))
    nan, worst = np.nan, np.hypot(3, 6)  # of the centres of opposite corner pixels
    for name in ("dice", "iou", "mask_precision", "lesion_f1"):
        np.testing.assert_array_equal(found.values[name], [1, 0, nan, 0])
        assert found.means[name].value == pytest.approx(1 / 3)
        assert found.counted(name) == 3
    np.testing.assert_array_equal(found.values["mask_sensitivity"], [1, 0, nan, nan])
    for name in ("hd95", "average_surface_distance"):
        np.testing.assert_allclose(found.values[name], [0, worst, nan, worst])
    np.testing.assert_array_equal(found.values["empty_specificity"], [nan, nan, 1, 0])
    share = found.means["empty_specificity"]
    assert (share.value, share.method) == (0.5, "Wilson")
    assert (share.low, share.high) == metrics.wilson(1, 2)


def test_images_without_any_lesion_raise_no_mean():
    alone = metrics.evaluate_masks([FULL, FULL], [HALF, FULL])
    among = metrics.evaluate_masks([FULL, FULL, *[NONE] * 98], [HALF, FULL, *[NONE] * 98])
    assert among.means["dice"].value == alone.means["dice"].value
    assert among.means["empty_specificity"].value == 1.0
    assert among.means["empty_specificity"].low > 0.95


def test_figures_that_are_not_defined_have_no_mean():
    found = metrics.evaluate_masks([NONE, NONE], [NONE, NONE])
    assert found.means["dice"].value is None
    assert found.means["dice"].low is None
    found = metrics.evaluate_masks([FULL, HALF], [FULL, HALF])
    assert found.means["empty_specificity"].value is None


def test_slices_of_one_patient_count_together():
    rng = np.random.default_rng(0)
    sides = np.repeat(rng.integers(1, 5, 20), 6)  # six slices alike of each patient
    predictions = [np.arange(16).reshape(4, 4) < 4 * side for side in sides]
    truths = [FULL] * 120
    told = metrics.evaluate_masks(truths, predictions, np.repeat(np.arange(20), 6)).means["dice"]
    untold = metrics.evaluate_masks(truths, predictions).means["dice"]
    assert told.value == untold.value
    assert (told.high - told.low) / (untold.high - untold.low) == pytest.approx(6**0.5, rel=0.15)


def test_one_group_has_no_interval():
    mean = metrics.evaluate_masks([FULL, HALF], [HALF, HALF], np.zeros(2, int)).means["dice"]
    assert mean.value == pytest.approx(5 / 6)
    assert mean.low is None
    assert mean.high is None


def test_sizes_may_differ_from_image_to_image_and_groups_may_be_names():
    wide = np.ones((3, 9), bool)
    found = metrics.evaluate_masks([FULL, wide], [FULL, wide], np.array(["a", "b"]))
    assert found.values["dice"].tolist() == [1, 1]


def test_the_same_seed_gives_the_same_bits():
    masks = [FULL, HALF, FULL, HALF], [HALF, HALF, FULL, FULL]
    first, second, other = (metrics.evaluate_masks(*masks, seed=seed).means for seed in (1, 1, 2))
    assert first["dice"] == second["dice"]
    assert first["hd95"] != other["hd95"]


def test_what_is_wrong_is_named_with_its_image():
    with pytest.raises(ValueError, match=r"image 1: truth and prediction must have one size"):
        metrics.evaluate_masks([FULL, FULL], [FULL, FULL[:2]])
    with pytest.raises(ValueError, match="truths, predictions must have one length; got truths 2"):
        metrics.evaluate_masks([FULL, FULL], [FULL])
    with pytest.raises(ValueError, match="at least one image; got none"):
        metrics.evaluate_masks([], [])
    with pytest.raises(ValueError, match="groups must hold one group an image, 1; got 2"):
        metrics.evaluate_masks([FULL], [FULL], np.arange(2))
