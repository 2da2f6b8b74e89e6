import gc
import weakref

import keras
import numpy as np
import pytest

import brainscan as bs
from brainscan.explain import GradCAM, LayerCAM, attribution, heat_map, methods
from brainscan.explain.network import network_of

EVERY = methods.names()
FAST = {"occlusion": bs.explain.Occlusion(window=24, stride=24)}


def test_the_methods_by_name():
    assert EVERY == [
        "grad_cam",
        "grad_cam_plus_plus",
        "hires_cam",
        "integrated_gradients",
        "layer_cam",
        "occlusion",
    ]


@pytest.mark.parametrize("head", ["stages", "paper"])
@pytest.mark.parametrize("name", EVERY)
def test_every_method_on_the_small_network(images, name, head):
    model = bs.models.build("small_cnn", (48, 48, 3), None, head=head, seed=0)
    maps = heat_map(model, images, FAST.get(name, name))
    assert maps.shape == (5, 48, 48)
    assert maps.dtype == np.float32
    assert maps.min() >= 0
    # Of a random network nothing may speak for the class, and then the map is zero.
    assert set(maps.max(axis=(1, 2)).tolist()) <= {0.0, 1.0}


@pytest.fixture(scope="module")
def mobilenet():
    return bs.models.build("mobilenet", (64, 64, 3), None, head="stages", seed=0)


@pytest.mark.parametrize("name", EVERY)
def test_every_method_on_a_network_of_keras(mobilenet, name):
    pixels = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8)
    method = bs.explain.IntegratedGradients(steps=2) if name.startswith("int") else name
    raw = attribution(mobilenet, pixels, FAST.get(name, method))
    assert raw.shape == (2, 64, 64)
    assert np.isfinite(raw).all()


@pytest.mark.parametrize("name", EVERY)
def test_a_batch_equals_its_images_one_by_one(small, images, name):
    method = FAST.get(name, name)
    together = attribution(small, images, method)
    singles = np.concatenate([attribution(small, image[None], method) for image in images])
    np.testing.assert_allclose(together, singles, atol=1e-4 * np.abs(together).max())


def test_a_last_smaller_batch_compiles_nothing_again(images):
    model = bs.models.build("small_cnn", (48, 48, 3), None, "global_average", seed=0)
    many = np.concatenate([images] * 4)
    for n in (20, 16, 7, 2):
        heat_map(model, many[:n], "grad_cam")
    heat_map(model, many[:3], "grad_cam", target=0)
    (function,) = network_of(model)._functions.values()
    assert function._cache_size() == 1
    heat_map(model, many[:1], "grad_cam")
    assert function._cache_size() == 2


def test_new_weights_are_seen_without_compiling_again(images):
    model = bs.models.build("small_cnn", (48, 48, 3), None, "global_average", seed=0)
    before = heat_map(model, images, "grad_cam")
    other = bs.models.build("small_cnn", (48, 48, 3), None, "global_average", seed=1)
    model.set_weights(other.get_weights())
    after = heat_map(model, images, "grad_cam")
    assert np.abs(before - after).max() > 0.1
    np.testing.assert_allclose(after, heat_map(other, images, "grad_cam"), atol=1e-5)


def test_the_model_is_left_as_it_is(small, images):
    before = small.get_weights()
    heat_map(small, images, "integrated_gradients")
    for one, other in zip(before, small.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ["layer_cam", "integrated_gradients"])
def test_a_saved_and_loaded_model_gives_the_same_map(small, images, name, tmp_path):
    expected = heat_map(small, images, name)  # before saving: what it leaves must save, too
    small.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(heat_map(loaded, images, name), expected, atol=1e-5)


@pytest.mark.parametrize("name", ["grad_cam", "occlusion"])
def test_an_ensemble_is_explained_by_the_mean_of_its_members(images, name, tmp_path):
    build, method = bs.models.build, FAST.get(name, name)
    two = [build("small_cnn", (48, 48, 3), None, "global_average", seed=s) for s in (0, 1)]
    together = bs.models.ensemble(two)
    expected = np.mean([attribution(model, images, method) for model in two], axis=0)
    np.testing.assert_allclose(
        attribution(together, images, method), expected, rtol=1e-3, atol=1e-5
    )
    together.save(tmp_path / "together.keras")
    loaded = keras.saving.load_model(tmp_path / "together.keras")
    np.testing.assert_allclose(attribution(loaded, images, method), expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", ["layer_cam", "integrated_gradients"])
def test_the_mirror_image_is_explained_in_the_frame_of_the_image(small, images, name, tmp_path):
    both = bs.models.mirrored(small)
    turned = attribution(small, images[:, :, ::-1], name)[:, :, ::-1]
    expected = (attribution(small, images, name) + turned) / 2
    np.testing.assert_allclose(attribution(both, images, name), expected, rtol=1e-3, atol=1e-5)
    both.save(tmp_path / "both.keras")
    loaded = keras.saving.load_model(tmp_path / "both.keras")
    np.testing.assert_allclose(attribution(loaded, images, name), expected, rtol=1e-3, atol=1e-5)


@keras.saving.register_keras_serializable("test_heat_map")
class HiddenNet(keras.Model):
    def __init__(self, **settings):
        super().__init__(**settings)
        self.inner = keras.layers.Conv2D(8, 3, strides=4, activation="relu")

    def call(self, image):
        return self.inner(image)


@pytest.fixture
def registered(monkeypatch):
    registry = bs.models.backbones.registry.backbones
    monkeypatch.setattr(registry, "_entries", dict(registry._entries))
    return registry


@pytest.mark.parametrize("name", EVERY)
def test_a_backbone_that_hides_its_layers_gives_its_last_map(registered, images, name):
    @bs.models.register("hidden", minimum_size=16)
    def hidden(input_shape, weights):
        image = keras.Input(input_shape)
        return keras.Model(image, HiddenNet()(image))

    model = bs.models.build("hidden", (48, 48, 3), None, "global_average", seed=0)
    maps = heat_map(model, images, FAST.get(name, name))
    assert maps.shape == (5, 48, 48)
    assert maps.max() in (0, 1)


def test_a_backbone_of_ones_own(registered, images):
    @bs.models.register("own", minimum_size=16)
    def own(input_shape, weights):
        image = keras.Input(input_shape)
        x = keras.layers.Conv2D(8, 3, strides=2, activation="relu", name="first")(image)
        x = keras.layers.Conv2D(8, 3, strides=2, activation="relu", name="second")(x)
        return keras.Model(image, x)

    model = bs.models.build("own", (48, 48, 3), None, "paper", seed=0)
    for name in EVERY:
        assert heat_map(model, images, FAST.get(name, name)).shape == (5, 48, 48)
    first = heat_map(model, images, GradCAM("first"))
    assert np.abs(first - heat_map(model, images, GradCAM("second"))).max() > 0.1


def test_a_model_without_maps_names_what_works(images):
    image = keras.Input((48, 48, 3))
    score = keras.layers.Dense(1, "sigmoid")(keras.layers.Flatten()(image))
    flat = keras.Model(image, score, name="flat")
    for name in ("grad_cam", "grad_cam_plus_plus", "hires_cam", "layer_cam"):
        message = "needs convolutional features.* flat shows none. Use method='integrated_gradi"
        with pytest.raises(ValueError, match=message):
            heat_map(flat, images, name)
    for name in ("integrated_gradients", "occlusion"):
        assert heat_map(flat, images, FAST.get(name, name)).shape == (5, 48, 48)


def test_what_was_compiled_goes_with_the_model(images):
    model = bs.models.build("small_cnn", (48, 48, 3), None, "global_average", seed=0)
    heat_map(model, images, "grad_cam")
    gone = weakref.ref(network_of(model))
    del model
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": np.zeros((48, 48, 3))}, r"images must have shape \(n, 48, 48, 3\)"),
        ({"images": np.zeros((0, 48, 48, 3))}, "n of 1 or more"),
        ({"images": np.zeros((1, 32, 48, 3))}, r"got \(1, 32, 48, 3\)"),
        ({"images": np.full((1, 48, 48, 3), np.nan)}, "images must have finite pixels"),
        ({"images": np.random.default_rng(0).random((1, 48, 48, 3))}, "scales them itself"),
        ({"target": 2}, "target must be a class index below 2; got 2"),
        ({"target": -1}, "target must be a class index below 2; got -1"),
        ({"method": "gradcam"}, "Did you mean 'grad_cam'"),
    ],
)
def test_bad_input(small, images, change, message):
    with pytest.raises(ValueError, match=message):
        heat_map(**{"model": small, "images": images, **change})


def test_a_class_in_place_of_a_method(small, images):
    from brainscan.explain.method import method_of

    with pytest.raises(TypeError, match=r"method must be a name, .* such as LayerCAM\(stages=2\)"):
        method_of(LayerCAM)


def test_a_method_of_ones_own(small, images):
    class Centre:
        def attribute(self, network, images, target):
            maps = np.zeros(images.shape[:3], np.float32)
            maps[:, 24, 24] = 3
            return maps

    assert heat_map(small, images, Centre())[:, 24, 24].tolist() == [1] * 5


def test_more_classes(images):
    model = bs.models.build("small_cnn", (48, 48, 3), None, "stages", classes=3, seed=0)
    maps = [heat_map(model, images, "layer_cam", target=target) for target in range(3)]
    assert np.abs(maps[0] - maps[2]).max() > 0.1
