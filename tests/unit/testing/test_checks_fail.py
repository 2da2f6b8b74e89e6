"""Each check fails on what it is there to find, and says what came."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from brainscan import datasets, models, testing


@pytest.fixture(autouse=True)
def registry(monkeypatch):
    registered = models.backbones.registry.backbones
    monkeypatch.setattr(registered, "_entries", dict(registered._entries))


def bad_backbone(layer, **facts):
    @models.register("bad", minimum_size=8, **facts)
    def bad(input_shape, weights):
        image = keras.Input(input_shape)
        return keras.Model(image, layer(keras.layers.Conv2D(4, 3)(image)))


@keras.saving.register_keras_serializable(package="brainscan_tests")
class Broken(keras.layers.Layer):
    def __init__(self, how, **kwargs):
        super().__init__(**kwargs)
        self.how = how

    def call(self, features):
        if self.how == "not finite":
            return features / 0
        if self.how == "mixes images":
            return features - keras.ops.mean(features, axis=0)
        if self.how == "cuts the gradient":
            return keras.ops.stop_gradient(features)
        if self.how == "infinite gradient":
            return keras.ops.sqrt(keras.ops.relu(features) * 0)
        return features

    def get_config(self):
        return {**super().get_config(), "how": "no longer" if self.how == "forgets" else self.how}


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("not finite", r"bad must give finite probabilities; got \[nan"),
        ("mixes images", "the same score whatever stands beside it; got a difference"),
        ("cuts the gradient", "bad must be reached by the gradient; got zero"),
        ("infinite gradient", "bad must have a finite gradient for .*kernel; got nan"),
    ],
)
def test_backbone_that_computes_wrongly(how, message):
    bad_backbone(Broken(how))
    with pytest.raises(AssertionError, match=message):
        testing.check_backbone("bad")


def test_backbone_that_is_another_after_loading():
    class Forgets(Broken):
        def call(self, features):
            return features if self.how == "no longer" else features * 3 + 1

    keras.saving.register_keras_serializable(package="brainscan_tests")(Forgets)
    bad_backbone(Forgets("forgets"))
    with pytest.raises(AssertionError, match="same scores after it is saved and loaded; got"):
        testing.check_backbone("bad")


def test_backbone_of_another_number_of_parameters_or_of_unknown_size():
    bad_backbone(keras.layers.ReLU(), parameters=7)
    with pytest.raises(AssertionError, match="bad must have its 7 parameters; got 112"):
        testing.check_backbone("bad")


def test_backbone_of_the_wrong_rank():
    bad_backbone(keras.layers.Flatten())
    with pytest.raises(AssertionError, match="must return one feature map"):
        testing.check_backbone("bad")


def test_backbone_that_draws_its_weights_by_itself():
    draw = np.random.default_rng()

    class Draws(keras.layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight(
                initializer=lambda shape, dtype: jnp.asarray(draw.normal(size=shape), dtype)
            )

        def call(self, features):
            return features * self.scale

    @models.register("bad", minimum_size=8)
    def bad(input_shape, weights):
        image = keras.Input(input_shape)
        return keras.Model(image, Draws()(image))

    with pytest.raises(AssertionError, match="start from the same weights for the same seed"):
        testing.check_backbone("bad")


def rows(images):
    return np.array([[image.mean(), image.std()] for image in images], np.float32)


def writes(images):
    images[0][:] = 0
    return rows(images)


def ranks(images):
    return np.argsort(rows(images), axis=0).astype(np.float32)


@pytest.mark.parametrize(
    ("extractor", "message"),
    [
        (lambda images: rows(images)[:-1], r"must return \(6, d\) .* got \(5, 2\)"),
        (lambda images: rows(images).astype(float), "must return float32; got float64"),
        (lambda images: np.float32(1) / (rows(images) != 0), "finite numbers; got others"),
        (writes, "must leave the images as they are"),
        (ranks, "the same row alone and in company"),
        (
            lambda images: rows(images) + np.random.default_rng().random(dtype=np.float32),
            "the same table every time",
        ),
    ],
    ids=["a row less", "float64", "not finite", "writes", "ranks", "random"],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_extractor(extractor, message):
    testing.check_extractor(rows)
    with pytest.raises(AssertionError, match=message):
        testing.check_extractor(extractor)


def shift_all(key, images):
    return jnp.clip(images + jnp.asarray(jax.random.uniform(key) * 40, images.dtype), 0, 255)


@pytest.mark.parametrize(
    ("augmentation", "message"),
    [
        (lambda key, images: images[:, 1:], "must keep the shape"),
        (lambda key, images: images.astype(np.float16), "must keep float32; got float16"),
        (lambda key, images: images * 2, "must stay within 0 to 255; got 0.0 to 510"),
        (shift_all, "in a way of its own; got the same change for all"),
    ],
    ids=["shape", "dtype", "range", "the same for all"],
)
def test_augmentation(augmentation, message):
    with pytest.raises(AssertionError, match=message):
        testing.check_augmentation(augmentation)


def test_augmentation_with_a_random_state_of_its_own():
    draw = np.random.default_rng(0)
    with pytest.raises(AssertionError, match="same images for the same key; got a difference"):
        testing.check_augmentation(lambda key, images: images * draw.uniform())


def test_dataset():
    data = datasets.load("phantom", n=6)
    for changes, message in (
        ({"licence": "unknown"}, "phantom must have a licence"),
        ({"groups": np.zeros(6, np.int64)}, "two groups or more of class 'healthy'; got 1"),
        ({"images": [np.zeros((4, 4, 2), np.uint8)] * 6, "masks": None}, r"got \(4, 4, 2\)"),
        ({"images": [np.zeros((4, 4))] * 6, "masks": None}, "got float64"),
        ({"images": [np.full((4, 4), np.nan, "f4")] * 6, "masks": None}, "finite; got nan"),
        ({"masks": [np.zeros((4, 4), bool)] * 6}, r"have its size .* got \(4, 4\)"),
    ):
        with pytest.raises(AssertionError, match=message):
            testing.check_dataset(replace(data, **changes))
    object.__setattr__(data, "masks", [np.zeros((4, 4), np.uint8)] * 6)
    with pytest.raises(AssertionError, match="must be bool; got uint8"):
        testing.check_dataset(data)
