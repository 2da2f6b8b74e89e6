import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainscan.datasets import Dataset, Split, check_split, grouped_folds, paper_split


def make(labels, groups=None):
    n = len(labels)
    return Dataset(
        "made",
        [np.zeros((2, 2), np.uint8)] * n,
        np.asarray(labels),
        tuple(map(str, range(n))),
        np.arange(n) if groups is None else np.asarray(groups),
        ("no", "yes"),
    )


def test_the_papers_sizes():
    data = make([1] * 155 + [0] * 98)
    (split,) = paper_split(data, seed=1)
    assert [len(part) for part in (split.train, split.validation, split.test)] == [161, 41, 51]
    everything = np.concatenate([split.train, split.validation, split.test])
    assert sorted(everything) == list(range(253))
    assert abs(data.labels[split.test].mean() - 155 / 253) < 0.02


def test_paper_split_may_tear_groups_apart():
    data = make([0, 1] * 50, groups=np.arange(100) // 4 * 2 + np.arange(100) % 2)
    with pytest.raises(ValueError, match="a group must stay on one side"):
        check_split(data, paper_split(data)[0])


@given(st.integers(0, 1000), st.integers(2, 6))
def test_grouped_folds_test_each_image_once_and_keep_groups(seed, folds):
    rng = np.random.default_rng(seed)
    groups = np.sort(rng.integers(0, 40, 150))
    labels = groups % 2
    data = make(labels, groups)
    splits = grouped_folds(data, seed, folds)
    assert sorted(np.concatenate([split.test for split in splits])) == list(range(150))
    for split in splits:
        parts = [set(data.groups[part]) for part in (split.train, split.validation, split.test)]
        assert len(set.union(*parts)) == sum(map(len, parts))
        assert all(parts)
        total = len(split.train) + len(split.validation) + len(split.test)
        assert total == 150


def test_same_seed_same_folds():
    data = make([0, 1] * 30)
    first, second, other = (grouped_folds(data, seed) for seed in (5, 5, 6))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a.test, b.test)
        np.testing.assert_array_equal(a.train, b.train)
    assert any(not np.array_equal(a.test, b.test) for a, b in zip(first, other, strict=True))


def test_overlap_is_named():
    data = make([0, 1, 0, 1], groups=[0, 1, 2, 1])
    split = Split(np.array([0, 1]), np.array([2]), np.array([3]))
    with pytest.raises(ValueError, match=r"group 1 is in train and test: 1, 3"):
        check_split(data, split)


def test_validation_images_have_every_class_too():
    labels = np.array([0] * 15 + [1] * 15)
    groups = np.array([*range(15), *[15] * 8, *range(16, 23)])
    for seed in range(12):
        for split in grouped_folds(make(labels, groups), seed, folds=3):
            assert set(labels[split.train]) == set(labels[split.validation]) == {0, 1}


def test_groups_that_allow_no_validation_images():
    labels = np.array([0] * 20 + [1] * 20)
    groups = np.array([*range(20), *[20] * 19, 21])
    with pytest.raises(ValueError, match="training and validation images must both have every"):
        grouped_folds(make(labels, groups), folds=2)


def test_bad_input():
    with pytest.raises(ValueError, match="folds must be 2 or more; got 1"):
        grouped_folds(make([0, 1] * 10), folds=1)
    with pytest.raises(ValueError, match="class 'yes' has 2. Ask for fewer folds"):
        grouped_folds(make([0] * 20 + [1] * 2))
    with pytest.raises(ValueError, match="several images of each class"):
        paper_split(make([0] * 20 + [1]))
