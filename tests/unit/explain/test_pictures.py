import numpy as np
import pytest

import brainscan as bs
from brainscan.explain import figure, overlay, uncrop
from brainscan.preprocess import Box


def spot(shape=(40, 50), box=(10, 15, 20, 30)):
    heat = np.zeros(shape, np.float32)
    heat[box[0] : box[2], box[1] : box[3]] = 1
    return heat


def test_a_map_goes_back_to_where_its_crop_was():
    whole = uncrop(np.ones((150, 150)), Box(10, 20, 40, 60), (50, 80))
    assert whole.dtype == np.float32
    assert whole[10:40, 20:60].min() == 1
    assert whole.sum() == 30 * 40


def test_a_map_of_its_crops_own_size_is_not_changed():
    rng = np.random.default_rng(0)
    image = rng.random((50, 60)).astype(np.float32)
    box = Box(5, 6, 45, 50)
    whole = uncrop(image[5:45, 6:50], box, image.shape)
    np.testing.assert_array_equal(whole[5:45, 6:50], image[5:45, 6:50])


def test_cropping_and_putting_back_finds_the_place():
    data = bs.datasets.load("phantom", n=8)
    cropper = bs.preprocess.BrainCropper(size=(150, 150))
    for index in np.flatnonzero(data.labels == 1):
        image, mask = data[int(index)], data.masks[int(index)]
        box = cropper.box(image)
        from brainscan.preprocess.resize import resize

        seen = resize(np.float32(mask)[box.top : box.bottom, box.left : box.right], (150, 150))
        back = uncrop(seen, box, image.shape) > 0.5
        common = (back & mask).sum() / (back | mask).sum()
        assert common > 0.9


def test_a_colour_images_shape_will_do():
    assert uncrop(np.ones((4, 4)), Box(0, 0, 4, 4), (4, 6, 3)).shape == (4, 6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones((2, 4, 4)), Box(0, 0, 4, 4), (4, 4)), r"map must have shape \(rows, columns\)"),
        ((np.ones((4, 4)), Box(0, 0, 5, 4), (4, 4)), "box must lie within the image of 4 x 4"),
        ((np.ones((4, 4)), Box(2, 0, 2, 4), (4, 4)), "Give the shape of the image that was"),
        ((np.ones((4, 4)), Box(0, 0, 4, 4), (0, 4)), "shape must be two positive integers"),
    ],
)
def test_a_map_that_cannot_be_put_back(arguments, message):
    with pytest.raises(ValueError, match=message):
        uncrop(*arguments)


def test_where_the_map_is_zero_the_image_shows():
    image = np.random.default_rng(0).integers(0, 256, (40, 50), np.uint8)
    mixed = overlay(image, spot(), level=None)
    outside = spot() == 0
    for channel in range(3):
        np.testing.assert_array_equal(mixed[..., channel][outside], image[outside])
    assert (mixed[12, 20] != image[12, 20]).any()


def test_alpha_is_how_much_colour_covers():
    image, heat = np.full((40, 50), 100, np.uint8), spot()
    np.testing.assert_array_equal(overlay(image, heat, alpha=0, level=None)[..., 0], image)
    top = np.rint(np.array([0.988362, 0.998364, 0.644924]) * 255)  # the end of inferno
    np.testing.assert_allclose(overlay(image, heat, alpha=1, level=None)[15, 20], top, atol=1)


def test_a_line_goes_around_the_hot_part():
    mixed = overlay(np.zeros((40, 50), np.uint8), spot(), alpha=0, level=0.5)
    drawn = mixed.any(axis=2)
    assert drawn.sum() == 2 * 10 + 2 * 15 - 4
    assert not drawn[11:19, 16:29].any()


@pytest.mark.parametrize(
    ("image", "channels"), [(np.uint8, 3), (np.uint16, 1), (np.float32, 4), (np.uint8, None)]
)
def test_any_image(image, channels):
    shape = (40, 50) if channels is None else (40, 50, channels)
    pixels = np.random.default_rng(0).integers(0, 200, shape).astype(image)
    assert overlay(pixels, spot()).shape == (40, 50, 3)
    assert len(figure(pixels, spot(), "title", mask=spot() > 0).axes) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"map": spot((40, 40))}, "map must have the image's size, 40 x 50; got shape"),
        ({"map": spot() * 2}, "map must be in 0 to 1, as heat_map gives it; got 0.0 to 2.0"),
        ({"map": spot() * np.nan}, "map must be in 0 to 1"),
        ({"alpha": 1.5}, "alpha must be 0 to 1; got 1.5"),
        ({"level": 0.0}, "level must be above 0 and at most 1, or None; got 0.0"),
    ],
)
def test_what_cannot_be_drawn(change, message):
    arguments = {"image": np.zeros((40, 50), np.uint8), "map": spot(), **change}
    for draw in (overlay, figure):
        with pytest.raises(ValueError, match=message):
            draw(**arguments)


def test_a_mask_of_another_size_is_not_drawn():
    with pytest.raises(ValueError, match="mask must have the image's size, 40 x 50; got shape"):
        figure(np.zeros((40, 50), np.uint8), spot(), mask=spot((50, 50)) > 0)


@pytest.mark.parametrize("heat", [np.zeros((40, 50)), np.ones((40, 50)), spot()])
def test_a_figure_can_be_written(heat, tmp_path):
    drawn = figure(np.zeros((40, 50), np.uint8), heat, title="scan $1_.png", mask=spot() > 0)
    drawn.savefig(tmp_path / "map.png")
    assert (tmp_path / "map.png").stat().st_size > 1000
