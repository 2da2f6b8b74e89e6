"""Laws of the search for near-duplicates."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.fft import idctn
from scipy.sparse.csgraph import connected_components

from brainscan.datasets import matching
from brainscan.datasets.duplicates import group_near_duplicates, group_thumbnails
from brainscan.datasets.orientation import orient

seeds = st.integers(0, 2**32 - 1)


def smooth(rng, n):
    """Return thumbnails whose low cosines carry most, as those of brains do."""
    strength = 1000 / (1 + np.add.outer(np.arange(32), np.arange(32))) ** 2
    return idctn(rng.normal(size=(n, 32, 32)) * strength, axes=(1, 2)).astype(np.float32)


def same(a, b):
    return ((a[:, None] == a) == (b[:, None] == b)).all()


@given(seeds, st.floats(0.3, 0.99), st.integers(1, 40))
def test_the_bound_misses_no_pair_and_adds_none(seed, threshold, n):
    rng = np.random.default_rng(seed)
    kinds = smooth(rng, 5)
    thumbnails = kinds[rng.integers(0, 5, n)] + rng.uniform(0, 0.8) * smooth(rng, n)
    turned = (1 + threshold) / 2
    flat = [orient(thumbnails, o).reshape(n, -1) for o in range(8)]
    alike = np.zeros((n, n), bool)
    close = 0.0
    for o, rows in enumerate(flat):
        correlation = np.corrcoef(np.vstack([rows, flat[0]]))[:n, n:]
        limit = turned if o else threshold
        alike |= correlation > limit
        close = max(close, float((np.abs(correlation - limit) < 1e-5).any()))
    _, expected = connected_components(alike, directed=False)
    if not close:  # within rounding of the threshold either answer is right
        assert same(group_thumbnails(thumbnails, threshold), expected)


@given(seeds, st.permutations(range(20)))
def test_the_order_of_the_images_does_not_matter(seed, order):
    rng = np.random.default_rng(seed)
    thumbnails = smooth(rng, 6)[rng.integers(0, 6, 20)] + 0.2 * smooth(rng, 20)
    groups = group_thumbnails(thumbnails)
    assert same(groups[order], group_thumbnails(thumbnails[order]))


@given(seeds, st.lists(st.integers(0, 7), min_size=12, max_size=12))
def test_turning_any_image_does_not_matter(seed, turns):
    rng = np.random.default_rng(seed)
    images = [np.kron(smooth(rng, 1)[0], np.ones((2, 2))).astype(np.float32) for _ in range(5)]
    images = [images[k] for k in rng.integers(0, 5, 12)]
    turned = [orient(image, turn) for image, turn in zip(images, turns, strict=True)]
    assert same(group_near_duplicates(images), group_near_duplicates(turned))


@given(seeds, st.integers(1, 50), st.integers(1, 50))
def test_the_tiles_cover_every_pair_once(seed, n, rows):
    matcher = matching.Matcher(smooth(np.random.default_rng(seed), n), 0.97, 0.985)
    old = matching._ROWS, matching._COLUMNS
    matching._ROWS, matching._COLUMNS = rows, 2 * rows
    try:
        covered = np.zeros((n, n), int)
        for row, column in matcher.tiles():
            covered[row : row + rows, column : column + 2 * rows] += 1
    finally:
        matching._ROWS, matching._COLUMNS = old
    assert (covered[np.triu_indices(n, 1)] == 1).all()
