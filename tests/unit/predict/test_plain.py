from dataclasses import replace

import numpy as np
import pytest

from brainscan.features import build_classifier, classifiers
from brainscan.predict.plain import KINDS, Neighbours, from_arrays, to_arrays, to_plain


def fitted(name, classes, columns=20):
    """A pipeline, its plain arrays, and new standardised rows."""
    rng = np.random.default_rng(classes)
    labels = np.arange(90) % classes
    table = (rng.normal(size=(90, columns)) + 0.5 * labels[:, None]).astype(np.float32)
    pipeline = build_classifier(name, seed=0).fit(table, labels)
    new = rng.normal(0.5, 2, size=(200, columns)).astype(np.float32)
    rows, others = (pipeline[0].transform(part) for part in (table, new))
    return pipeline, to_plain(name, pipeline, rows, labels), new, others


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("name", KINDS)
def test_the_probabilities_are_scikit_learns(name, classes):
    pipeline, plain, new, rows = fitted(name, classes)
    expected = pipeline.predict_proba(new)
    assert plain.classes == classes
    assert plain.fits(20)
    assert not plain.fits(1)
    assert expected.std(axis=0).min() > 0.05
    np.testing.assert_allclose(plain(rows), expected, rtol=0, atol=1e-12)
    again = from_arrays(name, to_arrays(plain))
    np.testing.assert_array_equal(again(rows), plain(rows))


def test_every_classifier_of_ours_is_one():
    assert set(KINDS) <= set(classifiers)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("knn", {"nearest": np.array(91)}),
        ("knn", {"nearest": np.array(0)}),
        ("knn", {"nearest": np.array([5])}),
        ("knn", {"labels": np.zeros(89, np.int64)}),
        ("knn", {"labels": np.full(90, 2**40)}),
        ("knn", {"labels": np.full(90, -1)}),
        ("knn", {"rows": np.full((90, 20), np.nan, np.float32)}),
        ("knn", {"rows": np.zeros((0, 20), np.float32), "labels": np.zeros(0, np.int64)}),
        ("svm", {"gamma": np.array(-1.0)}),
        ("svm", {"gamma": np.array(np.inf)}),
        ("svm", {"weights": np.zeros((2, 3))}),
        ("svm", {"intercepts": np.zeros(2)}),
        ("svm", {"slopes": np.zeros(3)}),
        ("svm", {"slopes": np.zeros((1, 1)), "offsets": np.zeros((1, 1))}),
        ("svm", {"slopes": np.zeros(0), "offsets": np.zeros(0)}),
        ("svm", {"slopes": np.zeros(2), "offsets": np.zeros(2)}),
        ("svm", {"vectors": np.zeros((0, 20)), "weights": np.zeros((1, 0))}),
        ("tree", {"probabilities": np.zeros((0, 2))}),
        ("tree", {"threshold": np.zeros(1)}),
    ],
)
def test_arrays_that_make_no_classifier_are_refused(name, change):
    _, plain, _, _ = fitted(name, 2)
    with pytest.raises(ValueError, match="of a stored"):
        from_arrays(name, to_arrays(plain) | change)


@pytest.mark.parametrize("change", [{"labels": np.zeros(90)}, {"rows": np.zeros((90, 20))}])
def test_other_dtypes_are_refused(change):
    plain = fitted("knn", 2)[1]
    with pytest.raises((ValueError, TypeError)):  # the latter by the tests' check of annotations
        from_arrays("knn", to_arrays(plain) | change)


@pytest.mark.parametrize("child", [2**40, 0, -2, "itself"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_tree_that_leads_nowhere_or_in_a_circle_is_refused(side, child):
    """scikit-learn, put together from such a file, reads memory that is not its own."""
    _, tree, _, _ = fitted("tree", 2)
    children = to_arrays(tree)[side].copy()
    inner = np.flatnonzero(children >= 0)[1]
    children[inner] = inner if child == "itself" else child
    with pytest.raises(ValueError, match="arrays of a stored Tree must fit each other"):
        replace(tree, **{side: children})


def test_a_feature_that_is_not_there_does_not_fit():
    _, tree, _, _ = fitted("tree", 2)
    for feature in (20, -1):
        assert not replace(tree, feature=np.full_like(tree.feature, feature)).fits(20)


def test_other_names_and_parts_are_refused():
    arrays = to_arrays(fitted("knn", 2)[1])
    with pytest.raises(ValueError, match=r"must be one of \['knn', 'svm', 'tree'\]; got 'forest'"):
        from_arrays("forest", arrays)
    with pytest.raises(ValueError, match="svm must be the arrays .*; got .*nearest"):
        from_arrays("svm", arrays)
    del arrays["nearest"]
    with pytest.raises(ValueError, match="knn must be the arrays"):
        from_arrays("knn", arrays)


def test_more_neighbours_than_there_are_images():
    rows, labels = np.eye(2, dtype=np.float32), np.arange(2)
    assert Neighbours(rows, labels, np.array(1))(rows).tolist() == [[1, 0], [0, 1]]
    with pytest.raises(ValueError, match="must fit each other"):
        Neighbours(rows, labels, np.array(3))
