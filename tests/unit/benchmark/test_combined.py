"""Several networks in place of one, and networks weighed with texture classifiers."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import brainscan as bs
from brainscan.benchmark.combined import (
    INNER_FOLDS,
    Bagged,
    Stacked,
    inner_splits,
    make_network,
    member_folds,
)
from brainscan.benchmark.contender import Classifier, Network
from brainscan.benchmark.images import prepare
from brainscan.train import FROZEN

from .conftest import make_dataset


@pytest.fixture(scope="module")
def frozen():
    return replace(FROZEN, size=(32, 32), weights=None, head="global_max", batch_size=8)


def quiet(text):
    pass


@pytest.fixture
def told():
    return []


def prepared_discs(classes=2):
    prepared = prepare(make_dataset(30 * classes, classes), (32, 32))
    return prepared.inputs, prepared.data


def run(data, recipe, **options):
    return bs.benchmark.run(data, ["small_cnn"], recipe=recipe, progress=False, **options)


def test_inner_splits_hold_what_is_learnt_from_once_and_nothing_that_is_tested():
    _, data = prepared_discs()
    for split in bs.datasets.grouped_folds(data):
        inner = inner_splits(data, split, seed=3)
        learnt = np.concatenate([split.train, split.validation])
        tested = np.concatenate([part.test for part in inner])
        np.testing.assert_array_equal(np.sort(tested), np.sort(learnt))
        for part in inner:
            sides = [set(data.groups[indices]) for indices in part.parts().values()]
            assert not sides[0] & sides[2]
            assert not sides[1] & sides[2]
            assert not set(np.concatenate(list(part.parts().values()))) & set(split.test)


def test_one_network_is_no_bag(frozen):
    inputs, data = prepared_discs()
    assert type(make_network("small_cnn", inputs, data, frozen, 0)) is Network


def test_members_leave_out_a_part_each_and_their_mean_scores(frozen, told):
    inputs, data = prepared_discs()
    bagged = make_network("small_cnn", inputs, data, replace(frozen, members=3), 0)
    assert isinstance(bagged, Bagged)
    (split, *_) = bs.datasets.grouped_folds(data)
    bagged.train(split, 1, told.append)
    assert [text[:10] for text in told] == ["member 1/3", "member 2/3", "member 3/3"]
    alone = make_network("small_cnn", inputs, data, frozen, 0)
    scores = []
    for learnt, left in member_folds(data, split, 3, 1):
        assert not set(data.groups[learnt]) & set(data.groups[left])
        alone.learn(learnt, left[:0], 0, quiet)
        scores.append(alone.scores(inputs))
    assert np.ptp(scores, axis=0).max() > 0.01
    np.testing.assert_allclose(bagged.scores(inputs), np.mean(scores, axis=0), atol=1e-6)
    assert bagged.trainable_parameters == 3 * alone.trainable_parameters
    assert bagged.ms_per_step() > 0
    np.testing.assert_allclose(
        bagged.model.predict(inputs.images, verbose=0)[:, 0], bagged.scores(inputs), atol=1e-4
    )


def test_the_part_left_out_chooses_a_members_epoch_and_its_seed_is_its_own(recipe, monkeypatch):
    inputs, data = prepared_discs()
    bagged = make_network("small_cnn", inputs, data, replace(recipe, members=3), 0)
    seen = []
    learn = Network.learn

    def watched(self, learnt, apart, seed, advance):
        seen.append((learnt, apart, seed))
        return learn(self, learnt, apart, seed, advance)

    monkeypatch.setattr(Network, "learn", watched)
    (split, *_) = bs.datasets.grouped_folds(data)
    bagged.train(split, 0, quiet)
    whole = np.sort(np.concatenate([split.train, split.validation]))
    assert len({seed for *_, seed in seen}) == 3
    np.testing.assert_array_equal(np.sort(np.concatenate([apart for _, apart, _ in seen])), whole)
    for learnt, apart, _ in seen:
        np.testing.assert_array_equal(np.sort(np.concatenate([learnt, apart])), whole)


@pytest.mark.parametrize("classes", [2, 3])
def test_a_stack_weighs_scores_of_images_that_were_not_seen(frozen, classes, told):
    inputs, data = prepared_discs(classes)
    recipe = replace(frozen, stacked=("svm",))
    stack = make_network("small_cnn", inputs, data, recipe, 0)
    assert isinstance(stack, Stacked)
    (split, *_) = bs.datasets.grouped_folds(data)
    stack.train(split, 1, told.append)
    assert len(told) == 2 * (1 + INNER_FOLDS)

    what = (inputs, data.labels, classes, recipe, 0)
    parts = (Network("small_cnn", *what), Classifier("svm", *what))

    def log_odds(wanted):
        scores = np.column_stack([part.scores(inputs.take(wanted)) for part in parts])
        scores = scores.clip(1e-3, 1 - 1e-3)
        return np.log(scores / (1 - scores))

    table, unseen = [], []
    for inner in inner_splits(data, split, 1):
        for part in parts:
            part.train(inner, 1, quiet)
        table.append(log_odds(inner.test))
        unseen.append(inner.test)
    weights = LogisticRegression().fit(np.concatenate(table), data.labels[np.concatenate(unseen)])
    for part in parts:
        part.train(split, 1, quiet)
    expected = weights.predict_proba(log_odds(split.test))
    found = stack.scores(inputs.take(split.test))
    np.testing.assert_allclose(found, expected[:, 1] if classes == 2 else expected, atol=1e-6)
    assert found.shape == ((len(split.test),) if classes == 2 else (len(split.test), 3))
    assert stack.model is None
    assert stack.ms_per_step() > 0


def test_a_run_is_one_line_and_goes_on_where_it_was(frozen, tmp_path):
    data = make_dataset(60)
    recipe = replace(frozen, members=2, stacked=("svm", "knn"))
    first = run(data, recipe, folder=tmp_path)
    assert first.rows[0].error is None
    assert first.settings["recipe"]["members"] == 2
    assert first.settings["recipe"]["stacked"] == ["svm", "knn"]
    assert len(first.predictions["small_cnn"].scores) == 60
    again = run(data, recipe, folder=tmp_path)
    np.testing.assert_array_equal(
        first.predictions["small_cnn"].scores, again.predictions["small_cnn"].scores
    )
    with pytest.raises(ValueError, match="members"):
        run(data, replace(recipe, members=3), folder=tmp_path)


def test_labels_that_a_control_shuffled_are_those_that_are_learnt(frozen):
    shuffled = run(make_dataset(60), replace(frozen, stacked=("svm",)), control="shuffled_labels")
    assert shuffled.rows[0].error is None
    assert shuffled.rows[0].accuracy < 0.75


def test_members_are_kept_as_one_network(frozen, tmp_path):
    data = make_dataset(60)
    result = run(data, replace(frozen, members=2), folder=tmp_path, keep_models=True)
    predictions = result.predictions["small_cnn"]
    model = keras.saving.load_model(tmp_path / "models" / "small_cnn-0.keras")
    where = {name: i for i, name in enumerate(result.images)}
    tested = predictions.folds == 0
    ids = [name for name, mine in zip(predictions.ids, tested, strict=True) if mine]
    crops = result.crops[[where[name] for name in ids]]
    np.testing.assert_allclose(
        model.predict(crops, verbose=0)[:, 0], predictions.scores[tested], atol=1e-4
    )
    with pytest.raises(ValueError, match="one stacked with svm is none"):
        run(data, replace(frozen, stacked=("svm",)), folder=tmp_path / "b", keep_models=True)


@pytest.mark.parametrize("changes", [{"members": 2}, {"stacked": ("svm",)}])
def test_what_trains_one_network_says_so(frozen, changes):
    recipe = replace(frozen, **changes)
    data = make_dataset(60)
    images, labels = np.zeros((2, 32, 32, 3), np.uint8), np.array([0, 1])
    model = bs.models.build("small_cnn", (32, 32, 3), None, "global_max")
    for call in (
        lambda: bs.train.make_trainer(model, recipe),
        lambda: bs.train.fit(model, images, labels, recipe=recipe),
        lambda: bs.predict.train(data, "small_cnn", recipe),
        lambda: bs.benchmark.run_segmentation(bs.datasets.load("phantom", n=20), recipe=recipe),
    ):
        with pytest.raises(ValueError, match=rf"one network here.*got {next(iter(changes))}="):
            call()


def test_an_unknown_classifier_of_a_stack_is_told_at_once(frozen):
    with pytest.raises(ValueError, match="'svn'.*'svm'"):
        run(make_dataset(60), replace(frozen, stacked=("svn",)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"members": 14}, r"into members=14 parts; the groups of .* Ask for fewer members"),
        ({"members": 7, "stacked": ("svm",)}, r"members=7 parts, after 3 for its stack; the"),
    ],
)
def test_too_few_groups_are_told_before_anything_is_trained(frozen, changes, message, monkeypatch):
    monkeypatch.setattr(Network, "__init__", None)
    with pytest.raises(ValueError, match=message):
        run(make_dataset(48), replace(frozen, **changes))


def test_a_bag_asks_for_no_validation_images(frozen):
    data = make_dataset(24)  # of six groups, some splits leave too few to have them too
    assert run(data, replace(frozen, members=2)).rows[0].error is None


def test_class_weights_hold_for_the_stack_too(frozen):
    inputs, data = prepared_discs()
    labels = np.random.default_rng(0).integers(0, 2, len(data))  # nothing to be learnt
    data = replace(data, labels=labels)
    (split, *_) = bs.datasets.grouped_folds(data)
    means = []
    for weights in (None, (20.0, 1.0)):
        recipe = replace(frozen, stacked=("knn",), class_weights=weights)
        stack = make_network("small_cnn", inputs, data, recipe, 0)
        stack.train(split, 0, quiet)
        means.append(stack.scores(inputs).mean())
    assert means[1] < means[0] - 0.02
