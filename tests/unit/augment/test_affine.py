"""What each part draws: its range, its form, and its refusals."""

import jax
import numpy as np
import pytest

from brainscan.augment import HorizontalFlip, RandomCrop, Rotation, Shear, Shift, Zoom

SIZE = (100, 200)


def draws(part, n=1000):
    keys = jax.random.split(jax.random.key(0), n)
    return np.asarray(jax.vmap(lambda key: part.matrix(key, SIZE))(keys), np.float64)


def assert_fills(values, low, high):
    """Check a uniform distribution by its ends and its mean."""
    span = high - low
    assert low <= values.min() < low + 0.02 * span
    assert high - 0.02 * span < values.max() <= high
    assert abs(values.mean() - (low + high) / 2) < 0.05 * span


def test_rotation_turns_within_its_angle_and_nothing_else():
    matrices = draws(Rotation(angle_deg=20))
    angles = np.rad2deg(np.arctan2(matrices[:, 1, 0], matrices[:, 0, 0]))
    assert_fills(angles, -20.0001, 20.0001)
    product = matrices @ matrices.transpose(0, 2, 1)
    np.testing.assert_allclose(product, np.broadcast_to(np.eye(3), product.shape), atol=1e-6)
    np.testing.assert_allclose(np.linalg.det(matrices), 1, atol=1e-6)


def test_shift_moves_by_shares_of_height_and_width():
    matrices = draws(Shift(height=0.1, width=0.3))
    assert_fills(matrices[:, 0, 2], -10.0001, 10.0001)
    assert_fills(matrices[:, 1, 2], -60.0001, 60.0001)
    assert abs(np.corrcoef(matrices[:, 0, 2], matrices[:, 1, 2])[0, 1]) < 0.1
    matrices[:, :2, 2] = 0
    assert (matrices == np.eye(3)).all()


def test_shear_slides_rows_sideways():
    matrices = draws(Shear(factor=0.2))
    assert_fills(matrices[:, 1, 0], -0.2000001, 0.2000001)
    matrices[:, 1, 0] = 0
    assert (matrices == np.eye(3)).all()


def test_zoom_scales_the_field_of_view_of_each_axis():
    field = np.linalg.inv(draws(Zoom(fraction=0.2)))
    assert_fills(field[:, 0, 0], 0.799999, 1.200001)
    assert_fills(field[:, 1, 1], 0.799999, 1.200001)
    assert abs(np.corrcoef(field[:, 0, 0], field[:, 1, 1])[0, 1]) < 0.1
    off_diagonal = field * (1 - np.eye(3))
    assert (off_diagonal == 0).all()


@pytest.mark.parametrize(("p", "low", "high"), [(0, 0, 0), (0.5, 0.45, 0.55), (1, 1, 1)])
def test_flip_comes_with_its_probability(p, low, high):
    matrices = draws(HorizontalFlip(p=p))
    flipped = matrices[:, 1, 1] == -1
    assert low <= flipped.mean() <= high
    matrices[:, 1, 1] = 1
    assert (matrices == np.eye(3)).all()


def test_crop_windows_lie_inside_the_image_and_reach_its_borders():
    field = np.linalg.inv(draws(RandomCrop(fraction=0.6)))
    assert_fills(field[:, 0, 0], 0.599999, 1.000001)
    np.testing.assert_allclose(field[:, 0, 0], field[:, 1, 1], atol=1e-6)
    for axis, length in enumerate(SIZE):
        start = field[:, axis, 2] - field[:, axis, axis] * length / 2 + length / 2
        stop = start + field[:, axis, axis] * length
        assert start.min() > -1e-3
        assert stop.max() < length + 1e-3
        room = length - (stop - start)
        assert_fills((start / room)[room > 1], -0.001, 1.001)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Rotation(-1), "angle_deg must be a number of at least 0 and at most 180; got -1"),
        (lambda: Rotation(181.0), "angle_deg .* got 181.0"),
        (lambda: Rotation(float("nan")), "angle_deg .* got nan"),
        (lambda: Shift(height=1), "height must be .* at least 0 and below 1; got 1"),
        (lambda: Shift(width=-0.1), "width must be .* got -0.1"),
        (lambda: Shear(1.5), "factor must be .* at most 1; got 1.5"),
        (lambda: Zoom(1.0), "fraction must be .* below 1; got 1.0"),
        (lambda: HorizontalFlip(1.01), "p must be .* at most 1; got 1.01"),
        (lambda: HorizontalFlip(True), "p must be a number .* got True"),
        (lambda: RandomCrop(0.0), "fraction must be above 0, or nothing is left; got 0"),
        (lambda: RandomCrop(1.1), "fraction must be .* at most 1; got 1.1"),
    ],
)
def test_settings_out_of_range_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
