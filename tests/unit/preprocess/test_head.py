import cv2
import numpy as np
import pytest

from brainscan._core.images import to_gray, to_uint8
from brainscan._core.reading import read_image
from brainscan.preprocess import PAPER_THRESHOLD, Box, BrainCropper
from brainscan.preprocess.head import find_head
from heads import overlap

HEAD_BOX = Box(22, 22, 135, 111)


def draw_layers():
    """Draw scalp, dark skull and brain on black."""
    image = np.zeros((160, 140), np.uint8)
    for radii, level in (((44, 56), 210), ((38, 50), 25), ((35, 47), 120)):
        cv2.ellipse(image, (66, 78), radii, 0, 0, 360, level, -1)
    noise = np.random.default_rng(0).normal(0, 6, image.shape)
    return np.clip(image + noise * (image > 0), 0, 255).astype(np.uint8)


def published_box(gray):
    """The published steps, written with OpenCV alone."""
    mask = cv2.threshold(cv2.GaussianBlur(gray, (5, 5), 0), 45, 255, cv2.THRESH_BINARY)[1]
    mask = cv2.dilate(cv2.erode(mask, None, iterations=2), None, iterations=2)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    points = max(contours, key=cv2.contourArea)[:, 0]
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return Box(int(top), int(left), int(bottom) + 1, int(right) + 1)


def test_the_fixed_threshold_gives_the_published_box():
    layers = draw_layers()
    two_parts = np.hstack([layers, layers // 2])
    for gray in (layers, layers // 3, 255 - layers // 3, two_parts):
        assert find_head(gray, PAPER_THRESHOLD) == published_box(gray)


def test_the_fixed_threshold_gives_the_published_boxes_of_the_papers_images(kaggle253):
    crop = BrainCropper(threshold=PAPER_THRESHOLD)
    files = sorted(path for path in kaggle253.glob("*/*") if path.is_file())
    grays = [to_uint8(to_gray(read_image(path))) for path in files]
    for path, gray in zip(files, grays, strict=True):
        assert find_head(gray, PAPER_THRESHOLD) == published_box(gray), path.name
    repeated = [overlap(crop.box(gray), published_box(gray)) for gray in grays]
    assert np.mean(np.array(repeated) == 1) > 0.95


@pytest.mark.parametrize("share", [1, 4, 16])
def test_the_automatic_threshold_follows_the_brightness(share):
    found = find_head(draw_layers() // share, "auto")
    np.testing.assert_allclose(found, HEAD_BOX, atol=1)


def test_a_bright_background_is_background():
    layers = draw_layers()
    found = find_head(np.where(layers > 0, layers, 250).astype(np.uint8), "auto")
    np.testing.assert_allclose(found, HEAD_BOX, atol=1)


def test_parts_further_apart_than_scalp_and_brain_are_two():
    image = np.zeros((100, 200), np.uint8)
    image[20:80, 20:80] = 100
    image[30:70, 81:121] = 100
    assert find_head(image, "auto") == (19, 19, 81, 122)  # blurred by one pixel
    image[:, 76:90] = 0
    assert find_head(image, "auto") == (19, 19, 81, 77)


def test_bright_thin_lines_do_not_set_the_level():
    image = draw_layers() // 8
    image[3:5, 10:130] = image[150:152, 10:130] = 255
    np.testing.assert_allclose(find_head(image, "auto"), HEAD_BOX, atol=1)


def test_a_head_cut_off_by_the_border_is_not_dimmed_there():
    image = np.zeros((80, 80), np.uint8)
    image[20:60, :40] = 60
    image[30:50, 10:30] = 255
    assert find_head(image, "auto").left == 0


def test_letters_beside_the_head_are_not_joined_to_it():
    image = np.kron(draw_layers(), np.ones((4, 4), np.uint8))
    image[300:310, 450:456] = 200  # nearer than parts of a head may be
    np.testing.assert_allclose(find_head(image, "auto"), np.array(HEAD_BOX) * 4, atol=1)
    image[280:380, 450:456] = 200
    assert find_head(image, "auto").right > 450


def test_a_thick_frame_is_passed_over_but_not_a_scalp():
    image = draw_layers()
    cv2.rectangle(image, (1, 1), (138, 158), 180, 5)
    np.testing.assert_allclose(BrainCropper().box(image), HEAD_BOX, atol=1)
    image = np.pad(image, 20)
    np.testing.assert_allclose(find_head(image, "auto"), np.array(HEAD_BOX) + 20, atol=1)
    scalp = np.zeros((160, 140), np.uint8)
    cv2.ellipse(scalp, (66, 78), (41, 53), 0, 0, 360, 200, 7)
    np.testing.assert_allclose(find_head(scalp, "auto"), HEAD_BOX, atol=2)


@pytest.mark.parametrize("shape", [(1, 60), (2, 2), (3, 60)])
def test_the_automatic_threshold_finds_nothing_where_the_erosion_takes_all(shape):
    image = np.zeros(shape, np.uint8)
    image[0, -1] = 255
    assert find_head(image, "auto") is None


@pytest.mark.parametrize("threshold", ["auto", PAPER_THRESHOLD])
@pytest.mark.parametrize("level", [0, 255])
def test_nothing_is_found_in_one_level(threshold, level):
    assert find_head(np.full((50, 50), level, np.uint8), threshold) is None


def test_the_automatic_threshold_beats_the_fixed_one_on_known_heads():
    from brainscan.datasets import phantom

    overlaps = {"auto": [], PAPER_THRESHOLD: []}
    for scan in (phantom.simulate(index, 1) for index in range(40)):
        rows, columns = np.flatnonzero(scan.head.any(1)), np.flatnonzero(scan.head.any(0))
        known = Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)
        for threshold, values in overlaps.items():
            crop = BrainCropper(threshold=threshold, blank="keep")
            values.append(overlap(crop.box(scan.image), known))
    assert np.mean(overlaps["auto"]) > 0.96
    assert np.min(overlaps["auto"]) > 0.8
    assert np.mean(overlaps["auto"]) > np.mean(overlaps[PAPER_THRESHOLD])
