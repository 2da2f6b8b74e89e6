import cv2
import numpy as np
import pytest

from brainscan.segment import refine, refinements

LOOK_AT_THE_IMAGE = sorted(set(refinements) - {"threshold"})


@pytest.fixture
def scene():
    """A bright disc in grey, its mask, and a map that is vague, shifted and too wide."""
    rng = np.random.default_rng(0)
    disc = np.zeros((96, 110), np.uint8)
    cv2.circle(disc, (52, 46), 15, 1, cv2.FILLED)
    image = np.clip(80 + 100.0 * disc + rng.normal(0, 4, disc.shape), 0, 255).astype(np.uint8)
    rows, columns = np.mgrid[:96, :110]
    distance = np.hypot(rows - 47, columns - 53)
    return image, disc > 0, np.clip(1.15 - distance / 33, 0, 1)


def dice(one, other):
    return 2 * (one & other).sum() / (one.sum() + other.sum())


@pytest.mark.parametrize("method", LOOK_AT_THE_IMAGE)
def test_a_vague_map_becomes_the_mask_that_the_image_shows(scene, method):
    image, truth, probability = scene
    before = dice(refine(probability, image, "threshold"), truth)
    mask = refine(probability, image, method)
    assert before < 0.86
    assert mask.dtype == np.bool_
    assert mask.shape == truth.shape
    assert dice(mask, truth) > 0.93


@pytest.mark.parametrize("method", refinements)
def test_nothing_above_the_threshold_is_an_empty_mask(scene, method):
    image, _, probability = scene
    assert not refine(probability * 0.4, image, method).any()
    assert not refine(np.zeros_like(probability), image, method).any()


@pytest.mark.parametrize("method", refinements)
def test_a_flat_image_and_a_full_map_are_no_error(method):
    flat = np.full((40, 40), 7, np.uint8)
    probability = np.zeros((40, 40))
    probability[10:20, 10:20] = 0.9
    refine(probability, flat, method)
    assert refine(np.ones((40, 40)), flat, method).mean() > 0.9


@pytest.mark.parametrize("method", refinements)
def test_the_same_input_gives_the_same_mask_and_is_left_as_it_is(scene, method):
    image, _, probability = scene
    copies = image.copy(), probability.copy()
    first = refine(probability, image, method, threshold=0.4)
    np.testing.assert_array_equal(first, refine(probability, image, method, threshold=0.4))
    np.testing.assert_array_equal(image, copies[0])
    np.testing.assert_array_equal(probability, copies[1])


def test_deep_and_colour_images_are_looked_at_by_brightness(scene):
    image, truth, probability = scene
    deep = image.astype(np.uint16) * 100 + 5000
    assert dice(refine(probability, deep), truth) > 0.95
    assert dice(refine(probability, np.stack([image] * 3, axis=2)), truth) > 0.95


def test_bad_input_is_refused(scene):
    image, _, probability = scene
    with pytest.raises(ValueError, match="size of its image, 96x110.*got 95x110"):
        refine(probability[1:], image)
    with pytest.raises(ValueError, match="probability must lie in 0 to 1; got 0 to 2"):
        refine(probability * 2, image)
    with pytest.raises(ValueError, match="in 0 to 1; got nan"):
        refine(np.full_like(probability, np.nan), image)
    with pytest.raises(ValueError, match="threshold must lie between 0 and 1; got 1"):
        refine(probability, image, threshold=1.0)
    with pytest.raises(ValueError, match="Did you mean 'graph_cut'?"):
        refine(probability, image, "graph_cuts")
