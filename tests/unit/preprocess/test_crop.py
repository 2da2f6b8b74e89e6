from functools import cache

import cv2
import numpy as np
import pytest

from brainscan._core.reading import read_image
from brainscan.datasets import phantom
from brainscan.preprocess import PAPER_THRESHOLD, Box, BrainCropper
from heads import draw_head, mask_box, overlap

THRESHOLDS = ["auto", PAPER_THRESHOLD]


@pytest.fixture
def head():
    return draw_head()


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_the_box_is_that_of_the_head(head, threshold):
    image, box = head
    assert overlap(BrainCropper(threshold=threshold).box(image), box) > 0.9


def test_box_has_height_and_width():
    box = Box(top=10, left=20, bottom=110, right=100)
    assert (box.height, box.width) == (100, 80)


def test_the_fixed_threshold_is_the_papers():
    assert PAPER_THRESHOLD == 45
    slice_ = np.zeros((60, 60), np.uint8)
    slice_[10:50, 10:50] = 46
    box = BrainCropper(threshold=PAPER_THRESHOLD).box(slice_)
    assert overlap(box, Box(10, 10, 50, 50)) > 0.8  # the blur dims its edge
    with pytest.raises(ValueError, match="nothing stands out"):
        BrainCropper(threshold=46).box(slice_)


def paper_box(gray):
    """Return the box of the published steps, each done as OpenCV's tutorials do."""
    blurred = cv2.GaussianBlur(gray, (5, 5), 0)
    _, mask = cv2.threshold(blurred, 45, 255, cv2.THRESH_BINARY)
    mask = cv2.dilate(cv2.erode(mask, None, iterations=2), None, iterations=2)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    points = max(contours, key=cv2.contourArea)[:, 0]
    return Box(
        int(points[:, 1].min()),
        int(points[:, 0].min()),
        int(points[:, 1].max()) + 1,
        int(points[:, 0].max()) + 1,
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_fixed_threshold_does_the_published_steps(seed):
    image, _ = draw_head(seed=seed)
    assert BrainCropper(threshold=PAPER_THRESHOLD).box(image) == paper_box(image)


# What the automatic threshold is for


def test_auto_works_on_a_dark_slice():
    image, box = draw_head(peak=40)
    assert overlap(BrainCropper().box(image), box) > 0.9
    with pytest.raises(ValueError, match="nothing stands out"):
        BrainCropper(threshold=PAPER_THRESHOLD).box(image)


def test_auto_works_on_a_white_page():
    image, box = draw_head(peak=150, background=255)
    assert overlap(BrainCropper().box(image), box) > 0.9


def test_auto_peels_a_white_page_off_a_black_film():
    image, box = draw_head()
    page = np.pad(image, ((30, 20), (25, 40)), constant_values=255)
    shifted = Box(box.top + 30, box.left + 25, box.bottom + 30, box.right + 25)
    assert overlap(BrainCropper().box(page), shifted) > 0.9


@pytest.mark.parametrize("gain", [4, 16, 257])
def test_auto_works_on_16_bit_slices(head, gain):
    image, box = head
    assert overlap(BrainCropper().box(image.astype(np.uint16) * gain), box) > 0.9


def test_auto_works_on_float_slices(head):
    image, box = head
    assert overlap(BrainCropper().box(image.astype(np.float32) * 3.7 - 100), box) > 0.9


@pytest.mark.parametrize(("peak", "background"), [(90, 60), (60, 90), (150, 110)])
def test_auto_works_at_low_contrast(peak, background):
    image, box = draw_head(peak=peak, background=background, texture=0.05)
    assert overlap(BrainCropper().box(image), box) > 0.9


def test_auto_works_on_a_noisy_background(head):
    image, box = head
    noise = np.random.default_rng(0).rayleigh(5, image.shape)
    noisy = np.hypot(image, noise).clip(0, 255).astype(np.uint8)
    assert overlap(BrainCropper().box(noisy), box) > 0.9


@pytest.mark.parametrize("background", [0, 255])
def test_auto_is_not_fooled_by_text_in_the_corners(background):
    image, box = draw_head((300, 260), (150, 130), (100, 75), peak=150, background=background)
    for left, bottom in [(5, 15), (190, 15), (5, 295), (190, 295)]:
        font, white = cv2.FONT_HERSHEY_SIMPLEX, 255 - background
        cv2.putText(image, "TE 90ms", (left, bottom), font, 0.4, white, 1)
    assert overlap(BrainCropper().box(image), box) > 0.9


def test_auto_is_not_fooled_by_bright_text_on_a_dark_slice():
    image, box = draw_head((300, 260), (150, 130), (100, 75), peak=40)
    cv2.putText(image, "L 12345", (5, 290), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 255, 1)
    assert overlap(BrainCropper().box(image), box) > 0.9


@pytest.mark.parametrize("thickness", [1, 2, 4])
@pytest.mark.parametrize("inset", [0, 3])
@pytest.mark.parametrize("background", [0, 255])
def test_auto_is_not_fooled_by_a_frame(background, inset, thickness):
    image, box = draw_head((300, 260), (150, 130), (100, 75), peak=150, background=background)
    corner = (259 - inset, 299 - inset)
    cv2.rectangle(image, (inset, inset), corner, 255 - background, thickness)
    assert overlap(BrainCropper().box(image), box) > 0.9


def test_auto_joins_the_brain_and_a_scalp_in_pieces():
    image, box = draw_head((200, 200), (100, 100), (80, 70))
    skull = cv2.ellipse(np.zeros_like(image), (100, 100), (66, 76), 0, 0, 360, 255, -1)
    brain = cv2.ellipse(np.zeros_like(image), (100, 100), (61, 71), 0, 0, 360, 255, -1)
    image[(skull > 0) & (brain == 0)] = 0
    image[:, 92:108][brain[:, 92:108] == 0] = 0  # in one piece the scalp's outline is the largest
    assert overlap(BrainCropper().box(image), box) > 0.95


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_a_head_that_fills_its_image_is_left_whole(threshold):
    image = np.random.default_rng(0).integers(48, 56, (80, 70)).astype(np.uint8)
    image[::10] += 60  # so that no level is that of a background
    image[:, ::10] += 60
    assert BrainCropper(threshold=threshold).box(image) == (0, 0, 80, 70)


# What comes out


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [None, 1, 3, 4])
@pytest.mark.parametrize("size", [None, (150, 150), (20, 30)])
def test_dtype_and_channels_are_kept(head, dtype, channels, size):
    image = head[0].astype(dtype)
    if channels:
        image = np.repeat(image[:, :, None], channels, axis=2)
        if channels == 4:
            image[:, :, 3] = {np.uint8: 255, np.uint16: 65535, np.float32: 1}[dtype]
    box = BrainCropper().box(image)
    cropped = BrainCropper(size)(image)
    assert cropped.dtype == dtype
    assert cropped.shape == (size or (box.height, box.width)) + image.shape[2:]


def test_without_a_size_the_pixels_are_the_images_own(head):
    image, _ = head
    top, left, bottom, right = BrainCropper().box(image)
    cropped = BrainCropper(size=None)(image)
    np.testing.assert_array_equal(cropped, image[top:bottom, left:right])
    assert not np.shares_memory(cropped, image)


def test_transparent_pixels_are_background(head):
    image, box = head
    rgba = np.full((*image.shape, 4), 255, np.uint8)
    rgba[:, :, :3] = image[:, :, None]
    rgba[image == 0] = (255, 255, 255, 0)
    assert overlap(BrainCropper().box(rgba), box) > 0.9


def test_slices_of_different_sizes_become_one_array_or_a_list():
    colour = [np.repeat(draw_head(shape)[0][:, :, None], 3, 2) for shape in [(120, 100), (110, 90)]]
    assert BrainCropper((32, 48))(colour).shape == (2, 32, 48, 3)
    small = draw_head((110, 90), (50, 45), (30, 25))[0]
    crops = BrainCropper(size=None)([draw_head()[0], small])
    assert isinstance(crops, list)
    assert crops[0].shape != crops[1].shape


# What is refused


def test_a_blank_slice_is_an_error():
    with pytest.raises(ValueError, match=r"must show a head; nothing stands out.*blank='keep'"):
        BrainCropper()(np.full((50, 60), 7, np.uint8))


def test_a_blank_slice_is_kept_whole_if_asked():
    crop = BrainCropper(size=None, blank="keep")
    blank = np.full((50, 60), 7, np.uint8)
    assert crop.box(blank) == (0, 0, 50, 60)
    np.testing.assert_array_equal(crop(blank), blank)


def test_the_error_of_a_batch_names_the_index(head):
    with pytest.raises(ValueError, match=r"^image 1: image must show a head"):
        BrainCropper()([head[0], np.zeros((50, 60), np.uint8)])


def test_a_1x1_image_is_blank():
    with pytest.raises(ValueError, match="nothing stands out in its 1 x 1 pixels"):
        BrainCropper()(np.full((1, 1), 200, np.uint8))


def test_a_1x1_image_is_kept_if_asked():
    assert BrainCropper(blank="keep").box(np.full((1, 1), 200, np.uint8)) == (0, 0, 1, 1)


def test_nan_pixels_are_refused(head):
    image = head[0].astype(np.float32)
    image[3, 4] = np.nan
    with pytest.raises(ValueError, match=r"finite pixels; got 1 that are NaN.*nan_to_num"):
        BrainCropper()(image)
    with pytest.raises(ValueError, match="^image 1 must hold finite pixels"):
        BrainCropper()([head[0], image])


def test_a_wrong_channel_count_is_refused():
    with pytest.raises(ValueError, match=r"with 1, 3 or 4 channels; got \(50, 60, 2\)"):
        BrainCropper()(np.zeros((50, 60, 2), np.uint8))


@pytest.mark.usefixtures("as_a_user")
@pytest.mark.parametrize("size", [(-1, 150), (150, 0), (150,), (150.0, 150)])
def test_a_wrong_size_is_refused(size):
    with pytest.raises(ValueError, match=r"size must be two positive integers \(height, width\)"):
        BrainCropper(size=size)


@pytest.mark.usefixtures("as_a_user")
@pytest.mark.parametrize("threshold", [-1, 256, float("nan"), "otsu"])
def test_a_wrong_threshold_is_refused(threshold):
    with pytest.raises(ValueError, match=r"threshold must be 'auto' or .*0 to 255; got"):
        BrainCropper(threshold=threshold)


@pytest.mark.usefixtures("as_a_user")
def test_a_wrong_blank_is_refused():
    with pytest.raises(ValueError, match="blank must be 'error' or 'keep'; got 'skip'"):
        BrainCropper(blank="skip")


# Real and simulated slices


@pytest.fixture(scope="module")
def real_slices(kaggle253):
    files = sorted(path for path in kaggle253.glob("*/*") if path.is_file())
    return {path.name: read_image(path) for path in files}


@pytest.fixture(scope="module")
def real_boxes(real_slices):
    crops = [BrainCropper(threshold=threshold) for threshold in THRESHOLDS]
    return {name: [crop.box(image) for crop in crops] for name, image in real_slices.items()}


def test_every_real_file_gives_a_box(real_boxes):
    assert len(real_boxes) == 253
    for name, boxes in real_boxes.items():
        for box in boxes:
            assert min(box.height, box.width) > 60, name


def test_a_crop_of_a_real_crop_is_the_same(real_slices, real_boxes):
    for name in list(real_slices)[::5]:
        for threshold, box in zip(THRESHOLDS, real_boxes[name], strict=True):
            crop = BrainCropper(size=None, threshold=threshold)
            assert crop.box(crop(real_slices[name])) == (0, 0, box.height, box.width), name


def test_the_thresholds_find_the_same_head_on_most_real_files(real_boxes):
    assert np.mean([overlap(*boxes) > 0.6 for boxes in real_boxes.values()]) >= 0.95


def test_the_fixed_threshold_seldom_finds_what_auto_leaves_out(real_boxes):
    inside = [
        fixed.top >= auto.top - 0.05 * auto.height
        and fixed.left >= auto.left - 0.05 * auto.width
        and fixed.bottom <= auto.bottom + 0.05 * auto.height
        and fixed.right <= auto.right + 0.05 * auto.width
        for auto, fixed in real_boxes.values()
    ]
    assert np.mean(inside) >= 0.9


@cache
def phantom_overlaps(threshold):
    slices = [phantom.simulate(index, 0) for index in range(30)]
    crop = BrainCropper(threshold=threshold, blank="keep")
    return [overlap(crop.box(scan.image), mask_box(scan.head)) for scan in slices]


@pytest.mark.parametrize(("threshold", "bound"), [("auto", 0.9), (PAPER_THRESHOLD, 0.7)])
def test_the_box_is_that_of_the_simulated_head(threshold, bound):
    assert np.mean(phantom_overlaps(threshold)) > bound


def test_the_default_is_no_worse_than_the_fixed_threshold_on_simulated_heads():
    default = BrainCropper().threshold
    assert np.mean(phantom_overlaps(default)) >= np.mean(phantom_overlaps(PAPER_THRESHOLD))
