import numpy as np
import pytest

from brainscan.explain import energy_inside_mask, pointing_game
from brainscan.metrics import clustered_wilson


def squares(n=6, size=20):
    masks = np.zeros((n, size, size), bool)
    masks[:, 5:10, 5:15] = True
    return masks


def test_energy_by_hand():
    maps, masks = np.zeros((2, 4, 4)), np.zeros((2, 4, 4), bool)
    masks[:, :2] = True
    maps[0, 0, 0], maps[0, 3, 3] = 3, 1
    maps[1] = 1
    found = energy_inside_mask(maps, masks)
    assert found.values.tolist() == [0.75, 0.5]
    assert found.chances.tolist() == [0.5, 0.5]
    assert found.mean == 0.625
    assert found.interval.low <= 0.625 <= found.interval.high


def test_a_map_that_tells_nothing_gets_what_chance_gets():
    found = energy_inside_mask(np.zeros((2, 20, 20)), squares(2))
    assert found.values.tolist() == found.chances.tolist() == [0.125, 0.125]


def test_the_difference_from_chance_and_from_other_maps():
    rng = np.random.default_rng(0)
    masks = squares(40)
    noise = rng.random((40, 20, 20))
    good, chance = noise + 3 * masks, noise
    seen, other = energy_inside_mask(good, masks), energy_inside_mask(chance, masks)
    difference, interval = seen.above(other)
    assert difference == pytest.approx(float((seen.values - other.values).mean()))
    assert 0 < interval.low < difference < interval.high
    assert seen.above_chance()[1].low > 0.2
    low, high = other.above_chance()[1]
    assert low < 0 < high
    with pytest.raises(ValueError, match="other must be of the same images and masks"):
        seen.above(energy_inside_mask(noise[:30], masks[:30]))


def test_images_of_one_patient_tell_less():
    rng = np.random.default_rng(0)
    masks = squares(40)
    strength = np.repeat(rng.random(10), 4)[:, None, None]
    maps = 0.1 + strength * masks
    alone = energy_inside_mask(maps, masks).interval
    grouped = energy_inside_mask(maps, masks, groups=np.repeat(np.arange(10), 4)).interval
    assert grouped.high - grouped.low > 1.3 * (alone.high - alone.low)


def test_pointing_by_hand():
    maps = np.zeros((5, 20, 20))
    maps[0, 6, 6] = 1  # inside
    maps[1, 6, 17] = 1  # three columns from it
    maps[2, 6, 6] = maps[2, 0, 0] = 1  # one of two is outside
    maps[3, 9, 14] = maps[3, 9, 13] = maps[3, 10, 14] = 1  # one of three is outside
    found = pointing_game(maps, squares(5))
    assert found.values.tolist() == [1, 0, 0, 1, 0]  # the last is flat
    assert found.interval == clustered_wilson(np.array([True, False, False, True, False]))
    assert pointing_game(maps, squares(5), tolerance=2).values.tolist() == [1, 0, 0, 1, 0]
    assert pointing_game(maps, squares(5), tolerance=3).values.tolist() == [1, 1, 0, 1, 0]


def test_the_chance_of_pointing_is_the_area_with_its_margin():
    found = pointing_game(np.random.default_rng(0).random((1, 20, 20)), squares(1), tolerance=1)
    assert found.chance == pytest.approx((7 * 12 - 4) / 400)  # round at the corners


@pytest.mark.parametrize("measure", [energy_inside_mask, pointing_game])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"masks": squares(3)}, "maps, masks must have one length; got maps 2, masks 3"),
        ({"masks": squares(2, 21)}, r"a mask must have its map's size, 20 x 20; mask 0 has"),
        ({"masks": squares(2) & False}, "a mask must mark something; mask 0 is empty"),
        ({"maps": np.full((2, 20, 20), -1.0)}, "maps must be finite and 0 or above; the lowest"),
        ({"maps": np.ones((20, 20))}, r"maps must have shape \(n, height, width\); got"),
        ({"groups": np.arange(3)}, "groups must hold one group an image, 2; got 3"),
    ],
)
def test_what_cannot_be_measured(measure, change, message):
    arguments = {"maps": np.ones((2, 20, 20)), "masks": squares(2), **change}
    with pytest.raises(ValueError, match=message):
        measure(**arguments)


def test_a_negative_tolerance():
    with pytest.raises(ValueError, match="tolerance must be 0 pixels or more; got -1"):
        pointing_game(np.ones((2, 20, 20)), squares(2), tolerance=-1)
