"""A chain samples once, is pure in its key, and takes masks and boxes along."""

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from brainscan.augment import ColorShift, Compose, HorizontalFlip, Rotation, Shift, Zoom, paper
from brainscan.augment.sample import sample_image

KEY = jax.random.key(7)
RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(0, 255, (4, 40, 30, 3)).astype(np.float32)


TURN = Compose((Rotation(20),))
SHORT = Compose((Rotation(20), ColorShift(10)))


@dataclass(frozen=True)
class Fixed:
    """A user's own part that draws nothing."""

    rows: tuple[tuple[float, float, float], ...]

    def matrix(self, key, size):
        return jnp.array((*self.rows, (0, 0, 1)), jnp.float32)


@dataclass(frozen=True)
class Brighten:
    by: float

    def __call__(self, key, image):
        return image + self.by


PARTS = (
    Fixed(((0.966, -0.259, 0), (0.259, 0.966, 0))),
    Fixed(((1, 0, 7), (0, 1, -5))),
    Fixed(((1, 0, 0), (0.2, 1, 0))),
    Fixed(((1.2, 0, 0), (0, 0.85, 0))),
)


def gaussian(matrix=None, length=96):
    """Sample the blob ``200 exp(-r^2 / 2s^2)`` at the points that an affine map sends here."""
    at = np.arange(length) - (length - 1) / 2
    points = np.stack([*np.meshgrid(at, at, indexing="ij"), np.ones((length, length))])
    row, column, _ = np.tensordot(np.linalg.inv(np.eye(3) if matrix is None else matrix), points, 1)
    blob = 200 * np.exp(-(row**2 + column**2) / (2 * 12**2))
    return blob[:, :, None].astype(np.float32)


def test_four_parts_are_one_sampling_first_part_first():
    image, product = gaussian(), np.eye(3)
    one_by_one = jnp.asarray(image)
    for part in PARTS:
        product = np.array((*part.rows, (0, 0, 1))) @ product
        one_by_one = sample_image(one_by_one, part.matrix(KEY, (96, 96)))
    at_once = Compose(PARTS)(KEY, image)
    np.testing.assert_allclose(Compose(PARTS).matrix(KEY, (96, 96)), product, atol=1e-5)
    exact = gaussian(product)
    # A bilinear step is off by at most f'' / 8 an axis: 200 / 12^2 / 8 * 2 = 0.35 gray levels.
    assert np.abs(at_once - exact).max() < 0.35
    assert np.abs(one_by_one - at_once).max() < 4 * 0.35
    assert np.abs(one_by_one - exact).max() > np.abs(at_once - exact).max()
    wrong_order = Compose(PARTS[::-1])(KEY, image)
    assert np.abs(wrong_order - exact).max() > 10


def test_the_same_key_gives_the_same_bits_and_another_key_another_image():
    warp = paper()
    first = warp(KEY, IMAGES)
    np.testing.assert_array_equal(first, paper()(jax.random.key(7), jnp.asarray(IMAGES)))
    assert np.abs(first - warp(jax.random.key(8), IMAGES)).mean() > 10


def test_the_older_form_of_keys_is_welcome():
    new, old = TURN(jax.random.key(7), IMAGES[0]), TURN(jax.random.PRNGKey(7), IMAGES[0])
    np.testing.assert_array_equal(new, old)


def test_a_batch_equals_its_images_one_by_one_under_the_split_keys():
    warp, keys = paper(), jax.random.split(KEY, len(IMAGES))
    batch = warp(KEY, IMAGES)
    alone = jnp.stack([warp(key, image) for key, image in zip(keys, IMAGES, strict=True)])
    np.testing.assert_allclose(batch, alone, atol=1e-2)
    same = warp(KEY, np.stack([IMAGES[0]] * 4))
    assert np.abs(same[0] - same[1]).mean() > 10  # each image is changed in its own way


def test_jit_vmap_and_no_compilation_agree():
    warp, keys = SHORT, jax.random.split(KEY, len(IMAGES))
    batch = warp(KEY, IMAGES)
    np.testing.assert_allclose(jax.jit(warp)(KEY, IMAGES), batch, atol=1e-2)
    np.testing.assert_allclose(jax.vmap(warp)(keys, jnp.asarray(IMAGES)), batch, atol=1e-2)
    with jax.disable_jit():
        eager = TURN(keys[0], IMAGES[0])
    # The compiler joins products and sums, so coordinates differ in their last bits.
    np.testing.assert_allclose(eager, TURN(keys[0], IMAGES[0]), atol=5e-2)


def test_it_is_compiled_once_a_shape_though_the_preset_is_made_anew():
    traced = []

    @dataclass(frozen=True)
    class Counted(Brighten):
        def __call__(self, key, image):
            traced.append(image.shape)
            return image

    for seed in range(3):
        Compose((Counted(1),))(jax.random.key(seed), IMAGES)
    assert len(traced) == 1


def test_uint8_is_rounded_and_floats_are_cut_at_the_range():
    image = np.array([[[0], [100], [250]]], np.uint8)
    brighter = Compose((Brighten(5.6),))
    assert brighter(KEY, image).dtype == jnp.uint8
    assert brighter(KEY, image).tolist() == [[[6], [106], [255]]]
    floats = brighter(KEY, image.astype(np.float32))
    np.testing.assert_allclose(floats, [[[5.6], [105.6], [255]]], rtol=1e-6)
    assert Compose((Brighten(-5.6),))(KEY, image).tolist() == [[[0], [94], [244]]]


def test_no_parts_and_colour_parts_leave_every_pixel_in_its_place():
    np.testing.assert_array_equal(Compose(())(KEY, IMAGES), IMAGES)
    np.testing.assert_array_equal(Compose((ColorShift(0),))(KEY, IMAGES), IMAGES)


def test_colour_parts_follow_in_their_order():
    image = np.full((2, 2, 1), 100, np.float32)
    parts = (Brighten(10), ColorShift(0), Brighten(-30), Rotation(20))
    np.testing.assert_allclose(Compose(parts)(KEY, image), 80, atol=1e-4)


def test_a_mask_follows_its_image():
    image = np.zeros((64, 48, 1), np.float32)
    image[20:44, 16:30] = 255
    moved, warp = 0, Compose((Rotation(20), Shift(), Zoom()))
    for seed in range(5):
        key = jax.random.key(seed)
        seen = np.asarray(warp(key, image))[:, :, 0]
        mask = np.asarray(warp.transform_mask(key, image[:, :, 0] > 0))
        # A pixel whose nearest neighbour is inside has at least a quarter of its weight there.
        assert seen[mask].min() > 0.24 * 255
        assert seen[~mask].max() < 0.76 * 255
        moved += (mask != (image[:, :, 0] > 0)).sum()
    assert moved > 500


def test_masks_of_a_batch_follow_their_images():
    masks, warp = IMAGES[:, :, :, 0] > 128, SHORT
    keys = jax.random.split(KEY, len(masks))
    alone = jnp.stack([warp.transform_mask(k, m) for k, m in zip(keys, masks, strict=True)])
    np.testing.assert_array_equal(warp.transform_mask(KEY, masks), alone)


def test_boxes_follow_and_hold_the_moved_mask():
    warp = paper()
    mask = np.zeros((64, 48), bool)
    mask[20:33, 10:31] = True
    boxes = np.array([[20, 10, 33, 31]], np.float32)
    for seed in range(10):
        key = jax.random.key(seed)
        rows, columns = np.nonzero(np.asarray(warp.transform_mask(key, mask)))
        [[top, left, bottom, right]] = warp.transform_boxes(key, boxes, (64, 48)).tolist()
        assert top < rows.min() + 0.501
        assert left < columns.min() + 0.501
        assert bottom > rows.max() + 0.499
        assert right > columns.max() + 0.499
        # And it is no larger than it must be: turned by 20 degrees at most, sheared by 0.2.
        assert rows.min() - top < 8
        assert right - columns.max() < 13


def test_boxes_of_a_batch_follow_their_images():
    boxes = np.array([[[5, 5, 9, 9], [0, 0, 40, 30]]] * 4)
    keys = jax.random.split(KEY, 4)
    move = partial(SHORT.transform_boxes, size=(40, 30))
    alone = jnp.stack([move(k, b) for k, b in zip(keys, boxes, strict=True)])
    batch = move(KEY, boxes)
    assert batch.dtype == jnp.float32
    np.testing.assert_allclose(batch, alone, atol=1e-4)


def test_it_runs_inside_a_compiled_training_step():
    @jax.jit
    def step(weight, key, images):
        def loss(weight):
            return (SHORT(key, images) * weight).mean()

        return weight - 1e-3 * jax.grad(loss)(weight)

    assert step(jnp.float32(1), KEY, IMAGES) < 1


def test_an_empty_batch_stays_empty():
    assert HORIZONTAL(KEY, IMAGES[:0]).shape == (0, 40, 30, 3)


HORIZONTAL = Compose((HorizontalFlip(p=1),))


def test_flip_twice_is_the_identity():
    np.testing.assert_array_equal(HORIZONTAL(KEY, IMAGES), IMAGES[:, :, ::-1])
    np.testing.assert_array_equal(HORIZONTAL(KEY, HORIZONTAL(KEY, IMAGES)), IMAGES)


def test_the_paper_preset_has_the_values_of_the_paper():
    shown = repr(paper())
    for part in (
        "Rotation(angle_deg=20.0)",
        "Shift(height=0.2, width=0.2)",
        "Shear(factor=0.2)",
        "Zoom(fraction=0.2)",
        "HorizontalFlip(p=0.5)",
        "RandomCrop(fraction=0.9)",
        "ColorShift(levels=10.0)",
    ):
        assert part in shown
    assert hash(paper()) == hash(paper())


@pytest.mark.parametrize(
    ("shape", "message"),
    [((5,), r"mask must have shape \(height, width\) or .* got \(5,\)"), ((2, 3, 4, 5), "mask")],
)
def test_masks_of_another_shape_are_refused(shape, message):
    with pytest.raises(ValueError, match=message):
        paper().transform_mask(KEY, np.zeros(shape))


def test_boxes_of_another_form_are_refused():
    with pytest.raises(ValueError, match=r"boxes must have shape \(k, 4\) .* got \(3, 5\)"):
        paper().transform_boxes(KEY, np.zeros((3, 5)), (10, 10))
    with pytest.raises(ValueError, match=r"boxes must have shape \(k, 4\) .* got \(4,\)"):
        paper().transform_boxes(KEY, np.zeros(4), (10, 10))
    with pytest.raises(ValueError, match=r"size must be two positive integers .* got \(0, 10\)"):
        paper().transform_boxes(KEY, np.zeros((1, 4)), (0, 10))
