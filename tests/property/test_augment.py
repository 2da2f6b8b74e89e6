"""Laws of the augmentation, whatever the image and the key."""

import jax
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from brainscan.augment import ColorShift, Compose, HorizontalFlip, Rotation, Zoom, paper
from brainscan.augment.sample import invert

SIDES = st.integers(1, 24)
SEEDS = st.integers(0, 2**31 - 1)


def pixels(shape, dtype, seed):
    image = np.random.default_rng(seed).integers(0, 256, shape)
    return image.astype(dtype)


# Every shape is compiled anew, hence two parts and few examples here, and one shape below.
SHORT = Compose((Rotation(180), ColorShift(50)))


@settings(max_examples=6)
@given(SIDES, SIDES, st.sampled_from([1, 3]), st.sampled_from([np.uint8, np.float32]), SEEDS)
def test_shape_range_and_dtype_are_kept(height, width, channels, dtype, seed):
    image = pixels((height, width, channels), dtype, seed)
    moved = SHORT(jax.random.key(seed), image)
    assert moved.shape == image.shape
    assert moved.dtype == dtype
    assert 0 <= moved.min() <= moved.max() <= 255  # also fails for NaN


def test_the_smallest_image_is_itself_but_for_its_colour():
    image = np.full((1, 1, 3), 90, np.uint8)
    for seed in range(5):
        moved = paper()(jax.random.key(seed), image).astype(int)
        assert np.abs(moved - 90).max() <= 10


@given(SEEDS)
def test_no_value_comes_from_nowhere(seed):
    image = pixels((13, 17, 1), np.float32, seed)
    moved = Compose((Rotation(20), Zoom(0.2)))(jax.random.key(seed), image)
    assert image.min() <= moved.min() + 1e-4
    assert moved.max() <= image.max() + 1e-4


@given(SEEDS)
def test_the_same_key_gives_the_same_bits(seed):
    images = pixels((2, 13, 17, 3), np.float32, seed)
    moved, again = (np.asarray(paper()(jax.random.key(seed), images)) for _ in range(2))
    np.testing.assert_array_equal(moved, again)
    assert 0 <= moved.min() <= moved.max() <= 255


@given(SEEDS)
def test_a_batch_equals_its_images_one_by_one(seed):
    images = pixels((2, 13, 17, 3), np.float32, seed)
    key = jax.random.key(seed)
    batch = paper()(key, images)
    for number, own_key in enumerate(jax.random.split(key, 2)):
        alone = paper()(own_key, images[number])
        np.testing.assert_allclose(batch[number], alone, atol=2e-2)


@given(SEEDS)
def test_flip_twice_is_the_identity(seed):
    images = pixels((2, 13, 17, 3), np.uint8, seed)
    flip = Compose((HorizontalFlip(p=1),))
    key = jax.random.key(seed)
    assert (flip(key, images) != images).any()
    np.testing.assert_array_equal(flip(key, flip(key, images)), images)


@given(SEEDS)
def test_a_matrix_and_its_inverse_cancel(seed):
    matrix = MATRIX(jax.random.key(seed), (150, 150))
    np.testing.assert_allclose(invert(matrix) @ matrix, np.eye(3), atol=1e-4)


MATRIX = jax.jit(paper().matrix, static_argnums=1)


@given(SEEDS)
def test_a_box_holds_the_mask_that_it_held(seed):
    rng = np.random.default_rng(seed)
    top, left = rng.integers(0, 20, 2)
    bottom, right = rng.integers(21, 40, 2)
    mask = np.zeros((40, 40), bool)
    mask[top:bottom, left:right] = True
    key, boxes = jax.random.key(seed), np.array([[top, left, bottom, right]])
    rows, columns = np.nonzero(np.asarray(paper().transform_mask(key, mask)))
    moved = np.asarray(paper().transform_boxes(key, boxes, (40, 40)))[0]
    # The centres of the mask's pixels, half a pixel from their edges, lie in the box.
    assert (rows + 0.5 > moved[0] - 1e-3).all()
    assert (columns + 0.5 > moved[1] - 1e-3).all()
    assert (rows + 0.5 < moved[2] + 1e-3).all()
    assert (columns + 0.5 < moved[3] + 1e-3).all()
