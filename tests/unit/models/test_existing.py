"""A backbone from a model that is there already."""

import keras
import numpy as np
import pytest

from brainscan import models

SHAPE = (40, 48, 3)


@pytest.fixture(autouse=True)
def registry(monkeypatch):
    registered = models.backbones.registry.backbones
    monkeypatch.setattr(registered, "_entries", dict(registered._entries))


def network():
    image = keras.Input((32, 32, 3))
    features = keras.layers.Conv2D(4, 3, strides=2, name="features")(image)
    features = keras.layers.BatchNormalization(name="norm")(features)
    classes = keras.layers.Dense(10)(keras.layers.GlobalMaxPooling2D()(features))
    return keras.Model(image, classes)


class HubBackbone(keras.Model):
    """Stands for KerasHub's: a functional model with a constructor of its own, of any size."""

    def __init__(self, width, image_shape=(None, None, 3), **kwargs):
        image = keras.Input(image_shape)
        super().__init__(inputs=image, outputs=keras.layers.Conv2D(width, 3)(image), **kwargs)
        self.width = width


def test_a_classifier_is_cut_at_a_layer_and_built_at_another_size():
    net = network()
    models.register_model("cut", net, output="norm", scaling="none", licence="mine")
    model = models.build("cut", SHAPE, "imagenet", "global_average")
    assert models.info("cut").parameters == 3 * 9 * 4 + 4 + 8
    assert models.info("cut").licence == "mine"
    images = np.random.default_rng(0).uniform(0, 255, (2, *SHAPE)).astype(np.float32)
    expected = net.get_layer("norm")(net.get_layer("features")(images))
    np.testing.assert_allclose(model.get_layer("cut")(images), expected, rtol=1e-5)


def test_a_backbone_of_kerashub():
    net = HubBackbone(5)
    models.register_model("hub", net)
    model = models.build("hub", SHAPE, "imagenet", "global_average")
    np.testing.assert_array_equal(model.get_layer("hub").get_weights()[0], net.get_weights()[0])
    assert model.get_layer("hub").output_shape == (None, 38, 46, 5)


def test_each_build_is_a_copy():
    net = network()
    before = net.get_weights()[0]
    models.register_model("mine", net, output="features")
    first, second = (models.build("mine", SHAPE, "imagenet", "global_average") for _ in range(2))
    first.get_layer("mine").set_weights([np.zeros((3, 3, 3, 4)), np.zeros(4)])
    np.testing.assert_array_equal(second.get_layer("mine").get_weights()[0], before)
    np.testing.assert_array_equal(net.get_weights()[0], before)


def test_random_weights_follow_the_seed():
    models.register_model("mine", network(), output="features")
    one, same, trained = (
        models.build("mine", SHAPE, weights, "global_average", seed=1).get_layer("mine")
        for weights in (None, None, "imagenet")
    )
    assert not np.array_equal(one.get_weights()[0], trained.get_weights()[0])
    np.testing.assert_array_equal(one.get_weights()[0], same.get_weights()[0])


def test_mistakes():
    with pytest.raises(ValueError, match="No such layer: absent"):
        models.register_model("mine", network(), output="absent")
    with pytest.raises(TypeError, match="functional keras.Model; got .*Dense"):
        models.register_model.__wrapped__("mine", keras.layers.Dense(1))
    with pytest.raises(ValueError, match=r"one feature map .* \(None, 10\)\. .*output='norm'"):
        models.register_model("flat", network())
    with pytest.raises(ValueError, match="'vgg16' is registered already"):
        models.register_model("vgg16", network(), output="norm")
