import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from brainscan.features import GlcmLbp, build_classifier, classifiers, register_classifier

NAMES = ("knn", "svm", "tree")


def blobs(classes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Points around one corner a class, on scales of which one drowns the others."""
    rng = np.random.default_rng(seed)
    labels = np.arange(40 * classes) % classes
    table = np.eye(4)[labels] * 3 + rng.normal(scale=0.5, size=(len(labels), 4))
    return np.c_[table, rng.normal(scale=1e4, size=len(labels))].astype(np.float32), labels


def test_the_papers_three_are_there():
    assert classifiers.names() == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("classes", [2, 3])
def test_separable_classes_are_learnt_whatever_their_scale(name, classes):
    table, labels = blobs(classes)
    unseen, truth = blobs(classes, seed=1)
    scores = build_classifier(name).fit(table, labels).predict_proba(unseen)
    assert scores.shape == (len(unseen), classes)
    np.testing.assert_allclose(scores.sum(axis=1), 1, rtol=1e-6)
    assert scores.min() >= 0
    assert (scores.argmax(axis=1) == truth).mean() > 0.9


@pytest.mark.parametrize("name", NAMES)
def test_one_seed_gives_the_same_scores_from_any_clone(name):
    table, labels = blobs(2)
    noisy = np.random.default_rng(0).permutation(labels)
    model = build_classifier(name, seed=3)
    first = clone(model).fit(table, noisy).predict_proba(table[::-1])
    second = build_classifier(name, seed=3).fit(table, noisy).predict_proba(table[::-1])
    np.testing.assert_array_equal(first, second)


def test_the_seed_reaches_the_tree():
    assert build_classifier("tree", seed=7)[-1].random_state == 7


def test_images_go_in_with_the_features_in_front():
    rng = np.random.default_rng(0)
    rough = rng.integers(0, 256, (8, 16, 16), dtype=np.uint8)
    smooth = (rough // 32 + 100).astype(np.uint8)
    images, labels = [*rough, *smooth], np.repeat([0, 1], 8)
    model = make_pipeline(GlcmLbp(), build_classifier("svm")).fit(images, labels)
    assert model.predict(images).tolist() == labels.tolist()


def test_an_unknown_name_offers_the_nearest():
    with pytest.raises(ValueError, match=r"classifier must be.*got 'SVN'\. Did you mean 'svm'\?"):
        build_classifier("SVN")


def test_a_classifier_without_probabilities_is_refused():
    from sklearn.svm import SVC

    register_classifier("test_svc")(lambda seed: SVC())
    try:
        with pytest.raises(TypeError, match=r"'test_svc' must have predict_proba; got SVC\(\)"):
            build_classifier("test_svc")
    finally:
        del classifiers._entries["test_svc"]


def test_a_classifier_of_ones_own_is_built_by_name():
    from sklearn.naive_bayes import GaussianNB

    @register_classifier("test_bayes")
    def bayes(seed: int) -> GaussianNB:
        return GaussianNB(var_smoothing=seed)

    try:
        model = build_classifier("test_bayes", seed=5)
        assert isinstance(model, GaussianNB)
        assert model.var_smoothing == 5
        with pytest.raises(ValueError, match="'test_bayes' is registered already"):
            register_classifier("test_bayes")(bayes)
    finally:
        del classifiers._entries["test_bayes"]
