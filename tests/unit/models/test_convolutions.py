"""Our convolution layers are their stock layers in all but speed."""

import subprocess
import sys
from functools import partial

import h5py
import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from brainscan import models
from brainscan.models import layers

SHAPE = (40, 40, 3)


def pair(name, **settings):
    """Return our layer and the stock one, built, with the same weights."""
    ours = getattr(layers, name)(name="layer", **settings)
    stock = getattr(keras.layers, name)(name="layer", **settings)
    return ours, stock


def same_weights(ours, stock, shape, seed=0):
    rng = np.random.default_rng(seed)
    for layer in (ours, stock):
        layer.build(shape)
    weights = [rng.normal(size=w.shape).astype(np.float32) for w in stock.weights]
    for layer in (ours, stock):
        layer.set_weights(weights)
    return rng.normal(size=shape).astype(np.float32)


def check_equal(ours, stock, shape, tolerance=1e-5):
    """Compare outputs and the gradients of input, kernels and bias."""
    image = jnp.asarray(same_weights(ours, stock, shape), stock.compute_dtype)
    slope = np.random.default_rng(1).normal(size=stock.compute_output_shape(shape))
    slope = jnp.asarray(slope, stock.compute_dtype)

    def run(model, values, image):
        outputs, back = jax.vjp(
            lambda *at: model.stateless_call(at[0], [], at[1])[0], values, image
        )
        return outputs, *back(slope)

    def results(layer):
        model = keras.Sequential([keras.Input(shape[1:], dtype=image.dtype), layer])
        values = [variable.value for variable in model.trainable_variables]
        return jax.tree.leaves(jax.jit(partial(run, model))(values, image))

    for mine, theirs in zip(results(ours), results(stock), strict=True):
        assert mine.shape == theirs.shape
        assert mine.dtype == theirs.dtype
        theirs = np.asarray(theirs, np.float64)
        worst = np.abs(np.asarray(mine, np.float64) - theirs).max()
        assert worst <= tolerance * np.abs(theirs).max()


@pytest.mark.parametrize(
    "settings",
    [
        {"kernel_size": 3},
        {"kernel_size": 3, "padding": "same", "activation": "relu"},
        {"kernel_size": 3, "padding": "same", "strides": 2, "use_bias": False},
        {"kernel_size": 5, "strides": 2},
        {"kernel_size": (2, 4), "padding": "same", "strides": 3, "depth_multiplier": 2},
        {"kernel_size": 3, "padding": "same", "dilation_rate": 2, "depth_multiplier": 3},
        {"kernel_size": (3, 1), "dilation_rate": (2, 1)},
        {"kernel_size": 1, "strides": 2},
    ],
    ids=str,
)
def test_depthwise(settings):
    check_equal(*pair("DepthwiseConv2D", bias_initializer="normal", **settings), (2, 13, 10, 5))


@pytest.mark.parametrize(
    "settings",
    [
        {"kernel_size": 3, "padding": "same", "activation": "swish"},
        {"kernel_size": 3, "padding": "same", "strides": 2, "depth_multiplier": 2},
        {"kernel_size": 3, "dilation_rate": 2, "use_bias": False},
    ],
    ids=str,
)
def test_separable(settings):
    check_equal(*pair("SeparableConv2D", filters=6, **settings), (2, 13, 10, 5))


@pytest.mark.parametrize(
    ("settings", "shape"),
    [
        ({"kernel_size": 1}, (2, 7, 6, 5)),
        ({"kernel_size": 1, "strides": 2, "activation": "relu"}, (2, 7, 6, 5)),
        ({"kernel_size": 1, "strides": (1, 3), "padding": "same"}, (2, 7, 8, 5)),
        ({"kernel_size": 3, "padding": "same"}, (3, 24, 20, 16)),
        ({"kernel_size": 3, "strides": 2}, (4, 43, 45, 16)),
        ({"kernel_size": (5, 3), "strides": (1, 2), "padding": "same"}, (2, 22, 40, 16)),
        ({"kernel_size": 3, "dilation_rate": 2, "padding": "same"}, (1, 24, 20, 16)),
        ({"kernel_size": 3, "padding": "same"}, (2, 7, 6, 5)),
    ],
    ids=str,
)
def test_convolution(settings, shape):
    check_equal(*pair("Conv2D", filters=24, **settings), shape)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("Conv2D", {"filters": 6, "kernel_size": 1, "groups": 2}),
        ("Conv2D", {"filters": 8, "kernel_size": 3, "groups": 4, "padding": "same"}),
    ],
)
def test_what_falls_back_to_stock(name, settings):
    check_equal(*pair(name, **settings), (2, 6, 6, 8))


def test_channels_first_falls_back_to_stock():
    for name in ("Conv2D", "SeparableConv2D"):
        ours, stock = pair(name, filters=4, kernel_size=1, data_format="channels_first")
        check_equal(ours, stock, (2, 5, 7, 6))
    ours, stock = pair("DepthwiseConv2D", kernel_size=3, data_format="channels_first")
    check_equal(ours, stock, (2, 5, 7, 6))


@pytest.mark.parametrize("policy", ["bfloat16", "mixed_bfloat16", "float16", "mixed_float16"])
@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("DepthwiseConv2D", {"kernel_size": 3, "padding": "same", "strides": 2}),
        ("SeparableConv2D", {"filters": 4, "kernel_size": 3}),
        ("Conv2D", {"filters": 4, "kernel_size": 1}),
        ("Conv2D", {"filters": 24, "kernel_size": 3, "padding": "same"}),
    ],
)
def test_half_precision(name, settings, policy):
    channels = 16 if settings["kernel_size"] == 3 and name == "Conv2D" else 5
    size = 20 if channels == 16 else 8
    tolerance = 2e-2 if "bfloat16" in policy else 3e-3
    check_equal(*pair(name, dtype=policy, **settings), (1, size, size, channels), tolerance)


@pytest.mark.parametrize(
    "settings",
    [
        {"pool_size": 2},
        {"pool_size": 3, "strides": 2, "padding": "same"},
        {"pool_size": 3, "strides": 1},
        {"pool_size": (2, 3), "strides": (3, 2), "padding": "same", "dtype": "bfloat16"},
        {"pool_size": 6},
        {"pool_size": 2, "data_format": "channels_first"},
    ],
    ids=str,
)
def test_max_pooling(settings):
    check_equal(*pair("MaxPooling2D", **settings), (2, 9, 8, 5), tolerance=1e-6)


def test_the_first_of_equal_maxima_has_the_gradient():
    image = jnp.zeros((1, 3, 3, 1))
    ours, stock = pair("MaxPooling2D", pool_size=3, strides=2, padding="same")
    gradients = [
        jax.grad(lambda image, layer=layer: layer(image).sum())(image) for layer in (ours, stock)
    ]
    np.testing.assert_array_equal(gradients[0][0, :, :, 0], [[1, 1, 0], [1, 1, 0], [0, 0, 0]])
    np.testing.assert_array_equal(*gradients)


def test_whole_numbers_are_pooled_too():
    image = np.arange(16).reshape(1, 4, 4, 1)
    ours, _ = pair("MaxPooling2D", dtype="int32")
    np.testing.assert_array_equal(np.ravel(ours(image)), [5, 7, 13, 15])


def test_forced_to_a_gpu_the_lowering_is_stock(monkeypatch):
    ours, stock = pair("DepthwiseConv2D", kernel_size=3)
    image = same_weights(ours, stock, (2, 8, 8, 4))
    grouped = "feature_group_count=4"
    assert grouped not in str(jax.make_jaxpr(lambda image: ours(image))(image))
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert grouped in str(jax.make_jaxpr(lambda image: ours(image))(image))


@pytest.mark.parametrize("name", ["Conv2D", "DepthwiseConv2D", "SeparableConv2D"])
def test_vmap_and_any_batch_size(name):
    settings = {} if name == "DepthwiseConv2D" else {"filters": 24}
    ours, stock = pair(name, kernel_size=3, padding="same", **settings)
    images = same_weights(ours, stock, (3, 20, 20, 16))

    def total(layer):
        return lambda images: (layer(images) ** 2).sum()

    groups = jnp.stack([images, 2 * images])
    mine, theirs = (jax.jit(jax.vmap(jax.grad(total(layer))))(groups) for layer in (ours, stock))
    np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-4 * float(jnp.abs(theirs).max()))
    np.testing.assert_allclose(ours(images)[:1], ours(images[:1]), rtol=1e-5, atol=1e-5)
    assert ours(images[:0]).shape == stock(images[:0]).shape


def test_of_no_image_the_kernel_gradient_is_zero():
    ours, stock = pair("DepthwiseConv2D", kernel_size=3, depth_multiplier=2)
    image = same_weights(ours, stock, (2, 8, 8, 4))[:0]

    def loss(kernel, image):
        state = [(ours.kernel, kernel)]
        with keras.StatelessScope(state_mapping=state):
            return ours(image).sum()

    of_kernel, of_image = jax.jit(jax.grad(loss, (0, 1)))(ours.kernel.value, image)
    assert of_image.shape == (0, 8, 8, 4)
    assert not np.any(of_kernel)


def test_settings_are_those_of_the_stock_layer():
    for name, settings in (
        ("Conv2D", {"filters": 3, "kernel_regularizer": "l2"}),
        ("DepthwiseConv2D", {"depth_multiplier": 2}),
        ("SeparableConv2D", {"filters": 3, "activation": "relu"}),
    ):
        ours, stock = pair(name, kernel_size=3, **settings)
        assert ours.get_config() == stock.get_config()


@pytest.fixture(scope="module", autouse=True)
def every_kind():
    """Register a small network that has a layer of each kind."""
    registered = models.backbones.registry.backbones
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registered, "_entries", dict(registered._entries))

        @models.register("every_kind")
        def make(input_shape, weights):
            image = keras.Input(input_shape)
            x = keras.layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False)(image)
            x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
            x = keras.layers.Conv2D(24, 3, padding="same", activation="relu")(x)
            x = keras.layers.MaxPooling2D(3, strides=2, padding="same")(x)
            x = keras.layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
            x = keras.layers.Add()([x, keras.layers.Conv2D(24, 1)(x)])
            return keras.Model(image, keras.layers.SeparableConv2D(8, 3, strides=2)(x))

        yield


@pytest.fixture(scope="module")
def model():
    return models.build("every_kind", SHAPE, weights=None, head="global_average", seed=0)


@pytest.fixture(scope="module")
def stock(model):
    return models.to_stock(model)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (3, *SHAPE)).astype(np.float32)


def kinds(model):
    return [type(layer) for layer in model.get_layer("every_kind").layers]


def test_a_built_model_has_our_layers_and_stock_has_none(model, stock):
    for name in ("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "MaxPooling2D"):
        assert getattr(layers, name) in kinds(model)
        assert getattr(keras.layers, name) not in kinds(model)
    assert not any(kind.__module__.startswith("brainscan") for kind in kinds(stock))
    assert [kind.__name__ for kind in kinds(model)] == [kind.__name__ for kind in kinds(stock)]
    assert layers.Conv2D in kinds(model)  # to_stock left it alone


def test_stock_scores_and_gradients_are_the_same(model, stock, images):
    def run(model, values, fixed):
        def loss(values):
            features, _ = model.stateless_call(values, fixed, images / 255, training=False)
            return jnp.sin(features).sum()

        return jax.grad(loss)(values)

    first = [part.get_layer("every_kind") for part in (model, stock)]
    mine, theirs = (
        jax.jit(partial(run, one))(
            [variable.value for variable in one.trainable_variables],
            [variable.value for variable in one.non_trainable_variables],
        )
        for one in first
    )
    scores, expected = (one.predict(images, verbose=0) for one in (model, stock))
    np.testing.assert_allclose(scores, expected, rtol=1e-5)
    for one, other in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4 * float(jnp.abs(other).max()))


def test_weights_files_go_both_ways(model, stock, tmp_path):
    other = models.to_stock(model)
    other.set_weights([weight + 1 for weight in model.get_weights()])
    other.save_weights(tmp_path / "stock.weights.h5")
    model.save_weights(tmp_path / "ours.weights.h5")
    ours, theirs = (h5py.File(tmp_path / f"{name}.weights.h5") for name in ("ours", "stock"))
    with ours, theirs:
        assert paths(ours) == paths(theirs)
    copy = models.build("every_kind", SHAPE, tmp_path / "stock.weights.h5", "global_average")
    for one, loaded in zip(other.get_weights(), copy.get_weights(), strict=True):
        np.testing.assert_array_equal(one, loaded)
    other.load_weights(tmp_path / "ours.weights.h5")
    for one, loaded in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, loaded)


def paths(file):
    found = []
    file.visit(found.append)
    return found


def test_trainable_flags_and_shared_layers_stay():
    shared = keras.layers.DepthwiseConv2D(3, padding="same", name="shared")
    frozen = keras.layers.Conv2D(4, 1, name="frozen", trainable=False)
    image = keras.Input((8, 8, 4))
    inner = keras.Model(image, frozen(shared(shared(image))), name="inner")
    model = keras.Sequential([keras.Input((8, 8, 4)), inner], name="outer")
    expected = model(np.ones((1, 8, 8, 4)))
    layers.use_own_layers(model)
    for one in (model, models.to_stock(model)):
        part = one.get_layer("inner")
        assert not part.get_layer("frozen").trainable
        assert len(one.trainable_weights) == 2
        np.testing.assert_allclose(one(np.ones((1, 8, 8, 4))), expected, rtol=1e-5, atol=1e-6)
    assert type(inner.get_layer("shared")) is layers.DepthwiseConv2D


READ = """
import sys
import numpy as np
{first}
import keras
model = keras.saving.load_model(sys.argv[1], safe_mode=True)
np.save(sys.argv[3], model.predict(np.load(sys.argv[2]), verbose=0))
kinds = {{type(layer).__module__.split(".")[0] for layer in model.get_layer("small_cnn").layers}}
assert kinds == {kinds}, kinds
"""


@pytest.mark.parametrize("part", ["ours", "stock"])
def test_saved_model_in_a_fresh_process(tmp_path, part):
    model = models.build("small_cnn", (32, 32, 3), weights=None, head="global_max")
    images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3)).astype(np.float32)
    (model if part == "ours" else models.to_stock(model)).save(tmp_path / "model.keras")
    np.save(tmp_path / "images.npy", images)
    source = (
        READ.format(first="import brainscan.models", kinds={"keras", "brainscan"})
        if part == "ours"
        else READ.format(first="sys.modules['brainscan'] = None", kinds={"keras"})
    )
    arguments = [str(tmp_path / name) for name in ("model.keras", "images.npy", "scores.npy")]
    subprocess.run([sys.executable, "-c", source, *arguments], check=True, timeout=300)
    expected = model.predict(images, verbose=0)
    np.testing.assert_allclose(np.load(tmp_path / "scores.npy"), expected, rtol=1e-5)
