import numpy as np
import pytest

from brainscan.benchmark import controls

IMAGES = np.random.default_rng(0).integers(1, 256, (6, 40, 60, 3), dtype=np.uint8)
LABELS = np.array([0, 1, 0, 1, 1, 1])


def apply(name, seed=0):
    return controls[name].apply(IMAGES.copy(), LABELS.copy(), seed)


def test_shuffled_labels_are_the_same_labels_elsewhere():
    images, labels = apply("shuffled_labels", seed=3)
    np.testing.assert_array_equal(images, IMAGES)
    assert labels.sum() == LABELS.sum()
    assert any(not np.array_equal(apply("shuffled_labels", s)[1], LABELS) for s in range(5))
    np.testing.assert_array_equal(labels, apply("shuffled_labels", seed=3)[1])


def test_border_only_keeps_a_tenth_of_each_side():
    images, labels = apply("border_only")
    np.testing.assert_array_equal(labels, LABELS)
    assert (images[:, 4:36, 6:54] == 0).all()
    kept = np.ones((40, 60), bool)
    kept[4:36, 6:54] = False
    np.testing.assert_array_equal(images[:, kept], IMAGES[:, kept])


def test_centre_masked_blacks_out_the_middle_half():
    images, _ = apply("centre_masked")
    assert (images[:, 10:30, 15:45] == 0).all()
    kept = np.ones((40, 60), bool)
    kept[10:30, 15:45] = False
    np.testing.assert_array_equal(images[:, kept], IMAGES[:, kept])


def test_unknown_control():
    with pytest.raises(ValueError, match=r"got 'shuffled'\. Did you mean 'shuffled_labels'"):
        controls["shuffled"]
