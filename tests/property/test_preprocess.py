"""Laws of preprocessing that hold for every head and every image."""

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from brainscan.preprocess import (
    PAPER_THRESHOLD,
    BrainCropper,
    Chain,
    Resize,
    Standardize,
    ToRange255,
    ToRGB,
)
from heads import draw_head, overlap

THRESHOLDS = st.sampled_from(["auto", PAPER_THRESHOLD])
STEPS = [
    BrainCropper(size=(20, 30), blank="keep"),
    Resize((9, 7)),
    Standardize(),
    ToRange255(),
    ToRGB(),
    Chain((Resize((8, 8)), ToRGB(), Standardize())),
]
SIDES = st.integers(1, 40)
SHAPES = st.tuples(SIDES, SIDES) | st.tuples(SIDES, SIDES, st.sampled_from([1, 3, 4]))
WHOLE = arrays(st.sampled_from([np.uint8, np.uint16]), SHAPES)
REAL = arrays(np.float32, SHAPES, elements=st.floats(-1000, 1000, width=32))
IMAGES = WHOLE | REAL


@st.composite
def heads(draw, backgrounds=(0, 12, 255)):
    """Draw an 8- or 16-bit image, the box of its head and the background's level."""
    background = draw(st.sampled_from(backgrounds))
    radii = draw(st.tuples(st.integers(25, 50), st.integers(25, 50)))
    above, left, below, right = draw(st.tuples(*[st.integers(8, 40)] * 4))
    image, box = draw_head(
        shape=(above + 2 * radii[0] + below, left + 2 * radii[1] + right),
        center=(above + radii[0], left + radii[1]),
        radii=radii,
        peak=draw(st.integers(100, 160)),
        background=background,
        seed=draw(st.integers(0, 99)),
    )
    if draw(st.booleans()):
        image, background = image.astype(np.uint16) * 16, background * 16
    return image, box, background


@given(heads(), THRESHOLDS)
def test_cropping_a_crop_changes_nothing(head, threshold):
    crop = BrainCropper(size=None, threshold=threshold)
    once = crop(head[0])
    np.testing.assert_array_equal(crop(once), once)


@settings(max_examples=15)
@given(heads(), THRESHOLDS)
def test_a_large_image_is_cropped_as_its_reduced_copy_is(head, threshold):
    image = head[0].astype(np.uint8)
    factor = 2048 // max(image.shape) + 1  # just large enough to be reduced
    large = np.repeat(np.repeat(image, factor, axis=0), factor, axis=1)
    crop = BrainCropper(size=None, threshold=threshold)
    once = crop(large)
    np.testing.assert_array_equal(crop(once), once)
    np.testing.assert_allclose(
        np.array(crop.box(large)) / factor, crop.box(image), atol=0.04 * max(image.shape)
    )


@given(WHOLE | REAL, THRESHOLDS)
def test_the_box_lies_inside_any_image(image, threshold):
    box = BrainCropper(threshold=threshold, blank="keep").box(image)
    assert 0 <= box.top < box.bottom <= image.shape[0]
    assert 0 <= box.left < box.right <= image.shape[1]


@given(heads())
def test_the_box_is_that_of_the_head(head):
    image, box, _ = head
    assert overlap(BrainCropper().box(image), box) > 0.88


@given(heads(), st.tuples(*[st.integers(0, 60)] * 4))
def test_padding_with_background_moves_the_box_and_nothing_else(head, margins):
    image, _, background = head
    above, below, left, right = margins
    padded = np.pad(image, ((above, below), (left, right)), constant_values=background)
    box, moved = BrainCropper().box(image), BrainCropper().box(padded)
    assert moved == (box.top + above, box.left + left, box.bottom + above, box.right + left)


@given(heads(backgrounds=(0,)), st.integers(0, 60))
def test_padding_with_black_moves_the_box_of_the_fixed_threshold_too(head, margin):
    crop = BrainCropper(threshold=PAPER_THRESHOLD)
    box, moved = crop.box(head[0]), crop.box(np.pad(head[0], margin))
    assert moved == tuple(edge + margin for edge in box)


@pytest.mark.parametrize("step", STEPS, ids=repr)
@given(images=st.lists(IMAGES, min_size=1, max_size=4))
def test_a_batch_equals_its_images_one_by_one(step, images):
    together = step(images)
    assert len(together) == len(images)
    for done, image in zip(together, images, strict=True):
        np.testing.assert_array_equal(done, step(image), strict=True)


@pytest.mark.parametrize("step", STEPS, ids=repr)
@given(image=IMAGES)
def test_the_image_that_goes_in_is_left_as_it_was(step, image):
    before = image.copy()
    step(image)
    np.testing.assert_array_equal(image, before)


@given(IMAGES, st.tuples(SIDES, SIDES))
def test_resizing_keeps_dtype_channels_and_range(image, size):
    resized = Resize(size)(image)
    assert resized.shape == (*size, *image.shape[2:])
    assert resized.dtype == image.dtype
    slack = 1e-3 if image.dtype == np.float32 else 0
    assert resized.min() >= image.min() - slack
    assert resized.max() <= image.max() + slack


@given(st.integers(1, 8), st.integers(1, 8), st.integers(1, 8), st.data())
def test_shrinking_by_whole_numbers_averages_blocks(rows, columns, factor, data):
    image = data.draw(arrays(np.uint8, (rows * factor, columns * factor)))
    blocks = image.reshape(rows, factor, columns, factor).mean(axis=(1, 3))
    resized = Resize((rows, columns))(image)
    np.testing.assert_allclose(resized, blocks, atol=0.51)


@given(IMAGES)
def test_standardising_gives_mean_0_and_deviation_1(image):
    done = Standardize()(image)
    assert done.dtype == np.float32
    assert done.shape == image.shape
    if image.min() == image.max():
        assert not done.any()
        return
    assume(image.astype(np.float64).std() > 1e-3)  # else float32 cannot show it
    assert done.mean(dtype=np.float64) == pytest.approx(0, abs=1e-5)
    assert done.std(dtype=np.float64) == pytest.approx(1, abs=1e-5)


@given(WHOLE, st.integers(1, 5), st.integers(0, 100))
def test_standardising_forgets_gain_and_offset(image, gain, offset):
    scaled = image.astype(np.float32) * gain + offset
    np.testing.assert_allclose(Standardize()(scaled), Standardize()(image), atol=1e-3)


@given(IMAGES)
def test_range_255_is_that_range_in_the_same_order(image):
    done = ToRange255()(image)
    assert done.dtype == np.float32
    assert done.min() >= 0
    assert done.max() <= 255.001
    if image.dtype == np.uint8:
        np.testing.assert_array_equal(done, image)
    order = np.argsort(image, axis=None, kind="stable")
    assert (np.diff(done.ravel()[order]) >= 0).all()


@given(IMAGES)
def test_rgb_has_three_channels_of_the_same_dtype(image):
    done = ToRGB()(image)
    assert done.shape == (*image.shape[:2], 3)
    assert done.dtype == image.dtype
    if image.ndim == 2:
        for channel in range(3):
            np.testing.assert_array_equal(done[:, :, channel], image)


@given(heads())
def test_colour_finds_the_box_that_gray_finds(head):
    image = head[0]
    colour = cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
    assert BrainCropper().box(colour) == BrainCropper().box(image)
