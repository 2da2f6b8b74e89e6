import cv2
import numpy as np
import pytest

from brainscan._core.images import to_gray, to_uint8
from brainscan._core.reading import read_image
from brainscan.datasets import load
from brainscan.preprocess.foreground import automatic_mask


def mask_by_opencv(gray):
    """The documented steps, written with OpenCV and NumPy."""
    height, width = gray.shape
    side = max(1, round(0.06 * min(height, width)))
    inside = np.zeros(gray.shape, bool)
    inside[side : height - side, side : width - side] = True
    background = int(np.median(gray[~inside]))
    if np.mean(np.abs(gray[~inside].astype(int) - background) <= 8) <= 0.5:
        background = 0
    signal = cv2.absdiff(gray, np.full_like(gray, background))
    smooth = cv2.GaussianBlur(signal, (5, 5), 0, borderType=cv2.BORDER_REPLICATE)
    solid = opened(smooth, 2)
    bright = np.sort(solid[solid > int(0.1 * solid.max())])[::-1]
    highest = bright[max(0, int(np.ceil(0.02 * len(bright))) - 1)] if len(bright) else 255
    return (opened(smooth, 1) > int(45 / 255 * highest)).astype(np.uint8)


def opened(gray, times):
    outside = {"borderType": cv2.BORDER_CONSTANT, "borderValue": 0}
    eroded = cv2.erode(gray, None, iterations=times, **outside)
    return cv2.dilate(eroded, None, iterations=times, **outside)


def random_slices():
    random = np.random.default_rng(0)
    for number in range(600):
        height, width = random.integers(1, 50, 2)
        gray = random.integers(0, 256, (height, width), dtype=np.uint8)
        if number % 3 == 0:
            gray = cv2.GaussianBlur(gray, (7, 7), 0)
        if number % 3 == 1:
            gray //= np.uint8(random.integers(1, 256))
        if number % 5 == 0:
            level = np.uint8(random.integers(0, 256))
            gray[gray < level] = level
        yield gray


def test_the_mask_is_that_of_opencvs_steps_whatever_the_size():
    for gray in random_slices():
        np.testing.assert_array_equal(automatic_mask(gray), mask_by_opencv(gray))


@pytest.mark.parametrize("background", [0, 120, 255])
def test_the_mask_of_a_head_is_that_of_opencvs_steps(background):
    for image in load("phantom", n=6):
        gray = np.where(image > 0, image, np.uint8(background))
        mask = automatic_mask(gray)
        assert mask.mean() > 0.1
        np.testing.assert_array_equal(mask, mask_by_opencv(gray))


def test_the_masks_of_the_papers_images_are_those_of_opencvs_steps(kaggle253):
    for path in sorted(path for path in kaggle253.glob("*/*") if path.is_file()):
        gray = to_uint8(to_gray(read_image(path))).copy()
        np.testing.assert_array_equal(automatic_mask(gray), mask_by_opencv(gray), path.name)
