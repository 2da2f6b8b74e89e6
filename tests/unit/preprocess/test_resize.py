import numpy as np
import pytest

from brainscan.preprocess import Resize


def test_halving_averages_squares():
    image = np.array([[0, 2, 10, 30], [4, 2, 50, 10]], np.uint8)
    np.testing.assert_array_equal(Resize((1, 2))(image), [[2, 25]])


def test_shrinking_does_not_alias():
    stripes = np.zeros((64, 64), np.float32)
    stripes[::2] = 100
    np.testing.assert_allclose(Resize((16, 64))(stripes), 50, rtol=1e-5)


def test_shrinking_one_side_while_the_other_grows_does_not_alias():
    stripes = np.zeros((64, 8), np.float32)
    stripes[::2] = 100
    np.testing.assert_allclose(Resize((16, 32))(stripes), 50, rtol=1e-5)


def test_enlarging_interpolates_linearly_between_pixel_centres():
    image = np.array([[0, 100]], np.float32)
    np.testing.assert_allclose(Resize((1, 4))(image), [[0, 25, 75, 100]])


def test_size_is_height_then_width():
    assert Resize((20, 30))(np.zeros((64, 64), np.uint8)).shape == (20, 30)


@pytest.mark.parametrize("channels", [(), (1,), (3,), (4,)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_dtype_and_channels_are_kept(dtype, channels):
    image = np.full((10, 12, *channels), 200, dtype)
    resized = Resize((7, 15))(image)
    np.testing.assert_array_equal(resized, np.full((7, 15, *channels), 200, dtype), strict=True)


def test_channels_stay_apart():
    image = np.zeros((8, 8, 3), np.uint8)
    image[:, :, 1] = 90
    np.testing.assert_array_equal(Resize((3, 11))(image)[0, 0], [0, 90, 0])


def test_16_bits_are_kept():
    image = np.full((8, 8), 54321, np.uint16)
    assert (Resize((5, 5))(image) == 54321).all()


def test_white_stays_white_however_much_it_shrinks():
    for value in (65534, 65535):
        image = np.full((4500, 4500), value, np.uint16)
        np.testing.assert_allclose(Resize((8, 8))(image).astype(int), value, atol=1)


def test_whole_numbers_are_rounded():
    image = np.array([[0, 1, 1, 1]], np.uint8)
    np.testing.assert_array_equal(Resize((1, 1))(image), [[1]])
    np.testing.assert_array_equal(Resize((1, 1))(image.astype(np.float32)), [[0.75]])


def test_the_same_size_is_a_copy():
    image = np.arange(12, dtype=np.uint8).reshape(3, 4)
    same = Resize((3, 4))(image)
    np.testing.assert_array_equal(same, image)
    assert not np.shares_memory(same, image)


def test_views_that_are_not_contiguous_are_taken():
    image = np.arange(64, dtype=np.uint8).reshape(8, 8)
    flipped = image[::-1, ::-1]
    np.testing.assert_array_equal(Resize((4, 4))(flipped), Resize((4, 4))(flipped.copy()))


def test_a_1x1_image_can_be_enlarged():
    np.testing.assert_array_equal(Resize((4, 5))(np.full((1, 1), 9, np.uint8)), np.full((4, 5), 9))


@pytest.mark.usefixtures("as_a_user")
@pytest.mark.parametrize("size", [(-1, 150), (150, 0), (150,), (1, 2, 3), (150.0, 150), 150])
def test_a_wrong_size_is_refused(size):
    with pytest.raises(ValueError, match=r"size must be two positive integers \(height, width\)"):
        Resize(size)
