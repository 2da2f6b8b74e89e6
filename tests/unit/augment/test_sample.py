"""Sampling against scikit-image and NumPy, which share no code with it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from skimage.transform import warp

from brainscan.augment import sample
from brainscan.augment.affine import rotation, scaling, translation

invert, sample_image, sample_mask = map(
    jax.jit, (sample.invert, sample.sample_image, sample.sample_mask)
)
move_boxes = jax.jit(sample.move_boxes, static_argnums=2)

MATRICES = [
    [[0.94, -0.34, 3.7], [0.34, 0.94, -2.2], [0, 0, 1]],
    [[1.21, 0.13, -4.1], [-0.2, 0.84, 6.3], [0, 0, 1]],
    [[0.83, 0.21, 11.53], [0, -1.137, 0.371], [0, 0, 1]],
]


def skimage_map(matrix, size):
    """Return the map output -> input of scikit-image, on (x, y, 1) from the upper left pixel."""
    height, width = size
    centre = np.array([[1, 0, (height - 1) / 2], [0, 1, (width - 1) / 2], [0, 0, 1]])
    swap = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]])
    forward = centre @ np.array(matrix, np.float64) @ np.linalg.inv(centre)
    return swap @ np.linalg.inv(forward) @ swap


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("size", [(64, 64), (41, 70)])
def test_images_equal_scikit_image_in_double_precision(matrix, size):
    image = np.random.default_rng(0).uniform(0, 255, (*size, 3)).astype(np.float32)
    expected = warp(
        image.astype(np.float64), skimage_map(matrix, size), order=1, mode="edge", clip=False
    )
    moved = sample_image(jnp.asarray(image), jnp.array(matrix, jnp.float32))
    # Coordinates in single precision are off by 1e-5 pixels, between neighbours up to 255 apart.
    np.testing.assert_allclose(moved, expected, atol=1e-2)


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("size", [(64, 64), (41, 70)])
def test_masks_equal_scikit_image(matrix, size):
    labels = np.random.default_rng(0).integers(1, 9, size, np.uint8)
    expected = warp(
        labels, skimage_map(matrix, size), order=0, mode="constant", preserve_range=True
    )
    moved = sample_mask(jnp.asarray(labels), jnp.array(matrix, jnp.float32))
    assert moved.dtype == jnp.uint8
    assert (np.asarray(moved) != expected).mean() < 1e-3  # ties between two pixels may differ
    assert (expected == 0).any()


@pytest.mark.parametrize("shape", [(1, 1, 1), (7, 4, 3), (150, 150, 3)])
def test_the_identity_keeps_every_bit(shape):
    image = np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)
    np.testing.assert_array_equal(sample_image(jnp.asarray(image), jnp.eye(3)), image)
    np.testing.assert_array_equal(
        sample_mask(jnp.asarray(image[:, :, 0]), jnp.eye(3)), image[:, :, 0]
    )


@pytest.mark.parametrize("turns", [1, 2, 3])
@pytest.mark.parametrize("length", [8, 9])
def test_quarter_turns_are_those_of_numpy(turns, length):
    image = np.random.default_rng(0).uniform(0, 255, (length, length, 2)).astype(np.float32)
    image = jnp.asarray(image)
    matrix = rotation(jnp.float32(turns * np.pi / 2))
    np.testing.assert_allclose(sample_image(image, matrix), np.rot90(image, turns), atol=1e-2)
    mask = image[:, :, 0] > 128
    np.testing.assert_array_equal(sample_mask(mask, matrix), np.rot90(mask, turns))


@pytest.mark.parametrize("shape", [(5, 6, 1), (4, 7, 3)])
def test_flip_is_that_of_numpy_and_twice_is_the_identity(shape):
    image = np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)
    image = jnp.asarray(image)
    flip = scaling(jnp.array([1.0, -1.0]))
    flipped = sample_image(image, flip)
    np.testing.assert_array_equal(flipped, image[:, ::-1])
    np.testing.assert_array_equal(sample_image(flipped, flip), image)


def test_a_shift_moves_down_and_right_and_repeats_the_edge():
    image = jnp.arange(12, dtype=jnp.float32).reshape(3, 4, 1)
    moved = sample_image(image, translation(jnp.array([1.0, 2.0])))
    by_hand = [[0, 0, 0, 1], [0, 0, 0, 1], [4, 4, 4, 5]]
    np.testing.assert_array_equal(moved[:, :, 0], by_hand)


def test_a_shifted_mask_is_empty_where_the_image_repeats_its_edge():
    mask = jnp.ones((3, 4), bool)
    moved = sample_mask(mask, translation(jnp.array([1.0, 2.0])))
    assert moved.dtype == bool
    np.testing.assert_array_equal(moved, [[0, 0, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]])


@pytest.mark.parametrize("matrix", MATRICES)
def test_the_inverse_is_that_of_numpy(matrix):
    inverse = invert(jnp.array(matrix, jnp.float32))
    np.testing.assert_allclose(inverse, np.linalg.inv(np.array(matrix)), atol=1e-5)


def test_boxes_worked_out_by_hand():
    boxes = jnp.array([[10.0, 20.0, 30.0, 60.0], [0.0, 0.0, 100.0, 200.0]])

    def moved(matrix):
        return move_boxes(boxes, matrix, (100, 200)).tolist()

    assert moved(jnp.eye(3)) == boxes.tolist()
    assert moved(scaling(jnp.array([1.0, -1.0]))) == [[10, 140, 30, 180], [0, 0, 100, 200]]
    shifted = [[0, 25, 15, 65], [0, 5, 85, 200]]  # cut at the upper and the right border
    assert moved(translation(jnp.array([-15.0, 5.0]))) == shifted
    doubled = [[0, 0, 10, 20], [0, 0, 100, 200]]
    assert moved(scaling(jnp.array([2.0, 2.0]))) == doubled
    assert moved(translation(jnp.array([-90.0, 0.0])))[0] == [0, 20, 0, 60]  # it has left


def test_a_box_turned_by_45_degrees_is_the_upright_box_around_it():
    box = jnp.array([[40.0, 40.0, 60.0, 60.0]])
    moved = move_boxes(box, rotation(jnp.float32(np.pi / 4)), (100, 100))
    half = 10 * np.sqrt(2)
    np.testing.assert_allclose(moved, [[50 - half, 50 - half, 50 + half, 50 + half]], atol=1e-4)


def test_a_matrix_without_an_inverse_reads_no_memory_outside_the_image():
    image = jnp.full((6, 6, 1), 7.0)
    mask = jnp.ones((6, 6), jnp.uint8)
    nothing = jnp.zeros((3, 3))
    assert sample_image(image, nothing).shape == (6, 6, 1)
    assert set(np.unique(sample_mask(mask, nothing))) <= {0, 1}
