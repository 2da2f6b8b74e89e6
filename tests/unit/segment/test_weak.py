import keras
import numpy as np
import pytest

import brainscan as bs
from brainscan import explain, metrics
from brainscan.models.backbones.registry import backbones
from brainscan.segment import weak_mask


@pytest.fixture
def bright_finder(monkeypatch):
    """A classifier that says tumour where there are pixels brighter than 150, and sees each."""
    monkeypatch.setattr(backbones, "_entries", dict(backbones._entries))

    @bs.models.register("bright", scaling="none", minimum_size=8)
    def bright(input_shape, weights):
        image = keras.Input(input_shape)
        shine = keras.layers.Conv2D(1, 1, activation="relu", name="shine")(image)
        return keras.Model(image, keras.layers.AveragePooling2D(2)(shine))

    model = bs.models.build("bright", (48, 48, 3), None, "global_max")
    model.get_layer("bright").set_weights([np.full((1, 1, 3, 1), 1 / 3), np.array([-150.0])])
    model.get_layer("score").set_weights([np.full((1, 1), 0.2), np.array([-2.0])])
    return model


@pytest.fixture
def scene():
    rng = np.random.default_rng(0)
    images = rng.integers(70, 90, (3, 48, 48, 3), np.uint8)
    truths = np.zeros((3, 48, 48), bool)
    truths[0, 10:20, 12:26] = truths[2, 30:44, 5:15] = True
    images[truths] += 100
    return images, truths


@pytest.mark.parametrize("level", ["otsu", 0.3])
def test_the_mask_is_what_the_classifier_saw_and_empty_without_a_tumour(
    bright_finder, scene, level
):
    images, truths = scene
    masks = weak_mask(bright_finder, images, method="grad_cam", level=level)
    assert masks.shape == truths.shape
    assert masks.dtype == np.bool_
    assert not masks[1].any()
    for i in (0, 2):
        assert metrics.segmentation.dice(truths[i], masks[i]) > 0.9


def test_the_decision_is_the_callers(bright_finder, scene):
    images, _ = scene
    assert not weak_mask(bright_finder, images, decision=1.0).any()


def test_without_the_image_the_mask_is_the_map_above_the_level(bright_finder, scene):
    images, _ = scene
    found = weak_mask(bright_finder, images[:1], "grad_cam", level=0.6, refinement="threshold")
    heat = explain.heat_map(bright_finder, images[:1], "grad_cam")
    np.testing.assert_array_equal(found, heat >= 0.6 * heat.max())


def test_bad_input_is_refused(bright_finder, scene):
    images, _ = scene
    with pytest.raises(ValueError, match="with n of 1 or more; got .40, 48, 3."):
        weak_mask(bright_finder, images[0, :40])
    with pytest.raises(ValueError, match="level must be 'otsu' or lie between 0 and 1; got 1.5"):
        weak_mask(bright_finder, images, level=1.5)
    with pytest.raises(ValueError, match="decision must be a score of 0 to 1; got 2"):
        weak_mask(bright_finder, images, decision=2)
    with pytest.raises(ValueError, match="Did you mean 'random_walker'"):
        weak_mask(bright_finder, images, refinement="random_walk")


def test_a_model_without_feature_maps_is_refused():
    image = keras.Input((48, 48, 3))
    flat = keras.layers.Flatten()(image)
    model = keras.Model(image, keras.layers.Dense(1, activation="sigmoid", name="score")(flat))
    with pytest.raises(ValueError, match="needs convolutional features"):
        weak_mask(model, np.zeros((1, 48, 48, 3), np.uint8), decision=0.0)
