import numpy as np
import pytest

from brainscan.preprocess import Standardize, ToRange255, ToRGB


def test_standardize_by_hand():
    image = np.array([[1, 2], [3, 6]], np.uint8)  # mean 3, variance (4 + 1 + 0 + 9) / 4
    expected = np.array([[-2, -1], [0, 3]]) / np.sqrt(3.5)
    done = Standardize()(image)
    assert done.dtype == np.float32
    np.testing.assert_allclose(done, expected, rtol=1e-6)


def test_standardize_takes_all_channels_of_an_image_together():
    image = np.zeros((1, 1, 3), np.uint8)
    image[0, 0] = (0, 3, 6)
    np.testing.assert_allclose(Standardize()(image)[0, 0], [-np.sqrt(1.5), 0, np.sqrt(1.5)], 1e-6)


def test_standardize_takes_each_image_by_itself():
    images = np.zeros((2, 1, 2, 3), np.uint8)
    images[0, 0, 1], images[1, 0, 1] = 2, 200
    done = Standardize()(images)
    np.testing.assert_array_equal(done[0], done[1])


@pytest.mark.parametrize("value", [0, 0.1, 255, 1e30])
def test_standardize_makes_a_constant_image_0(value):
    assert not Standardize()(np.full((7, 9), value, np.float32)).any()


def test_standardize_does_not_overflow():
    done = Standardize()(np.array([[-3e38, 3e38]], np.float32))
    np.testing.assert_allclose(done, [[-1, 1]])


def test_range_255_keeps_8_bit_values():
    image = np.array([[3, 200]], np.uint8)
    done = ToRange255()(image)
    assert done.dtype == np.float32
    np.testing.assert_array_equal(done, [[3, 200]])


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (np.array([[1000, 1500, 3000]], np.uint16), [[0, 63.75, 255]]),
        (np.array([[-1, 0, 1]], np.float32), [[0, 127.5, 255]]),
        (np.array([[True, False]]), [[255, 0]]),
        (np.array([[9, 9]], np.uint16), [[0, 0]]),
    ],
    ids=["uint16", "float32", "bool", "constant"],
)
def test_range_255_stretches_the_rest(image, expected):
    np.testing.assert_allclose(ToRange255()(image), expected, rtol=1e-6)


def test_rgb_repeats_gray():
    image = np.arange(6, dtype=np.uint16).reshape(2, 3)
    np.testing.assert_array_equal(ToRGB()(image), np.stack([image] * 3, axis=2), strict=True)
    np.testing.assert_array_equal(ToRGB()(image[:, :, None]), ToRGB()(image), strict=True)


def test_rgb_keeps_colour():
    image = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    np.testing.assert_array_equal(ToRGB()(image), image, strict=True)


def test_rgb_lays_transparency_on_black():
    image = np.zeros((1, 3, 4), np.uint8)
    image[0, :, :3] = 100
    image[0, :, 3] = (0, 51, 255)
    np.testing.assert_array_equal(ToRGB()(image)[0, :, 0], [0, 20, 100])


@pytest.mark.parametrize("step", [Standardize(), ToRange255(), ToRGB()], ids=repr)
def test_nan_pixels_are_refused(step):
    with pytest.raises(ValueError, match="image must hold finite pixels; got 1"):
        step(np.array([[0, np.nan]], np.float32))
