from typing import Any

import numpy as np
import pytest

from brainscan._core.checks import check_image, check_same_length, check_size, is_one_image

check_size_of: Any = check_size.__wrapped__  # what callers without run-time types reach


@pytest.mark.parametrize("size", [(150, 150), [1, 7], np.array([3, 4])])
def test_sizes_of_two_positive_integers_are_taken(size):
    found = check_size_of(size)
    assert found == tuple(size)
    assert all(type(value) is int for value in found)


@pytest.mark.parametrize(
    "size", [(150, 0), (-1, 5), (3,), (1, 2, 3), (1.5, 2), (True, 2), "ab", 150, None, ()]
)
def test_other_sizes_are_refused(size):
    with pytest.raises(
        ValueError, match=r"crop must be two positive integers \(height, width\); got"
    ):
        check_size_of(size, name="crop")


def test_the_error_shows_the_size_received():
    with pytest.raises(ValueError, match=r"^size must be two .*; got \(150, 0\)\.$"):
        check_size((150, 0))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 1), (2, 3, 3), (2, 3, 4)])
def test_images_as_read_are_returned_as_they_are(dtype, shape):
    image = np.ones(shape, dtype)
    assert check_image(image) is image


def test_booleans_become_0_and_255():
    found = check_image([[True, False]])
    assert found.dtype == np.uint8
    assert found.tolist() == [[255, 0]]


@pytest.mark.parametrize("dtype", [np.int16, np.int64, np.float16, np.float64, np.uint32])
def test_other_numbers_become_float32(dtype):
    found = check_image(np.array([[1, 300]]).astype(dtype))
    assert found.dtype == np.float32
    assert found.tolist() == [[1, 300]]


@pytest.mark.parametrize("shape", [(3,), (2, 3, 2), (2, 3, 5), (1, 2, 3, 3), ()])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"with 1, 3 or 4 channels; got \("):
        check_image(np.zeros(shape))


@pytest.mark.parametrize("shape", [(0, 5), (5, 0, 3)])
def test_an_image_without_pixels_is_refused(shape):
    with pytest.raises(ValueError, match="at least one pixel; got shape"):
        check_image(np.zeros(shape))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
def test_what_is_not_finite_is_counted(value):
    with pytest.raises(ValueError, match=r"scan must hold finite pixels; got 1 that.*nan_to_num"):
        check_image(np.array([[0, value]]), name="scan")


@pytest.mark.parametrize("array", [np.array([["a"]]), np.array([[1j]]), np.array([[None]])])
def test_what_is_no_number_is_refused(array):
    with pytest.raises(ValueError, match="must hold real numbers; got dtype"):
        check_image(array)


def test_a_path_is_no_image():
    with pytest.raises(ValueError, match=r"got dtype <U5. A file is read by brainscan.scans.read"):
        check_image("a.png")


def test_one_image_is_an_array_of_two_or_three_dimensions():
    assert is_one_image(np.zeros((2, 3)))
    assert is_one_image(np.zeros((2, 3, 3)))
    assert not is_one_image(np.zeros((5, 2, 3, 3)))
    assert not is_one_image([np.zeros((2, 3))])


def test_lengths_that_differ_are_shown():
    check_same_length(images=[1, 2], labels=np.zeros(2))
    check_same_length()
    with pytest.raises(
        ValueError, match=r"^images, labels must have one length; got images 2, labels 1"
    ):
        check_same_length(images=[1, 2], labels=[0])
