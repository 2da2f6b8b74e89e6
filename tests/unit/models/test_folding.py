import keras
import numpy as np
import pytest

import brainscan as bs

RNG = np.random.default_rng(0)


def trained(model):
    """Give batch norm the statistics and weights that training would."""
    for variable in model.variables:
        if "moving_variance" in variable.path or "gamma" in variable.path:
            variable.assign(RNG.uniform(0.5, 1.5, variable.shape))
        elif "moving_mean" in variable.path or "beta" in variable.path:
            variable.assign(RNG.normal(0, 0.1, variable.shape))
    return model


def norms(model):
    inner = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    own = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    return len(own) + sum(norms(one) for one in inner)


def features(model):
    return keras.Model(model.input, model.get_layer("score").input)


@pytest.mark.parametrize(
    ("name", "left"), [("small_cnn", 0), ("mobilenet_v2", 0), ("xception", 0), ("densenet121", 62)]
)
def test_a_folded_network_gives_the_same_features(name, left):
    shape = (71, 71, 3) if name == "xception" else (64, 64, 3)
    model = trained(bs.models.build(name, shape, None, "global_average", seed=0))
    folded = bs.models.fold_batch_norm(model)
    images = RNG.uniform(0, 255, (2, *shape)).astype(np.float32)
    expected = features(model).predict(images, verbose=0)
    found = features(folded).predict(images, verbose=0)
    assert expected.std() > 0
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())
    assert norms(model) > norms(folded) == left


def test_what_else_sees_the_convolution_keeps_the_norm():
    image = keras.Input((8, 8, 3))
    seen = keras.layers.Conv2D(4, 3)(image)
    norm = keras.layers.BatchNormalization()(seen)
    for outputs in ([norm, seen], [keras.layers.Add()([norm, seen])]):
        model = trained(keras.Model(image, outputs))
        assert norms(bs.models.fold_batch_norm(model)) == 1


def test_a_convolution_with_an_activation_keeps_the_norm():
    image = keras.Input((8, 8, 3))
    norm = keras.layers.BatchNormalization()(keras.layers.Conv2D(4, 3, activation="relu")(image))
    assert norms(bs.models.fold_batch_norm(keras.Model(image, norm))) == 1


def test_a_norm_without_weights_and_a_convolution_with_a_bias():
    image = keras.Input((8, 8, 3))
    seen = keras.layers.Conv2D(4, 3, bias_initializer="ones")(image)
    norm = keras.layers.BatchNormalization(center=False, scale=False)(seen)
    model = trained(keras.Model(image, norm))
    folded = bs.models.fold_batch_norm(model)
    images = RNG.uniform(0, 1, (2, 8, 8, 3)).astype(np.float32)
    np.testing.assert_allclose(
        folded.predict(images, verbose=0), model.predict(images, verbose=0), atol=1e-5
    )
    assert norms(folded) == 0


def test_a_sequential_model_is_folded():
    layers = [keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), keras.layers.BatchNormalization()]
    model = trained(keras.Sequential(layers, name="short"))
    folded = bs.models.fold_batch_norm(model)
    assert (folded.name, norms(folded)) == ("short", 0)
    images = RNG.normal(size=(2, 8, 8, 3)).astype(np.float32)
    np.testing.assert_allclose(folded(images), model(images), rtol=1e-4, atol=1e-5)


class Hidden(keras.Model):
    def call(self, images):
        return images


@pytest.mark.parametrize("change", [bs.models.fold_batch_norm, bs.models.to_stock])
def test_a_model_that_hides_how_its_layers_are_connected_is_refused(change):
    with pytest.raises(ValueError, match=r"model must be a functional keras\.Model.*got Hidden"):
        change(Hidden())
