"""What a GPU runs, run on whatever JAX has: it counts as the loops do, to the last pixel."""

import math
import sys

import numpy as np
import pytest

import brainscan as bs
from brainscan.features import kernels, on_gpu, table
from brainscan.features.lbp import _circle

OFFSETS = ((0, 1), (1, 1), (2, 0), (2, -2), (-1, -3))


def scans(kind, shape=(3, 31, 26)):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, shape, np.uint8)
    if kind == "few levels":
        return images // 60 * 60
    if kind == "flat":
        images[:] = rng.integers(0, 256, (len(images), 1, 1))
        images[:, 5:20, 7:20] = 77  # an edge, and ties all over
    return images


@pytest.mark.parametrize("kind", ["noise", "few levels", "flat"])
def test_pairs_are_counted_as_by_the_loops(kind):
    for ours, theirs in zip(
        on_gpu.count_pairs(scans(kind), OFFSETS),
        kernels.count_pairs(scans(kind), OFFSETS),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("kind", ["noise", "few levels", "flat"])
@pytest.mark.parametrize("scale", [(8, 1), (16, 2), (24, 3), (5, 1.7), (1, 0.4)])
def test_patterns_are_counted_as_by_the_loops(kind, scale):
    setting = (*_circle(*scale), math.ceil(scale[1]))
    ours = on_gpu.count_patterns(scans(kind), *setting)
    np.testing.assert_array_equal(ours, kernels.count_patterns(scans(kind), *setting))


@pytest.fixture
def counted_there(monkeypatch):
    for name in ("glcm", "lbp", "table"):
        monkeypatch.setattr(sys.modules[f"brainscan.features.{name}"], "counting", lambda: on_gpu)
    monkeypatch.setattr(table, "_MOST_IMAGES", 4)
    monkeypatch.setattr(table, "_MOST_PIXELS", 3 * 24 * 20)


def test_images_of_several_sizes_keep_their_order(counted_there, monkeypatch):
    rng = np.random.default_rng(1)
    sizes = [(24, 20), (20, 24), (24, 20), (24, 20), (30, 60), (24, 20), (24, 20), (20, 24)]
    images = [rng.integers(0, 256, size, np.uint8) for size in sizes]
    together = bs.features.glcm_lbp(images)
    monkeypatch.undo()
    np.testing.assert_array_equal(together, bs.features.glcm_lbp(images))


def test_an_image_too_small_is_named(counted_there):
    images = [np.zeros((24, 20), np.uint8)] * 6
    images[5] = np.zeros((3, 20), np.uint8)
    with pytest.raises(ValueError, match=r"image 5 must be larger.*got 3x20"):
        bs.features.glcm(images)


@pytest.mark.gpu
def test_a_gpu_is_used_where_there_is_one():
    assert table.counting() is on_gpu
