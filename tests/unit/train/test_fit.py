from dataclasses import replace

import keras
import numpy as np
import pytest

from brainscan import augment, models, train
from brainscan.metrics import accuracy

from .conftest import SHAPE


def test_learns_what_is_there(model, bright_squares, recipe):
    images, labels = bright_squares
    recipe = replace(recipe, epochs=12)
    history = train.fit(model, images, labels, (images, labels), recipe, progress=False)
    assert accuracy(labels, train.Trainer(model, recipe).scores(images)) > 0.9
    assert len(history.epochs) == 12
    assert history.compile_seconds > 0
    assert not history.interrupted


def test_keeps_the_weights_of_the_best_epoch(model, bright_squares, recipe):
    images, labels = bright_squares
    trainer = train.Trainer(model, replace(recipe, epochs=8))
    seen = []
    truth = 1 - labels[30:]  # what is learnt is wrong here, so the last epoch is not the best
    history = trainer.fit(
        images[:30], labels[:30], (images[30:], truth), on_epoch=lambda e: seen.append(e)
    )
    assert tuple(seen) == history.epochs
    losses = [epoch.validation_loss for epoch in history.epochs]
    assert history.best_epoch == 1 + int(np.argmin(losses))
    assert history.best_epoch < len(losses)  # or this would pass with the last epoch's weights
    scores = trainer.scores(images[30:]).astype(np.float64)
    kept = -np.mean(truth * np.log(scores) + (1 - truth) * np.log(1 - scores))
    assert kept == pytest.approx(min(losses), rel=1e-3)


def test_without_validation_the_last_epoch_stays(model, bright_squares, recipe):
    history = train.fit(model, *bright_squares, recipe=recipe, progress=False)
    assert history.best_epoch == 3
    assert history.epochs[0].validation_loss is None


def test_same_seed_same_bits(model, bright_squares, recipe):
    recipe = replace(recipe, epochs=2, augmentation=augment.paper())
    weights = []
    start = model.get_weights()
    for seed in (1, 1, 2):
        model.set_weights(start)
        train.fit(model, *bright_squares, recipe=recipe, seed=seed, progress=False)
        weights.append(model.get_weights())
    for a, b in zip(weights[0], weights[1], strict=True):
        np.testing.assert_array_equal(a, b)
    assert any(not np.array_equal(a, b) for a, b in zip(weights[0], weights[2], strict=True))


def test_every_layer_is_trained(model, bright_squares, recipe):
    before = [np.array(w) for w in model.trainable_weights]
    train.fit(model, *bright_squares, recipe=replace(recipe, epochs=1), progress=False)
    after = model.trainable_weights
    assert all(not np.array_equal(a, np.array(b)) for a, b in zip(before, after, strict=True))


def test_one_compilation_serves_sets_of_any_size(model, bright_squares, recipe):
    images, labels = bright_squares
    trainer = train.Trainer(model, replace(recipe, epochs=1))
    trainer.fit(images[:20], labels[:20], (images[20:27], labels[20:27]))
    once = trainer.compile_seconds
    history = trainer.fit(images[:33], labels[:33], (images[33:], labels[33:]))
    trainer.scores(images[:5])
    assert trainer.compile_seconds == once
    assert history.compile_seconds == 0


def test_scores_do_not_depend_on_the_batch(model, bright_squares, recipe):
    images, _ = bright_squares
    trainer = train.Trainer(model, recipe)
    together = trainer.scores(images)
    assert together.shape == (42,)
    apart = np.concatenate([trainer.scores(image[None]) for image in images[:5]])
    np.testing.assert_array_equal(together[:5], apart)
    expected = model.predict(images.astype(np.float32), verbose=0)[:, 0]
    np.testing.assert_allclose(together, expected, atol=1e-5)


def test_what_fills_up_the_last_batch_does_not_count(bright_squares, recipe):
    """With a learning rate of nearly 0 and no dropout, each epoch's loss is that of the images."""
    images, labels = bright_squares
    model = models.build("small_cnn", SHAPE, None, "global_average", seed=0)
    model.get_layer("dropout").rate = 0
    recipe = replace(recipe, epochs=1, learning_rate=1e-12, batch_size=42)
    whole = train.Trainer(model, recipe).fit(images[:21], labels[:21])
    twice = np.concatenate([images[:21]] * 2), np.concatenate([labels[:21]] * 2)
    # The same 42 images fill the batch in both, so batch norm sees the same; half of them count.
    full = train.Trainer(model, recipe).fit(*twice)
    assert whole.epochs[0].loss == pytest.approx(full.epochs[0].loss, rel=1e-3)
    assert whole.epochs[0].accuracy == pytest.approx(full.epochs[0].accuracy)


def test_ctrl_c_keeps_the_finished_epochs(model, bright_squares, recipe):
    images, labels = bright_squares

    def stop(epoch):
        if epoch.number == 2:
            raise KeyboardInterrupt

    trainer = train.Trainer(model, recipe)
    before = trainer.scores(images)
    history = trainer.fit(images, labels, on_epoch=stop)
    assert history.interrupted
    assert len(history.epochs) == history.best_epoch == 2
    assert not np.array_equal(trainer.scores(images), before)


def test_class_weights_change_the_training(model, bright_squares, recipe):
    images, labels = bright_squares
    shares = []
    start = model.get_weights()
    for weights in ((1.0, 30.0), (30.0, 1.0)):
        model.set_weights(start)
        train.fit(
            model, images, labels, recipe=replace(recipe, class_weights=weights), progress=False
        )
        shares.append(train.Trainer(model, recipe).scores(images).mean())
    assert shares[0] > shares[1] + 0.2


def test_three_classes(bright_squares, recipe):
    images, labels = bright_squares
    labels = labels + (np.arange(42) % 3 == 0)
    model = models.build("small_cnn", SHAPE, None, "global_average", classes=3)
    history = train.fit(model, images, labels, (images, labels), recipe, progress=False)
    assert history.epochs[-1].validation_accuracy is not None
    assert train.Trainer(model, recipe).scores(images).shape == (42, 3)


def test_history_survives_json(model, bright_squares, recipe):
    history = train.fit(model, *bright_squares, recipe=replace(recipe, epochs=1), progress=False)
    assert train.History.from_dict(history.to_dict()) == history


def test_bad_input(model, bright_squares, recipe):
    images, labels = bright_squares
    trainer = train.Trainer(model, recipe)
    with pytest.raises(ValueError, match="must have one length; got images 42, labels 41"):
        trainer.fit(images, labels[:41])
    with pytest.raises(ValueError, match=r"shape \(n, 32, 32, 3\) .* got \(42, 16, 32, 3\)"):
        trainer.fit(images[:, :16], labels)
    with pytest.raises(ValueError, match="class indices below 2; got 0 to 2"):
        trainer.fit(images, labels * 2)
    with pytest.raises(ValueError, match="class indices, whole numbers; got dtype float64"):
        trainer.fit(images, labels / 2)
    with pytest.raises(ValueError, match=r"an index an image; got \(42, 2\)\. labels\.argmax"):
        trainer.fit(images, np.eye(2, dtype=np.int64)[labels])
    with pytest.raises(ValueError, match=r"seed must be .* 2\*\*32 - 1; got 8589934592"):
        trainer.fit(images, labels, seed=2**33)
    with pytest.raises(ValueError, match=r"finite pixels in 0 to 255; got 0 to .* as they were"):
        trainer.fit((images / images.max()).astype(np.float32), labels)
    broken = images.astype(np.float32)
    broken[0] = np.nan
    with pytest.raises(ValueError, match=r"finite pixels in 0 to 255; got nan"):
        trainer.fit(images, labels, (broken, labels))
    with pytest.raises(ValueError, match=r"n of 1 or more; got \(0, 32, 32, 3\)"):
        trainer.fit(images[:0], labels[:0])


def test_loss_that_is_not_finite_is_an_error(model, bright_squares, recipe):
    images, labels = bright_squares
    recipe = replace(recipe, learning_rate=1e38)
    with pytest.raises(FloatingPointError, match="must stay finite; it is nan in epoch"):
        train.fit(model, images, labels, recipe=recipe, progress=False)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


def test_progress_is_a_line_an_epoch_without_a_terminal(model, bright_squares, recipe, capsys):
    train.fit(model, *bright_squares, recipe=recipe)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "epoch 3/3 loss" in captured.err


def test_another_backend_is_refused_with_the_mend(model, recipe, monkeypatch):
    monkeypatch.setattr("keras.backend.backend", lambda: "tensorflow")
    with pytest.raises(RuntimeError, match=r"imported on 'tensorflow'.*KERAS_BACKEND=jax"):
        train.Trainer(model, recipe)


def test_two_units_are_no_model_of_two_classes(recipe):
    image = keras.Input(SHAPE)
    scores = keras.layers.Dense(2, activation="softmax")(keras.layers.Flatten()(image))
    with pytest.raises(ValueError, match="must end in one sigmoid unit; got two units"):
        train.Trainer(keras.Model(image, scores), recipe)
