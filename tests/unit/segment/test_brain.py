import numpy as np
import pytest

from brainscan.datasets import phantom
from brainscan.segment import brain_mask, head_mask


def dice(one, other):
    return 2 * (one & other).sum() / (one.sum() + other.sum())


def test_head_and_brain_of_simulated_slices_are_found():
    scans = [phantom.simulate(index, 11) for index in range(30)]
    heads = [dice(head_mask(scan.image), scan.head) for scan in scans]
    brains = [dice(brain_mask(scan.image), scan.brain) for scan in scans]
    assert np.mean(heads) > 0.97
    assert np.mean(brains) > 0.95
    assert np.min(brains) > 0.65  # a T2 slice, dark beside a bright tumour


def test_the_brain_lies_in_the_head_and_depth_and_colour_change_little():
    image = phantom.simulate(4, 11).image
    found = brain_mask(image)
    assert not (found & ~head_mask(image)).any()
    assert dice(brain_mask(np.stack([image] * 3, axis=2)), found) == 1
    assert dice(brain_mask(image.astype(np.uint16) * 100 + 3000), found) > 0.95


@pytest.mark.parametrize("value", [0, 255])
def test_a_blank_slice_has_neither(value):
    blank = np.full((40, 50), value, np.uint8)
    assert not head_mask(blank).any()
    assert not brain_mask(blank).any()


@pytest.mark.parametrize("shape", [(1, 1), (3, 60), (12, 12)])
def test_tiny_images_are_no_error(shape):
    image = np.zeros(shape, np.uint8)
    image[shape[0] // 3 :, shape[1] // 3 :] = 200
    assert brain_mask(image).shape == shape


def test_what_is_no_image_is_refused():
    with pytest.raises(ValueError, match="image must have shape"):
        brain_mask(np.zeros((2, 40, 40, 3), np.uint8))
