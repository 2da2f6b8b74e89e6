import urllib.error
import urllib.request

import keras
import numpy as np
import pytest

from brainscan import models


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (5, 48, 48, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def model():
    return models.build("small_cnn", (48, 48, 3), weights=None, head="global_average", seed=0)


def test_scores_are_probabilities(model, images):
    scores = model.predict(images, verbose=0)
    assert scores.shape == (5, 1)
    assert scores.dtype == np.float32
    assert 0 <= scores.min() <= scores.max() <= 1


def test_more_classes_give_a_softmax(images):
    model = models.build("small_cnn", (48, 48, 3), weights=None, head="small_dense", classes=3)
    scores = model.predict(images, verbose=0)
    np.testing.assert_allclose(scores.sum(axis=1), 1, rtol=1e-5)


def test_batch_equals_its_images_one_by_one(model, images):
    together = model.predict(images, verbose=0)
    apart = np.concatenate([model.predict(image[None], verbose=0) for image in images])
    np.testing.assert_allclose(together, apart, atol=1e-6)


def test_seed_repeats_the_weights_and_leaves_python_random_alone():
    import random

    random.seed(5)
    expected = random.random()
    random.seed(5)
    first, second, other = (
        models.build("small_cnn", (32, 32, 3), None, "global_average", seed=seed)
        for seed in (1, 1, 2)
    )
    assert random.random() == expected
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert any(
        not np.array_equal(a, b)
        for a, b in zip(first.get_weights(), other.get_weights(), strict=True)
    )


def test_paper_head_is_flatten_dense_dropout_output():
    model = models.build("small_cnn", (32, 32, 3), weights=None)
    names = [layer.name for layer in model.layers]
    assert names == ["image", "scaling", "small_cnn", "flatten", "dense", "dropout", "score"]
    assert model.get_layer("dense").units == 1024
    assert model.get_layer("dropout").rate == 0.2
    assert all(layer.trainable for layer in model.layers)


@pytest.mark.parametrize(
    ("scaling", "expected"),
    [
        ("none", [0.0, 127.5, 255.0]),
        ("unit", [0.0, 0.5, 1.0]),
        ("symmetric", [-1.0, 0.0, 1.0]),
        ("symmetric_128", [-1.0, -0.00390625, 0.9921875]),
    ],
)
def test_scaling_by_name(scaling, expected):
    layer = models.scalings[scaling]()
    pixels = np.array([0, 127.5, 255], np.float32).reshape(1, 1, 3, 1)
    np.testing.assert_allclose(np.ravel(layer(pixels)), expected, atol=1e-6)


def test_standardization_gives_each_image_mean_0_and_deviation_1(images):
    scaled = np.asarray(models.scalings["standardized"]()(images))
    np.testing.assert_allclose(scaled.mean(axis=(1, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(axis=(1, 2, 3)), 1, atol=1e-5)
    np.testing.assert_array_equal(models.scalings["standardized"]()(np.full((1, 4, 4, 3), 7.0)), 0)


def test_unknown_name_offers_the_nearest():
    with pytest.raises(ValueError, match=r"got 'mobilenetv2'\. Did you mean 'mobilenet_v2'"):
        models.build("mobilenetv2", weights=None)
    with pytest.raises(ValueError, match=r"got 'papr'\. Did you mean 'paper'"):
        models.build("small_cnn", weights=None, head="papr")
    with pytest.raises(ValueError, match=r"scaling must be .* got 'imagenet'"):
        models.build("small_cnn", weights=None, scaling="imagenet")


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((150, -1, 3), r"three positive integers .* got \(150, -1, 3\)"),
        ((31, 150, 3), r"at least 32x32 pixels; got 31x150"),
    ],
)
def test_bad_input_shape(shape, message):
    with pytest.raises(ValueError, match=message):
        models.build("small_cnn", shape, weights=None)


@pytest.mark.parametrize(("classes", "shown"), [(1, "1"), ("3", "'3'")])
def test_bad_number_of_classes(classes, shown):
    with pytest.raises(ValueError, match=f"classes must be a whole number, 2 or more; got {shown}"):
        models.build.__wrapped__("small_cnn", weights=None, classes=classes)


def test_a_lone_number_is_no_input_shape():
    with pytest.raises(ValueError, match=r"three positive integers .* got \(150,\)"):
        models.build.__wrapped__("small_cnn", 150, weights=None)


def test_backbone_of_the_wrong_rank_is_refused(monkeypatch):
    monkeypatch.setattr(models.backbones.registry.backbones, "_entries", {})

    @models.register("flat")
    def flat(input_shape, weights):
        image = keras.Input(input_shape)
        return keras.Model(image, keras.layers.Flatten()(image))

    with pytest.raises(ValueError, match=r"'flat' must return one feature map .* returns"):
        models.build("flat", (32, 32, 3), weights=None)
    with pytest.raises(ValueError, match="'flat' is registered already"):
        models.register("flat")(flat)


def test_failed_download_names_three_ways_on(monkeypatch, tmp_path):
    def refuse(*_, **__):
        raise urllib.error.URLError("no network in tests")

    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", refuse)
    monkeypatch.setattr("keras.src.backend.config.keras_home", lambda: str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(ConnectionError) as caught:
        models.build("mobilenet_v2", (150, 150, 3), weights="imagenet")
    message = str(caught.value)
    assert "imagenet weights of mobilenet_v2 could not be downloaded" in message
    assert "no network in tests" in message
    assert ".weights.h5" in message
    assert "weights=None" in message
    assert "need no download" in message


def test_small_cnn_has_no_imagenet_weights():
    with pytest.raises(ValueError, match="no pre-trained weights; got weights='imagenet'"):
        models.build("small_cnn", (32, 32, 3), weights="imagenet")
