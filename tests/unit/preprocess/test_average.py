import cv2
import numpy as np
import pytest

from brainscan.preprocess.average import average


def mean_by_hand(image, height, width):
    """Means over areas of an image that is enlarged to whole pixels an area."""
    rows, columns = image.shape[:2]
    large = np.repeat(np.repeat(image.astype(np.float64), height, axis=0), width, axis=1)
    return large.reshape(height, rows, width, columns, -1).mean(axis=(1, 3))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_means_are_those_over_areas_whatever_the_sizes(dtype):
    random = np.random.default_rng(0)
    for _ in range(100):
        rows, columns, channels = random.integers(1, [40, 40, 5])
        most = 255 if dtype == np.uint8 else 65535
        image = random.integers(0, most + 1, (rows, columns, channels)).astype(dtype)
        height, width = random.integers(1, [rows + 1, columns + 1])
        means = average(image, int(height), int(width))
        np.testing.assert_allclose(means, mean_by_hand(image, height, width), rtol=3e-6)


def test_means_are_opencvs_up_to_ties():
    image = np.random.default_rng(0).integers(0, 256, (433, 517, 3), dtype=np.uint8)
    theirs = cv2.resize(image, (150, 140), interpolation=cv2.INTER_AREA)
    np.testing.assert_allclose(average(image, 140, 150), theirs, atol=0.5 + 1e-4)


@pytest.mark.parametrize("value", [1, 200])
def test_what_is_of_one_whole_number_stays_so(value):
    image = np.full((37, 53, 1), value, np.float32)
    np.testing.assert_array_equal(average(image, 17, 23), np.full((17, 23, 1), value))


def test_sums_of_large_values_stay_finite():
    large = np.finfo(np.float32).max / 2
    means = average(np.full((37, 53, 1), large, np.float32), 17, 23)
    np.testing.assert_allclose(means, large, rtol=1e-6)


LAYOUTS = {
    "a crop": lambda image: np.pad(image, ((2, 3), (4, 5), (0, 0)))[2:-3, 4:-5],
    "flipped": lambda image: image[::-1, ::-1].copy()[::-1, ::-1],
    "by columns": np.asfortranarray,
    "every second": lambda image: np.repeat(np.repeat(image, 2, axis=1), 2, axis=2)[:, ::2, ::2],
    "not to be written": lambda image: np.frombuffer(image.tobytes(), np.uint8).reshape(
        image.shape
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_pixels_may_lie_anyhow(layout):
    image = np.random.default_rng(0).integers(0, 256, (30, 34, 3), dtype=np.uint8)
    laid = LAYOUTS[layout](image)
    np.testing.assert_array_equal(laid, image)
    np.testing.assert_array_equal(average(laid, 11, 13), average(image, 11, 13))
