"""Bad keys, images and parts are named, with the mend."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from brainscan.augment import Compose, Rotation, paper
from brainscan.augment.checks import check_key, check_part, check_pixels


@dataclass
class Mutable:
    def matrix(self, key, size):
        return jnp.eye(3)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (3, "each part must either have matrix.* got 3"),
        (Rotation, "got <class .*Make an object of a class"),
        (paper(), r"got Compose.*unpack a chain"),
        (Mutable(), r"parts must be hashable, as frozen dataclasses are; got Mutable\(\)"),
    ],
)
def test_what_is_no_part_is_refused(part, message):
    with pytest.raises(TypeError, match=message):
        check_part(part)


def test_a_chain_in_a_chain_is_refused_and_its_parts_are_welcome():
    with pytest.raises(TypeError, match="unpack a chain"):
        Compose((paper(), Rotation()))
    assert len(Compose((*paper().parts, Rotation())).parts) == 8


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (0, r"key must be one JAX random key; got 0\. Make it with jax\.random\.key\(0\)"),
        (jax.random.split(jax.random.key(0), 3), r"got key<fry> of shape \(3,\)"),
        (np.zeros(2), r"got float64 of shape \(2,\)"),
    ],
)
def test_what_is_no_key_is_refused(key, message):
    with pytest.raises(TypeError, match=message):
        check_key(key)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ([[1, 2]], "image must be uint8 or float32 in 0 to 255; got list"),
        (np.zeros((4, 4, 3)), r"got float64\. brainscan\.preprocess\.ToRange255\(\) makes"),
        (np.zeros((4, 4, 3), np.uint16), "got uint16"),
        (np.zeros((4, 4), np.uint8), r"got \(4, 4\)\. Gray ones get their channel with"),
        (np.zeros((0, 4, 3), np.uint8), r"must have shape .* got \(0, 4, 3\)"),
        (np.full((2, 2, 1), -1.5, np.float32), "in 0 to 255; got -1.5 to -1.5. Augment before"),
        (np.full((2, 2, 1), np.nan, np.float32), "in 0 to 255; got nan"),
        (np.array([[[0.0], [1.0]]], np.float32), r"in 0 to 255; got 0 to 1.*ToRange255\(\)"),
        (np.zeros((16, 5, 5), np.uint8), r"1, 3 or 4 channels; got \(16, 5, 5\)\. Gray ones"),
        (np.full((2, 2, 1), 256, np.float32), "in 0 to 255; got 256 to 256"),
    ],
)
def test_what_is_no_image_is_refused(image, message):
    with pytest.raises(ValueError, match=message):
        check_pixels(image)
    with pytest.raises((ValueError, TypeError)):  # a list: the run-time type check of the tests
        paper()(jax.random.key(0), image)
