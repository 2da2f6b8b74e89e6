import keras
import numpy as np
import pytest

import brainscan as bs
from brainscan.models.backbones.registry import backbones
from brainscan.segment import probability_map
from brainscan.segment.fully_convolutional import fully_convolutional


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (90, 71, 3), np.uint8)


@pytest.fixture
def unpadded(monkeypatch):
    """A backbone that pads nothing, with a stride of 4 and a map of 5x5 for a patch of 32."""
    monkeypatch.setattr(backbones, "_entries", dict(backbones._entries))

    @bs.models.register("unpadded", scaling="torch")
    def unpadded(input_shape, weights):
        image = keras.Input(input_shape)
        x = keras.layers.Conv2D(8, 5, strides=2, activation="relu")(image)
        x = keras.layers.Conv2D(12, 3, activation="relu")(x)
        x = keras.layers.MaxPooling2D(2)(x)
        return keras.Model(image, keras.layers.BatchNormalization()(x))

    return lambda head, size=32: bs.models.build("unpadded", (size, size, 3), None, head, seed=1)


def score_of(model, patch):
    return float(np.asarray(model(patch[None].astype(np.float32), training=False))[0, 0])


def patch_around(image, row, column, size):
    wide = np.pad(image, ((size, size), (size, size), (0, 0)), mode="edge")
    top, left = row + size - size // 2, column + size - size // 2
    return wide[top : top + size, left : left + size]


@pytest.mark.parametrize("head", ["global_average", "global_max", "small_dense", "paper"])
@pytest.mark.parametrize("size", [32, 37])
def test_without_padding_the_map_is_the_score_of_each_patch(unpadded, image, head, size):
    model = unpadded(head, size)
    found = probability_map(model, image, step=2)
    assert found.shape == image.shape[:2]
    for row, column in ((0, 0), (40, 30), (42, 30), (88, 70), (16, 68)):
        expected = score_of(model, patch_around(image, row, column, size))
        assert found[row, column] == pytest.approx(expected, abs=2e-5)


def test_a_step_of_one_asks_at_every_pixel_and_a_wider_one_is_read_between(unpadded, image):
    model = unpadded("global_average")
    every, wide = probability_map(model, image, step=1), probability_map(model, image, step=4)
    np.testing.assert_allclose(wide[::4, ::4], every[::4, ::4], atol=2e-6)
    middle = (wide[:84:4, ::4] + wide[4:88:4, ::4]) / 2
    np.testing.assert_allclose(wide[2:86:4, ::4], middle, atol=1e-6)
    for row, column in ((1, 3), (41, 29), (89, 70)):
        expected = score_of(model, patch_around(image, row, column, 32))
        assert every[row, column] == pytest.approx(expected, abs=2e-5)


def test_steps_above_the_stride_are_the_stride_and_others_its_divisors(unpadded, image):
    model = unpadded("global_average")
    np.testing.assert_array_equal(
        probability_map(model, image, step=99), probability_map(model, image, step=4)
    )
    np.testing.assert_array_equal(
        probability_map(model, image, step=3), probability_map(model, image, step=2)
    )


def test_new_weights_change_the_map(unpadded, image):
    model, other = unpadded("global_average"), unpadded("global_average", 32)
    before = probability_map(model, image, step=4)
    other.set_weights([weight + 0.1 for weight in model.get_weights()])
    model.set_weights(other.get_weights())
    after = probability_map(model, image, step=4)
    assert np.abs(after - before).max() > 1e-3
    np.testing.assert_array_equal(after, probability_map(other, image, step=4))


def test_the_model_is_left_as_it_is(unpadded, image, tmp_path):
    model = unpadded("global_average")
    before = [len(layer._inbound_nodes) for layer in model.layers]
    probability_map(model, image)
    assert [len(layer._inbound_nodes) for layer in model.layers] == before
    model.save(tmp_path / "model.keras")
    keras.saving.load_model(tmp_path / "model.keras")


def test_a_batch_equals_its_images_one_by_one_and_grey_is_grey_rgb(unpadded, image):
    model = unpadded("global_average")
    batch = np.stack([image, image[::-1]])
    maps = probability_map(model, batch)
    np.testing.assert_allclose(maps[1], probability_map(model, batch[1]), atol=1e-6)
    gray = image[:, :, 0]
    np.testing.assert_array_equal(
        probability_map(model, gray), probability_map(model, np.repeat(gray[:, :, None], 3, 2))
    )


def test_with_padding_an_image_of_the_patch_s_size_has_the_score_of_the_patch(image):
    model = bs.models.build("small_cnn", (64, 64, 3), None, "global_average", seed=0)
    network = fully_convolutional(model)
    assert network.stride == 32
    scores = network.scores(image[None, :64, :64].astype(np.float32))
    assert scores.shape == (1, 1, 1)
    assert scores[0, 0, 0] == pytest.approx(score_of(model, image[:64, :64]), abs=1e-5)


def test_a_squeeze_looks_around_each_feature_and_not_at_the_whole_image(monkeypatch):
    monkeypatch.setattr(backbones, "_entries", dict(backbones._entries))

    @bs.models.register("squeezing", scaling="unit")
    def squeezing(input_shape, weights):
        image = keras.Input(input_shape)
        x = keras.layers.Conv2D(6, 4, strides=4, activation="relu")(image)
        weight = keras.layers.GlobalAveragePooling2D()(x)
        weight = keras.layers.Reshape((1, 1, 6))(weight)
        weight = keras.layers.Conv2D(6, 1, activation="sigmoid")(weight)
        return keras.Model(image, keras.layers.Multiply()([x, weight]))

    model = bs.models.build("squeezing", (32, 32, 3), None, "global_average", seed=3)
    network = fully_convolutional(model)
    flat = np.full((1, 96, 128, 3), 90, np.float32)
    scores = network.scores(flat)[0]
    assert scores.shape == (17, 25)
    np.testing.assert_allclose(scores, score_of(model, flat[0, :32, :32]), atol=1e-5)
    flat[:, 80:, 100:] = 255
    assert np.abs(network.scores(flat)[0, -1, -1] - scores[-1, -1]) > 1e-3
    np.testing.assert_array_equal(network.scores(flat)[0, :5, :5], scores[:5, :5])


def test_in_black_surroundings_padding_changes_nothing():
    """Before training, zeros are what black becomes: a padded backbone must be exact too."""
    model = bs.models.build("small_cnn", (64, 64, 3), None, "global_average", seed=0)
    image = np.zeros((64 + 64, 64 + 96, 3), np.float32)
    image[50:78, 82:110] = np.random.default_rng(0).uniform(50, 255, (28, 28, 3))
    scores = fully_convolutional(model).scores(image[None])[0]
    assert scores.shape == (3, 4)
    assert scores[1, 2] == pytest.approx(score_of(model, image[32:96, 64:128]), abs=1e-5)
    assert abs(scores[1, 2] - scores[0, 0]) > 1e-3


def test_bad_input_is_refused(unpadded, image):
    model = unpadded("global_average")
    with pytest.raises(ValueError, match="at least as large as a patch, 32x32 pixels; got 31x71"):
        probability_map(model, image[:31])
    with pytest.raises(ValueError, match="0 to 255; got"):
        probability_map(model, image.astype(np.uint16) * 100)
    with pytest.raises(ValueError, match="one image at least; got none"):
        probability_map(model, image[None][:0])
    with pytest.raises(ValueError, match="step must be a positive whole number of pixels; got 0"):
        probability_map(model, image, step=0)


def test_models_that_cannot_be_asked_everywhere_are_refused(image):
    plain = keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Flatten()])
    with pytest.raises(ValueError, match="must have convolutional features.*has no inner model"):
        probability_map(plain, image)
    build = bs.models.build
    with pytest.raises(ValueError, match="stands on that map alone"):
        probability_map(build("small_cnn", (32, 32, 3), None, "stages"), image)
    scaled = build("small_cnn", (32, 32, 3), None, "global_max", scaling="standardized")
    with pytest.raises(ValueError, match="treat each pixel alike"):
        probability_map(scaled, image)
    with pytest.raises(ValueError, match="one sigmoid unit"):
        probability_map(build("small_cnn", (32, 32, 3), None, "global_max", classes=3), image)
