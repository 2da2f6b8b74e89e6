from dataclasses import replace

import numpy as np
import pytest

from brainscan import models, train
from brainscan.train import Recipe, Trainer, make_trainer

from .conftest import SHAPE

RECIPE = Recipe(
    epochs=1,
    batch_size=42,
    learning_rate=1e-3,
    augmentation=None,
    size=SHAPE[:2],
    head="stages",
    frozen_batch_norm=True,
)


def built(seed=0):
    return models.build("small_cnn", SHAPE, None, "stages", seed=seed)


def weights_after(recipe, images, labels):
    model = built()
    Trainer(model, recipe).fit(images, labels)
    return {v.path: np.array(v.value) for v in model.trainable_variables}


@pytest.fixture(scope="module")
def plain(bright_squares):
    return weights_after(RECIPE, *bright_squares)


def test_head_first_starts_from_the_optimum_of_the_last_layer(bright_squares):
    images, labels = bright_squares
    recipe = replace(RECIPE, head_first=True, flips=True, learning_rate=1e-12)
    tuned = make_trainer(built(), recipe)
    tuned.fit(images, labels)
    fitted = make_trainer(built(), replace(recipe, trained="last_layer"))
    fitted.fit(images, labels)
    np.testing.assert_allclose(tuned.scores(images), fitted.scores(images), atol=1e-5)


def test_head_first_then_the_backbone_moves_towards_it(bright_squares):
    recipe = replace(RECIPE, head_first=True, learning_rate=3e-4, penalty=5.0, epochs=6)
    trainer = make_trainer(built(), recipe)
    history = trainer.fit(*bright_squares)
    assert history.epochs[-1].loss < 0.9 * history.epochs[0].loss
    names = {v.path.split("/")[-2] for v in trainer.model.trainable_variables}
    assert names == {f"stage{n}_convolution" for n in (1, 2, 3, 4)}


def test_head_first_needs_a_head_without_weights():
    model = models.build("small_cnn", SHAPE, None, "small_dense")
    with pytest.raises(ValueError, match="needs a head without weights"):
        make_trainer(model, replace(RECIPE, head_first=True))


def test_frozen_batch_norm_keeps_everything(bright_squares):
    model = built()
    norms = [v for v in model.variables if "_norm/" in v.path]
    assert len(norms) == 16
    before = [np.array(v.value) for v in norms]
    Trainer(model, RECIPE).fit(*bright_squares)
    for variable, value in zip(norms, before, strict=True):
        np.testing.assert_array_equal(variable.value, value)


def test_weight_decay_takes_its_share_of_kernels_alone(bright_squares, plain):
    start = {v.path: np.array(v.value) for v in built().trainable_variables}
    decayed = weights_after(replace(RECIPE, weight_decay=0.3), *bright_squares)
    for path, value in plain.items():
        taken = 1e-3 * 0.3 * start[path] if path.endswith("kernel") else 0
        np.testing.assert_allclose(decayed[path], value - taken, atol=1e-6, err_msg=path)


def test_the_moving_average_is_kept(bright_squares, plain):
    start = {v.path: np.array(v.value) for v in built().trainable_variables}
    averaged = weights_after(replace(RECIPE, ema_momentum=0.75), *bright_squares)
    for path, value in plain.items():
        expected = 0.75 * start[path] + 0.25 * value
        np.testing.assert_allclose(averaged[path], expected, atol=1e-6, err_msg=path)


def test_validation_judges_the_moving_average(bright_squares):
    images, labels = bright_squares
    trainer = Trainer(built(), replace(RECIPE, ema_momentum=0.9, epochs=2))
    history = trainer.fit(images, labels, (images, labels))
    scores = trainer.scores(images).astype(np.float64)
    loss = -np.mean(labels * np.log(scores) + (1 - labels) * np.log(1 - scores))
    assert history.epochs[history.best_epoch - 1].validation_loss == pytest.approx(loss, rel=1e-4)


def test_the_last_checkpoint_stays_whatever_validation_says(bright_squares):
    images, labels = bright_squares
    recipe = replace(RECIPE, epochs=4, checkpoint="last", learning_rate=1e-2)
    history = Trainer(built(), recipe).fit(images, labels, (images, 1 - labels))
    assert history.best_epoch == 4
    losses = [epoch.validation_loss for epoch in history.epochs]
    assert np.argmin(losses) != 3
    assert not recipe.chooses_an_epoch


@pytest.mark.parametrize("mixing", [{"mixup": 0.4}, {"cutmix": 1.0}, {"mixup": 0.4, "cutmix": 1.0}])
def test_mixed_images_are_learnt_from(bright_squares, mixing):
    images, labels = bright_squares
    recipe = replace(RECIPE, epochs=15, batch_size=8, frozen_batch_norm=False, **mixing)
    recipe = replace(recipe, learning_rate=3e-3)
    model = built()
    train.fit(model, images, labels, recipe=recipe, progress=False)
    plain = replace(recipe, mixup=0.0, cutmix=0.0)
    scores = Trainer(model, plain).scores(images)
    assert ((scores > 0.5) == labels).mean() > 0.85
    apart = weights_after(replace(recipe, epochs=1), images, labels)
    same = weights_after(replace(plain, epochs=1), images, labels)
    assert any(not np.array_equal(apart[path], same[path]) for path in same)
