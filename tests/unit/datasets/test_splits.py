from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainscan.datasets import (
    Dataset,
    Split,
    check_splits,
    count_twins,
    grouped_folds,
    grouped_holdout,
    leave_one_source_out,
    paper_split,
)


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
        check_splits(data, paper_split(data))


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
    with pytest.raises(ValueError, match=r"1 do not: group 1 \(train: 1, test: 3\)\. Move each"):
        check_splits(data, [split])


def test_twins_are_counted():
    data = make([0, 1] * 3, groups=[0, 1, 0, 1, 2, 3])
    split = Split(np.array([0, 1]), np.array([4]), np.array([2, 3, 5]))
    assert count_twins(data, [split]) == 2
    assert count_twins(data, [split, split]) == 4


def test_repeats_test_each_image_once_each():
    data = make([0, 1] * 30)
    splits = grouped_folds(data, seed=2, repeats=3)
    assert len(splits) == 15
    for repeat in range(3):
        part = splits[5 * repeat : 5 * repeat + 5]
        assert sorted(np.concatenate([split.test for split in part])) == list(range(60))
    assert any(
        not np.array_equal(a.test, b.test) for a, b in zip(splits[:5], splits[5:10], strict=True)
    )
    for a, b in zip(
        grouped_folds(data, seed=4), grouped_folds(data, seed=4, repeats=1), strict=True
    ):
        np.testing.assert_array_equal(a.test, b.test)


def test_holdout_is_a_fifth_of_whole_groups():
    data = make([0, 1] * 50, groups=np.arange(100) // 4 * 2 + np.arange(100) % 2)
    (split,) = grouped_holdout(data, seed=1)
    assert len(split.test) == 20
    assert count_twins(data, [split]) == 0


def test_each_source_is_tested_by_what_saw_nothing_of_it():
    rng = np.random.default_rng(0)
    sources = tuple(np.array(["b", "a", "c"])[rng.integers(0, 3, 120)])
    data = replace(make([0, 1] * 60, groups=np.arange(120) // 3), sources=sources)
    splits = leave_one_source_out(data)
    assert [data.sources[split.test[0]] for split in splits] == ["a", "b", "c"]
    for split in splits:
        tested = {data.sources[i] for i in split.test}
        learnt = np.concatenate([split.train, split.validation])
        assert not tested & {data.sources[i] for i in learnt}
        assert not set(data.groups[split.test]) & set(data.groups[learnt])
        everything = [i for i, source in enumerate(data.sources) if source in tested]
        np.testing.assert_array_equal(split.test, everything)


def test_sources_that_cannot_be_left_out():
    with pytest.raises(ValueError, match=r"needs data\.sources with two sources or more; got None"):
        leave_one_source_out(make([0, 1] * 10))
    data = replace(make([0, 1] * 10), sources=("a",) * 20)
    with pytest.raises(ValueError, match="two sources or more; got 'a'"):
        leave_one_source_out(data)
    data = replace(data, sources=("a", "b") * 10)
    with pytest.raises(ValueError, match="without 'a' there is no no"):
        leave_one_source_out(data)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (([0, 1], [2], []), "split 0: test must hold an image; it is empty"),
        (([0, 1], [2], [9]), r"split 0: test must hold indices from 0 to 5; got 9 to 9"),
        (([0, 2], [1], [3]), r"split 0: train must hold every class; it has no yes"),
        (
            ([0, 1], [2], [3, 4, 3]),
            r"test must hold each image once; it holds 3 more often",
        ),
    ],
)
def test_splits_of_ones_own_are_checked(parts, message):
    split = Split(*(np.array(part, np.int64) for part in parts))
    with pytest.raises(ValueError, match=message):
        check_splits(make([0, 1] * 3), [split])


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        ([3, 4], r"got \[3, 4\]"),
        (np.array([3.0, 4.0]), r"got array\(\[3\., 4\.\]\)"),
        (np.array([False, True]), "numpy.flatnonzero turns a mask into indices"),
        (np.array([[3, 4]]), r"got array\(\[\[3, 4\]\]\)"),
    ],
)
def test_parts_that_are_no_indices(part, shown):
    split = Split(np.array([0, 1]), np.array([2]), np.array([5]))
    object.__setattr__(split, "test", part)  # as a caller without type checks does
    with pytest.raises(ValueError, match=rf"split 0: test must be a NumPy array.*{shown}"):
        check_splits(make([0, 1] * 3), [split])


def test_no_split_at_all():
    with pytest.raises(ValueError, match="one split or more; got none"):
        check_splits(make([0, 1] * 3), [])


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
    with pytest.raises(ValueError, match="repeats must be 1 or more; got 0"):
        grouped_folds(make([0, 1] * 10), repeats=0)
    with pytest.raises(ValueError, match="class 'yes' has 2. Bring more images, or divide"):
        grouped_folds(make([0] * 20 + [1] * 2))
    with pytest.raises(ValueError, match="several images of each class"):
        paper_split(make([0] * 20 + [1]))
