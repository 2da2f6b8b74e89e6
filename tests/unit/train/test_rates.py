from dataclasses import replace

import keras
import numpy as np
import pytest

from brainscan import models
from brainscan.models.stages import levels
from brainscan.train import Recipe, Trainer
from brainscan.train.rates import rate_at, rate_shares, thaw

RECIPE = Recipe(epochs=1, batch_size=42, learning_rate=1e-3, augmentation=None, size=(32, 32))


def built(head="stages"):
    return models.build("small_cnn", (32, 32, 3), None, head, seed=0)


def changes(recipe, images, labels, head="stages"):
    """Return how far each weight moved, by path less the model's name."""
    model = built(head)
    before = {v.path: np.array(v.value) for v in model.variables}
    Trainer(model, recipe).fit(images, labels)
    after = {v.path: np.array(v.value) for v in model.variables}
    return {path: np.abs(after[path] - before[path]).max() for path in before}


def test_layers_belong_to_the_map_that_they_make():
    found = {layer.name: level for layer, level in levels(built().get_layer("small_cnn"))}
    assert [found[f"stage{n}_convolution"] for n in (1, 2, 3, 4)] == [1, 2, 3, 4]
    assert found["stage4_pool"] == 5


def test_squeezing_layers_belong_to_the_map_that_they_work_on():
    with keras.StatelessScope():
        backbone = models.info("efficientnet_b0").make((64, 64, 3), None)
    found = {layer.name: level for layer, level in levels(backbone)}
    assert [found[f"block{block}_se_excite"] for block in ("1a", "2a", "3a", "6a")] == [1, 2, 3, 5]
    assert found["top_conv"] == 5


def test_a_number_thaws_so_many_resolutions():
    model = built()
    thaw(model, replace(RECIPE, trained=2))
    names = {v.path.split("/")[-2] for v in model.trainable_variables}
    expected = {f"stage{n}_{kind}" for n in (3, 4) for kind in ("convolution", "norm")}
    assert names == expected | {"score"}


def test_a_head_with_weights_is_thawed_too():
    model = built("small_dense")
    thaw(model, replace(RECIPE, trained=1))
    names = {v.path.split("/")[-2] for v in model.trainable_variables}
    assert names == {"stage4_convolution", "stage4_norm", "dense", "score"}


def test_what_is_not_thawed_stays(bright_squares):
    moved = changes(replace(RECIPE, trained=1, frozen_batch_norm=True), *bright_squares)
    for path, distance in moved.items():
        assert (distance > 0) == any(name in path for name in ("stage4_convolution", "score")), path


def test_layer_decay_by_the_first_step_of_adam(bright_squares):
    """Adam's first step is the rate times the sign of the gradient, whatever its size."""
    moved = changes(replace(RECIPE, layer_decay=0.5), *bright_squares)
    for stage, share in ((4, 0.5), (3, 0.25), (2, 0.125), (1, 0.0625)):
        (distance,) = (v for path, v in moved.items() if f"stage{stage}_convolution" in path)
        assert distance == pytest.approx(share * 1e-3, rel=0.02)
    assert max(v for path, v in moved.items() if "score" in path) == pytest.approx(1e-3, rel=0.02)


def test_shares_are_1_without_decay():
    assert set(rate_shares(built(), 1.0)) == {1.0}


def test_the_cosine_rises_and_falls():
    recipe = replace(RECIPE, schedule="cosine")
    rates = [rate_at(recipe, step, 100) for step in range(100)]
    np.testing.assert_allclose(rates[:10], np.arange(1, 11) / 10)
    assert rates[54] == pytest.approx((1 + np.cos(np.pi * 45 / 91)) / 2)
    assert (np.diff(rates[9:]) < 0).all()
    assert 0 < rates[-1] < 1e-3
    assert [rate_at(RECIPE, step, 100) for step in (0, 50, 99)] == [1, 1, 1]
    assert rate_at(recipe, 0, 1) == 1


def test_the_schedule_scales_the_step(bright_squares):
    """Of two steps, the first is at the full rate and the second at a quarter of it."""
    images, labels = bright_squares
    plain = replace(RECIPE, epochs=1, batch_size=21, trained=1, frozen_batch_norm=True)
    moved = {}
    for schedule in ("constant", "cosine"):
        moved[schedule] = changes(replace(plain, schedule=schedule), images, labels)
    (bias,) = (path for path in moved["cosine"] if path.endswith("score/bias"))
    assert rate_at(replace(plain, schedule="cosine"), 1, 2) == pytest.approx(0.5)
    assert moved["cosine"][bias] <= 1.5e-3 + 1e-6
    assert moved["cosine"][bias] < moved["constant"][bias]


def test_a_backbone_that_hides_its_layers_is_refused():
    class Hidden(keras.Model):
        def __init__(self, **config):
            super().__init__(**config)
            self.convolution = keras.layers.Conv2D(4, 3, 2)

        def call(self, inputs):
            return self.convolution(inputs)

    image = keras.Input((32, 32, 3))
    features = keras.layers.GlobalAveragePooling2D()(Hidden(name="hidden")(image))
    model = keras.Model(image, keras.layers.Dense(1, activation="sigmoid", name="score")(features))
    with pytest.raises(ValueError, match=r"functional keras\.Model.*hidden is a Hidden\. Train 'a"):
        Trainer(model, replace(RECIPE, trained=1))


def test_a_model_without_a_backbone_is_refused():
    image = keras.Input((32, 32, 3))
    score = keras.layers.Dense(1, name="score")(keras.layers.Flatten()(image))
    with pytest.raises(ValueError, match=r"with its backbone as one layer; .* has none"):
        Trainer(keras.Model(image, score), replace(RECIPE, layer_decay=0.5))
