import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainscan.datasets import matching
from brainscan.datasets.dataset import Dataset
from brainscan.datasets.duplicates import (
    group_near_duplicates,
    group_thumbnails,
    join_groups,
    thumbnail,
)


def scans(n: int, side: int = 64) -> list[np.ndarray]:
    return list(np.random.default_rng(0).integers(0, 200, (n, side, side), dtype=np.uint8))


def test_copies_of_other_size_brightness_and_depth_are_found():
    a, b, c = scans(3)
    images = [
        a,
        b,
        cv2.resize(a, (128, 96), interpolation=cv2.INTER_LINEAR),
        (a // 2 + 40).astype(np.uint8),
        c,
        np.repeat(a[:, :, None], 3, axis=2),
        b.astype(np.uint16) * 300,
        (c / 255).astype(np.float32),
    ]
    assert group_near_duplicates(images).tolist() == [0, 1, 0, 0, 2, 0, 1, 2]


def test_blank_images_are_one_group_and_like_nothing_else():
    (scan,) = scans(1)
    blank = [
        np.full((50 + i, 70), v, t)
        for i, (v, t) in enumerate(
            [(0, np.uint8), (255, np.uint8), (77, np.uint8), (0.1, np.float32), (4000, np.uint16)]
        )
    ]
    assert group_near_duplicates([scan, *blank]).tolist() == [0, 1, 1, 1, 1, 1]


def test_a_faint_image_is_not_blank():
    (scan,) = scans(1)
    faint = (scan > 100).astype(np.uint8)
    assert group_near_duplicates([faint, np.zeros_like(scan)]).tolist() == [0, 1]


def test_groups_close_over_chains():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 32, 32))
    angles = np.deg2rad([0, 12, 24, 36])  # neighbours correlate at cos 12 deg = 0.978 and no others
    chain = np.stack([np.cos(t) * a + np.sin(t) * b for t in angles]).astype(np.float32)
    assert group_thumbnails(chain[[0, 3]]).tolist() == [0, 1]
    assert group_thumbnails(chain).tolist() == [0, 0, 0, 0]


def test_groups_reach_over_the_blocks_of_the_matrix(monkeypatch):
    rng = np.random.default_rng(2)
    sources = rng.uniform(size=(10, 32, 32)).astype(np.float32)
    which = rng.integers(0, 10, 101)
    _, expected = np.unique(which, return_inverse=True)
    for block in (1, 7, 512):
        monkeypatch.setattr(matching, "_ROWS", block)
        monkeypatch.setattr(matching, "_COLUMNS", 2 * block)
        found = group_thumbnails(sources[which])
        assert (found[:, None] == found).tolist() == (expected[:, None] == expected).tolist()


def test_the_threshold_is_a_correlation():
    rng = np.random.default_rng(3)
    a, noise = rng.normal(size=(2, 32, 32))
    pair = np.stack([a, a + 0.5 * noise]).astype(np.float32)
    correlation = float(np.corrcoef(pair.reshape(2, -1))[0, 1])
    assert group_thumbnails(pair, correlation - 1e-4).tolist() == [0, 0]
    assert group_thumbnails(pair, correlation + 1e-4).tolist() == [0, 1]


@pytest.mark.parametrize("threshold", [1.0, -0.1, float("nan")])
def test_a_threshold_out_of_range_is_refused(threshold):
    with pytest.raises(ValueError, match="threshold must be a correlation from 0 to below 1; got"):
        group_near_duplicates(scans(2), threshold)


def test_a_dataset_and_no_image_at_all_are_taken():
    images = [*scans(2), scans(1)[0]]
    data = Dataset("d", images, np.array([0, 1, 0]), ("a", "b", "c"), np.arange(3), ("no", "yes"))
    assert group_near_duplicates(data).tolist() == [0, 1, 0]
    assert group_near_duplicates([]).tolist() == []


def test_a_single_image_is_refused():
    with pytest.raises(ValueError, match="images must be a sequence of images"):
        group_near_duplicates(scans(1)[0])


def test_an_image_with_nan_is_named():
    with pytest.raises(ValueError, match="image 1 must hold finite pixels"):
        group_near_duplicates([scans(1)[0], np.full((9, 9), np.nan)])


def test_a_thumbnail_averages():
    image = np.zeros((64, 64), np.uint8)
    image[::2] = 100
    np.testing.assert_allclose(thumbnail(image), 50, atol=1e-3)
    assert thumbnail(np.full((1, 1), 9, np.uint8)).shape == (32, 32)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=20))
def test_joined_groups_are_the_connected_ones(pairs):
    """Every two images of a group are joined by a chain of equal numbers, and no others are."""
    first, second = np.array(pairs).T
    joined = join_groups(first, second)
    reached = np.eye(len(first), dtype=bool)
    linked = (first[:, None] == first) | (second[:, None] == second)
    for _ in first:
        reached = (reached[:, :, None] & linked[None]).any(axis=1)
    np.testing.assert_array_equal(joined[:, None] == joined, reached)
