"""Laws of the texture features that hold for every image."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from brainscan.features import Glcm, GlcmLbp, Lbp

SIDES = st.tuples(st.integers(4, 24), st.integers(4, 24))
GRAY = arrays(np.uint8, SIDES)
FEW_LEVELS = arrays(np.uint8, SIDES, elements=st.sampled_from([0, 1, 200]))
IMAGES = GRAY | FEW_LEVELS


@given(IMAGES)
def test_values_stay_in_their_ranges(image):
    names = GlcmLbp().get_feature_names_out()
    row = GlcmLbp()(image)[0]
    assert np.isfinite(row).all()
    for name, value in zip(names, row, strict=True):
        low = -1 if "correlation" in name else 0
        high = 65025 if "contrast" in name else 255 if "dissimilarity" in name else 1
        assert low - 1e-5 <= value <= high + 1e-5, name


@given(IMAGES)
def test_energy_is_the_root_of_asm(image):
    values = Glcm()(image)[0].reshape(6, 12)
    np.testing.assert_allclose(values[3] ** 2, values[5], rtol=1e-5)


@given(st.lists(IMAGES, min_size=1, max_size=4))
def test_a_sequence_equals_its_images_one_by_one(images):
    together = GlcmLbp()(images)
    np.testing.assert_array_equal(together, np.concatenate([GlcmLbp()(image) for image in images]))


@given(IMAGES)
def test_a_half_turn_changes_no_glcm_value(image):
    np.testing.assert_array_equal(Glcm()(image), Glcm()(np.ascontiguousarray(image[::-1, ::-1])))


@given(IMAGES)
def test_a_transposed_image_swaps_right_and_down(image):
    right, down = Glcm(angles_deg=(0,)), Glcm(angles_deg=(90,))
    np.testing.assert_array_equal(right(image), down(np.ascontiguousarray(image.T)))


@given(arrays(np.uint8, SIDES, elements=st.integers(0, 200)), st.integers(0, 55))
def test_brightness_alone_changes_nothing(image, brighter):
    brighter_image = (image + np.uint8(brighter)).astype(np.uint8)
    np.testing.assert_allclose(Glcm()(image), Glcm()(brighter_image), rtol=1e-5, atol=1e-6)


@given(IMAGES)
def test_gray_as_colour_changes_nothing(image):
    colour = np.repeat(image[:, :, None], 3, axis=2)
    np.testing.assert_array_equal(GlcmLbp()(image), GlcmLbp()(colour))


@given(IMAGES)
def test_each_histogram_sums_to_1(image):
    rows = Lbp()(image)[0]
    sums = [part.sum() for part in np.split(rows, [10, 28])]
    np.testing.assert_allclose(sums, 1, rtol=1e-5)
