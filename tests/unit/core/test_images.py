import numpy as np
import pytest

from brainscan._core.images import to_gray, to_range_255, to_rgb, to_uint8

RNG = np.random.default_rng(0)
GRAY = RNG.integers(0, 256, (6, 7), dtype=np.uint8)
RGB = RNG.integers(0, 256, (6, 7, 3), dtype=np.uint8)


@pytest.mark.parametrize(("dtype", "scale"), [(np.uint8, 1), (np.uint16, 257), (np.float32, 0.01)])
def test_gray_weighs_colour_as_bt601(dtype, scale):
    colour = (RGB.astype(float) * scale).astype(dtype)
    expected = colour.astype(float) @ [0.299, 0.587, 0.114]
    gray = to_gray(colour)
    assert gray.dtype == dtype
    np.testing.assert_allclose(
        gray, expected, atol={np.uint8: 0.51, np.uint16: 2, np.float32: 1e-4}[dtype]
    )


@pytest.mark.parametrize("shape", [(6, 7), (6, 7, 1)])
def test_gray_of_gray_is_itself(shape):
    np.testing.assert_array_equal(to_gray(GRAY.reshape(shape)), GRAY)


@pytest.mark.parametrize("shape", [(6, 7), (6, 7, 1)])
def test_rgb_of_gray_repeats_it(shape):
    rgb = to_rgb(GRAY.reshape(shape))
    assert rgb.shape == (6, 7, 3)
    assert all((rgb[:, :, i] == GRAY).all() for i in range(3))


def test_rgb_of_rgb_is_itself():
    np.testing.assert_array_equal(to_rgb(RGB), RGB)


@pytest.mark.parametrize(
    ("dtype", "opaque", "pixel"),
    [
        (np.uint8, 255, 200),
        (np.uint16, 65535, 60000),
        (np.float32, 1.0, 0.5),
        (np.float32, 255, 200),
    ],
)
def test_what_is_transparent_turns_black(dtype, opaque, pixel):
    image = np.full((1, 3, 4), pixel, dtype)
    image[0, :, 3] = (opaque, 0, opaque)
    expected = np.full((1, 3, 3), pixel, dtype)
    expected[0, 1] = 0
    np.testing.assert_array_equal(to_rgb(image), expected)
    np.testing.assert_allclose(to_gray(image), expected[:, :, 0], rtol=1e-6)
    assert to_rgb(image).dtype == dtype


def test_half_transparent_is_half_as_bright():
    image = np.array([[[200, 100, 50, 51]]], np.uint8)  # 51 = 255 / 5
    np.testing.assert_array_equal(to_rgb(image), [[[40, 20, 10]]])


def test_eight_bits_keep_their_values_in_0_to_255():
    found = to_range_255(GRAY)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, GRAY)


def test_other_images_are_stretched():
    image = np.array([[1000, 1500], [2000, 3000]], np.uint16)
    np.testing.assert_allclose(to_range_255(image), [[0, 63.75], [127.5, 255]])
    assert to_uint8(image).tolist() == [[0, 64], [128, 255]]
    np.testing.assert_allclose(
        to_range_255(np.array([[-1.0, 0, 1]], np.float32)), [[0, 127.5, 255]]
    )


@pytest.mark.parametrize("value", [0, 7, 65535])
def test_a_constant_image_becomes_0(value):
    assert not to_range_255(np.full((3, 3), value, np.uint16)).any()
    assert not to_uint8(np.full((3, 3), value, np.float32)).any()


@pytest.mark.parametrize("ends", [(0, 1e-45), (-3e38, 3e38), (1e-40, 2e-40)])
def test_the_extremes_of_float32_are_stretched_too(ends):
    np.testing.assert_array_equal(to_range_255(np.array([ends], np.float32)), [[0, 255]])


def test_uint8_is_returned_as_it_is():
    assert to_uint8(RGB) is RGB
