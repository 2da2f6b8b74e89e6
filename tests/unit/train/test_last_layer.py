from dataclasses import replace

import keras
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import brainscan as bs
from brainscan import models
from brainscan.train import FROZEN, LastLayerTrainer, make_trainer
from brainscan.train.compiled import Compiled

RECIPE = replace(FROZEN, weights=None, size=(32, 32), batch_size=8)


def build(classes=2, head="stages"):
    return bs.models.build("small_cnn", (32, 32, 3), None, head, classes, seed=0)


def squares(n=30, classes=2, seed=0):
    """Noise; a bright square at the left for class 1, at the bottom for class 2."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    images = rng.integers(0, 120, (n, 32, 32, 3), dtype=np.uint8)
    images[labels == 1, 8:20, 2:14] = 230
    images[labels == 2, 20:30, 8:24] = 230
    return images, labels


@pytest.mark.parametrize("classes", [2, 3])
def test_separable_classes_are_learnt(classes):
    trainer = make_trainer(build(classes), RECIPE)
    assert isinstance(trainer, LastLayerTrainer)
    history = trainer.fit(*squares(classes=classes))
    images, labels = squares(classes=classes, seed=1)
    assert bs.metrics.accuracy(labels, trainer.scores(images).astype(float)) == 1
    assert history.best_epoch == 1
    assert history.epochs[0].accuracy == 1
    assert history.epochs[0].validation_loss is None


def test_it_is_scikit_learns_optimum_on_the_features():
    model, (images, labels) = build(), squares()
    body = keras.Model(model.input, model.get_layer("score").input)
    table = body.predict(images.astype(np.float32), verbose=0).astype(np.float64)
    table = (table - table.mean(0)) / np.where(table.std(0) > 0, table.std(0), 1)
    table /= np.sqrt(table.shape[1])
    expected = LogisticRegression(C=1 / 0.3, tol=1e-6, max_iter=5000).fit(table, labels)
    trainer = make_trainer(model, replace(RECIPE, penalty=0.3, flips=False))
    trainer.fit(images, labels)
    np.testing.assert_allclose(
        trainer.scores(images), expected.predict_proba(table)[:, 1], atol=1e-4
    )


def test_copies_of_images_are_no_trouble():
    images, labels = squares(6)
    trainer = make_trainer(build(), replace(RECIPE, flips=False))
    trainer.fit(np.repeat(images, 20, axis=0), np.repeat(labels, 20))
    assert np.isfinite(trainer.scores(images)).all()


def test_only_the_last_layer_changes():
    model = build()
    before = [np.array(v.value) for v in model.layers[-1].weights]
    frozen = {v.path: np.array(v.value) for v in model.variables if "score" not in v.path}
    make_trainer(model, RECIPE).fit(*squares())
    for variable in model.variables:
        if variable.path in frozen:
            np.testing.assert_array_equal(variable.value, frozen[variable.path])
    assert not np.array_equal(model.layers[-1].weights[0].value, before[0])
    assert [v.path.split("/")[-2] for v in model.trainable_variables] == ["score", "score"]


def test_flips_make_mirror_images_alike_and_the_predictor_agrees(tmp_path):
    trainer = make_trainer(build(), RECIPE)
    images, labels = squares()
    trainer.fit(images, labels)
    scores = trainer.scores(images)
    np.testing.assert_allclose(scores, trainer.scores(images[:, :, ::-1]), atol=1e-6)
    trainer.predictor().save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    again = loaded.predict(images.astype(np.float32), verbose=0)[:, 0]
    np.testing.assert_allclose(again, scores, atol=1e-5)
    plain = make_trainer(build(), replace(RECIPE, flips=False))
    plain.fit(images, labels)
    mirrored = plain.scores(images[:, :, ::-1])
    assert np.abs(plain.scores(images) - mirrored).max() > 1e-3


def test_features_are_computed_once_an_image(monkeypatch):
    model = build()
    trainer = make_trainer(model, RECIPE)
    calls = []
    run = Compiled.__call__
    monkeypatch.setattr(
        Compiled, "__call__", lambda self, name, *rest: calls.append(name) or run(self, name, *rest)
    )
    images, labels = squares(24)
    trainer.fit(images[:16], labels[:16])
    trainer.scores(images[16:])
    assert calls == ["embed"] * 6  # 24 images, two views, 8 a batch
    trainer.fit(images[8:], labels[8:])
    trainer.scores(images[:8])
    assert len(calls) == 6
    model.set_weights(models.build("small_cnn", (32, 32, 3), None, "stages", seed=1).get_weights())
    trainer.fit(images[:16], labels[:16])
    assert len(calls) == 10  # a backbone with other weights has other features


def test_two_fits_are_equal_bit_for_bit():
    images, labels = squares()
    first, second = (make_trainer(build(), RECIPE) for _ in range(2))
    first.fit(images, labels, seed=0)
    second.fit(images, labels, seed=5)
    np.testing.assert_array_equal(first.scores(images), second.scores(images))


def test_class_weights_move_the_scores():
    images, labels = squares(30)
    few = np.r_[0:30:2, 1:6:2]
    plain, balanced = (
        make_trainer(build(), replace(RECIPE, class_weights=w, penalty=30.0))
        for w in (None, "balanced")
    )
    plain.fit(images[few], labels[few])
    balanced.fit(images[few], labels[few])
    assert balanced.scores(images).mean() > plain.scores(images).mean() + 0.1


@pytest.mark.parametrize("head", ["paper", "small_dense"])
def test_a_head_with_weights_is_refused(head):
    with pytest.raises(ValueError, match=r"a head without weights.* got layers dense\. Use head="):
        make_trainer(build(head=head), replace(RECIPE, head=head))


def test_one_class_only_is_refused():
    images, _ = squares()
    with pytest.raises(ValueError, match=r"must hold all 2 classes; got \[0\]"):
        make_trainer(build(), RECIPE).fit(images, np.zeros(30, int))


def test_in_a_benchmark_validation_images_train_too(tmp_path):
    data = bs.datasets.load("phantom", n=40)
    result = bs.benchmark.run(
        data, ["small_cnn"], "grouped", RECIPE, folder=tmp_path, keep_models=True, progress=False
    )
    (row,) = result.rows
    assert row.error is None
    assert row.tested == 40
    assert result.validations == {}
    assert (tmp_path / "models/small_cnn.keras").is_file()
