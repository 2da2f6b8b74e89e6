import keras
import numpy as np
import pytest

import brainscan as bs
from brainscan.models import decoders
from brainscan.models.backbones.registry import backbones


def images(n, shape, seed=0):
    return np.random.default_rng(seed).uniform(0, 255, (n, *shape)).astype(np.float32)


@pytest.mark.parametrize("decoder", decoders.names())
@pytest.mark.parametrize("shape", [(64, 64, 3), (45, 70, 1)])
def test_every_decoder_gives_a_probability_a_pixel(decoder, shape):
    model = bs.models.build_segmenter("small_cnn", shape, None, decoder, seed=0)
    mask = model.predict(images(2, shape), verbose=0)
    assert mask.shape == (2, *shape[:2], 1)
    assert mask.dtype == np.float32
    assert 0 < mask.min() < mask.max() < 1


@pytest.mark.parametrize("decoder", decoders.names())
def test_a_call_answers_as_predict_does(decoder):
    # Keras's Resizing is in training by default, and what comes after it would be too.
    model = bs.models.build_segmenter("small_cnn", (48, 48, 3), None, decoder, seed=0)
    batch = images(3, (48, 48, 3))
    for whole in (model, bs.models.mirrored(model), bs.models.ensemble([model, model])):
        expected = whole.predict(batch, verbose=0)
        np.testing.assert_allclose(np.asarray(whole(batch)), expected, atol=1e-5)
        assert np.abs(np.asarray(whole(batch, training=True)) - expected).max() > 1e-3


def test_one_network_gives_mask_and_score():
    model = bs.models.build_segmenter("small_cnn", (48, 48, 3), None, classify=True, seed=0)
    found = model.predict(images(3, (48, 48, 3)), verbose=0)
    assert {name: values.shape for name, values in found.items()} == {
        "mask": (3, 48, 48, 1),
        "score": (3, 1),
    }


@pytest.mark.parametrize("name", ["efficientnet_lite0", "googlenet", "mobilenet_v2"])
def test_real_backbones_at_a_size_that_is_no_multiple_of_32(name):
    with keras.StatelessScope():
        model = bs.models.build_segmenter(name, (75, 90, 3), None)
    assert model.output_shape == (None, 75, 90, 1)
    assert model.get_layer(name)


@pytest.mark.slow
@pytest.mark.parametrize("decoder", decoders.names())
def test_every_backbone(decoder):
    for name in sorted(set(backbones) - {"convnext_xlarge", "efficientnet_b7", "nasnet_large"}):
        if backbones[name].citation.startswith("a test"):
            continue
        with keras.StatelessScope():
            model = bs.models.build_segmenter(name, (107, 96, 3), None, decoder)
        assert model.output_shape == (None, 107, 96, 1), name


def test_layers_are_our_own_in_the_decoder_too():
    model = bs.models.build_segmenter("small_cnn", (48, 48, 3), None)
    kinds = {type(layer) for layer in model.layers if "Conv" in type(layer).__name__}
    assert {kind.__module__ for kind in kinds} == {"brainscan.models.layers"}
    stock = bs.models.to_stock(model)
    batch = images(2, (48, 48, 3))
    np.testing.assert_allclose(
        stock.predict(batch, verbose=0), model.predict(batch, verbose=0), atol=1e-5
    )


def test_saves_and_loads(tmp_path):
    model = bs.models.build_segmenter("small_cnn", (40, 40, 3), None, classify=True, seed=0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    batch = images(2, (40, 40, 3))
    for name, values in model.predict(batch, verbose=0).items():
        np.testing.assert_array_equal(again.predict(batch, verbose=0)[name], values)


def test_weights_of_the_whole_and_of_the_backbone_alone(tmp_path):
    build = bs.models.build_segmenter
    model = build("small_cnn", (40, 40, 3), None, seed=0)
    model.save_weights(tmp_path / "whole.weights.h5")
    again = build("small_cnn", (40, 40, 3), tmp_path / "whole.weights.h5", seed=1)
    for mine, its in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, its)
    classifier = bs.models.build("small_cnn", (40, 40, 3), None, seed=2)
    classifier.get_layer("small_cnn").save_weights(tmp_path / "backbone.weights.h5")
    again = build("small_cnn", (40, 40, 3), tmp_path / "backbone.weights.h5", seed=1)
    np.testing.assert_array_equal(
        again.get_layer("small_cnn").get_weights()[0],
        classifier.get_layer("small_cnn").get_weights()[0],
    )


def test_the_same_seed_the_same_weights():
    build = bs.models.build_segmenter
    first, same, other = (build("small_cnn", (32, 32, 3), None, seed=s) for s in (0, 0, 1))
    np.testing.assert_array_equal(first.get_weights()[-2], same.get_weights()[-2])
    assert not np.array_equal(first.get_weights()[-2], other.get_weights()[-2])


def test_folding_keeps_the_mask():
    model = bs.models.build_segmenter("small_cnn", (48, 48, 3), None, seed=0)
    batch = images(2, (48, 48, 3))
    folded = bs.models.fold_batch_norm(model)
    np.testing.assert_allclose(
        folded.predict(batch, verbose=0), model.predict(batch, verbose=0), atol=1e-4
    )


def test_the_mirrored_model_flips_the_mask_back():
    model = bs.models.build_segmenter("small_cnn", (48, 48, 3), None, classify=True, seed=0)
    batch = images(2, (48, 48, 3))
    both = bs.models.mirrored(model).predict(batch, verbose=0)
    seen, flipped = (model.predict(b, verbose=0) for b in (batch, batch[:, :, ::-1]))
    expected = (seen["mask"] + flipped["mask"][:, :, ::-1]) / 2
    np.testing.assert_allclose(both["mask"], expected, atol=1e-5)
    np.testing.assert_allclose(both["score"], (seen["score"] + flipped["score"]) / 2, atol=1e-5)


def test_a_decoder_of_ones_own():
    @decoders.register("a_test_decoder")
    def coarse(maps):
        return maps[-1]

    model = bs.models.build_segmenter("small_cnn", (64, 64, 3), None, "a_test_decoder")
    assert model.output_shape == (None, 64, 64, 1)


def test_wrong_names_and_sizes():
    with pytest.raises(ValueError, match="Did you mean 'unet'"):
        bs.models.build_segmenter("small_cnn", (64, 64, 3), None, "unett")
    with pytest.raises(ValueError, match="at least 32x32 pixels; got 16x16"):
        bs.models.build_segmenter("small_cnn", (16, 16, 3), None)


def test_a_backbone_that_hides_its_maps(monkeypatch):
    monkeypatch.setattr(backbones, "_entries", dict(backbones._entries))

    class Hidden(keras.Model):
        def __init__(self):
            super().__init__()
            self.convolution = keras.layers.Conv2D(4, 3, 2, padding="same")

        def call(self, image):
            return self.convolution(image)

    @bs.models.register("a_test_of_hidden_maps")
    def hidden(input_shape, weights):
        model = Hidden()
        model(keras.Input(input_shape))
        return model

    with pytest.raises(TypeError, match="must return a functional keras.Model"):
        bs.models.build_segmenter("a_test_of_hidden_maps", (64, 64, 3), None)


@pytest.mark.parametrize("decoder", ["unet", "deeplab_v3_plus"])
def test_batch_norm_forgets_fast(decoder):
    model = bs.models.build_segmenter(
        "efficientnet_lite0", (64, 64, 3), weights=None, decoder=decoder
    )
    backbone = model.get_layer("efficientnet_lite0")
    layers = [*model.layers, *backbone.layers]
    momenta = [x.momentum for x in layers if isinstance(x, keras.layers.BatchNormalization)]
    assert len(momenta) > 40
    assert max(momenta) <= 0.9
