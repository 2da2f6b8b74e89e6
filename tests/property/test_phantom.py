import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from brainscan.datasets.phantom import simulate
from brainscan.datasets.phantom.simulate import label_of

INDICES = st.integers(0, 10**6)
SEEDS = st.integers(0, 2**32)


@settings(max_examples=25)
@given(INDICES, SEEDS)
def test_a_slice_is_whole(index, seed):
    scan = simulate(index, seed)
    assert scan.image.dtype == np.uint8
    assert all(100 <= side <= 256 for side in scan.image.shape)
    assert scan.image.std() > 5
    for mask in (scan.tumour, scan.brain, scan.head):
        assert mask.shape == scan.image.shape
        assert mask.dtype == bool
    assert not (scan.tumour & ~scan.brain).any()
    assert not (scan.brain & ~scan.head).any()
    assert scan.label == label_of(index, seed) == int(scan.tumour.any()) == int(scan.kind != "")
    assert scan.head.mean() > 0.15


@settings(max_examples=100)
@given(INDICES, SEEDS)
def test_one_slice_of_a_pair_has_a_tumour(pair, seed):
    assert label_of(2 * pair, seed) + label_of(2 * pair + 1, seed) == 1


@settings(max_examples=4)
@given(INDICES, SEEDS)
def test_the_same_numbers_give_the_same_bits(index, seed):
    assert simulate(index, seed).image.tobytes() == simulate(index, seed).image.tobytes()
