"""Each method against what is computed by hand."""

import keras
import numpy as np
import pytest

import brainscan as bs
from brainscan.explain import (
    GradCAM,
    GradCAMPlusPlus,
    HiResCAM,
    IntegratedGradients,
    LayerCAM,
    Occlusion,
    attribution,
    heat_map,
)
from brainscan.explain.network import network_of

KERNEL = np.array([[1, 0.5], [0, -0.25], [0.5, 0]])
BIAS, WEIGHTS = np.array([0.5, 1]), np.array([2, -1])


@pytest.fixture
def pictures():
    return np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3)).astype(np.float32)


def flat_head(rng, rows=4):
    """A map of 3 features, then Flatten and Dense: each place has weights of its own."""
    image = keras.Input((8, 8, 3))
    features = keras.layers.AveragePooling2D(8 // rows, name="features")(image)
    score = keras.layers.Dense(1, "sigmoid", name="score")(keras.layers.Flatten()(features))
    model = keras.Model(image, score)
    weights = rng.normal(size=(rows, rows, 3)).astype(np.float32)
    model.get_layer("score").set_weights([weights.reshape(-1, 1), np.zeros(1, np.float32)])
    return model, weights


def pooled(pictures):
    return pictures.reshape(-1, 4, 2, 4, 2, 3).mean(axis=(2, 4))


def enlarged(maps, size=8):
    """Bilinear, as from pixel centres."""
    n, rows, _ = maps.shape
    places = np.clip((np.arange(size) + 0.5) * rows / size - 0.5, 0, rows - 1)
    low = np.floor(places).astype(int)
    high, part = np.minimum(low + 1, rows - 1), places - low
    line = np.zeros((size, rows))
    line[np.arange(size), low] += 1 - part
    line[np.arange(size), high] += part
    return line @ maps @ line.T


def relu(x):
    return np.maximum(x, 0)


@pytest.mark.parametrize("method", [GradCAM("features"), HiResCAM("features"), "grad_cam"])
def test_grad_cam_by_hand(linear, pictures, method):
    # The gradient of an average over 64 places is the weight over 64, everywhere.
    maps = pictures @ KERNEL + BIAS
    expected = relu((maps * WEIGHTS / 64).sum(axis=-1))
    np.testing.assert_allclose(attribution(linear, pictures, method), expected, rtol=1e-4)
    scaled = expected / expected.max(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(heat_map(linear, pictures, method), scaled, rtol=1e-4)


def test_the_other_class_of_a_sigmoid_is_the_negative(linear, pictures):
    maps = pictures @ KERNEL + BIAS
    expected = relu(-(maps * WEIGHTS / 64).sum(axis=-1))
    found = attribution(linear, pictures, "grad_cam", target=0)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_grad_cam_averages_what_hires_cam_keeps(pictures):
    model, weights = flat_head(np.random.default_rng(1))
    maps = pooled(pictures)
    averaged = relu((maps * weights.mean(axis=(0, 1))).sum(axis=-1))
    place_by_place = relu((maps * weights).sum(axis=-1))
    np.testing.assert_allclose(
        attribution(model, pictures, GradCAM()), enlarged(averaged), rtol=1e-3, atol=1e-3
    )
    np.testing.assert_allclose(
        attribution(model, pictures, HiResCAM()), enlarged(place_by_place), rtol=1e-3, atol=1e-3
    )


def test_layer_cam_by_hand(pictures):
    model, weights = flat_head(np.random.default_rng(1))
    expected = (pooled(pictures) * relu(weights)).sum(axis=-1)
    found = attribution(model, pictures, LayerCAM(stages=1))
    np.testing.assert_allclose(found, enlarged(expected), rtol=1e-4)


def test_layer_cam_keeps_the_larger_of_two_resolutions(pictures):
    image = keras.Input((8, 8, 3))
    fine = keras.layers.AveragePooling2D(2, name="fine")(image)
    coarse = keras.layers.AveragePooling2D(2, name="coarse")(fine)
    flat = keras.layers.Concatenate()([keras.layers.Flatten()(x) for x in (fine, coarse)])
    model = keras.Model(image, keras.layers.Dense(1, "sigmoid", name="score")(flat))
    rng = np.random.default_rng(2)
    of_fine, of_coarse = rng.normal(size=(4, 4, 3)), rng.normal(size=(2, 2, 3))
    kernel = np.concatenate([of_fine.ravel(), of_coarse.ravel()])[:, None].astype(np.float32)
    model.get_layer("score").set_weights([kernel, np.zeros(1)])
    # The fine map also acts by way of the coarse one, which is its mean over 2 x 2.
    slope = of_fine + np.repeat(np.repeat(of_coarse, 2, axis=0), 2, axis=1) / 4
    maps = pooled(pictures)
    small = maps.reshape(-1, 2, 2, 2, 2, 3).mean(axis=(2, 4))
    one = enlarged((maps * relu(slope)).sum(axis=-1))
    other = enlarged((small * relu(of_coarse)).sum(axis=-1))
    height = other.max(axis=(1, 2), keepdims=True)
    expected = height * np.maximum(
        np.tanh(2 * one / one.max(axis=(1, 2), keepdims=True)), other / height
    )
    np.testing.assert_allclose(attribution(model, pictures, "layer_cam"), expected, rtol=1e-3)


def test_grad_cam_plus_plus_by_hand(pictures):
    model, weights = flat_head(np.random.default_rng(1))
    maps, g = pooled(pictures).astype(np.float64), weights.astype(np.float64)
    total = maps.sum(axis=(1, 2), keepdims=True)
    alpha = g**2 / (2 * g**2 + total * g**3)
    strength = (alpha * relu(g)).sum(axis=(1, 2), keepdims=True)
    expected = relu((maps * strength).sum(axis=-1))
    found = attribution(model, pictures, GradCAMPlusPlus())
    np.testing.assert_allclose(found, enlarged(expected), rtol=1e-3)


def test_a_map_without_gradient_is_zero(linear, pictures):
    untouched = linear.get_layer("score").get_weights()
    try:
        linear.get_layer("score").set_weights([np.zeros((2, 1)), np.zeros(1)])
        for name in ("grad_cam", "grad_cam_plus_plus", "layer_cam", "occlusion"):
            assert not heat_map(linear, pictures, name).any()
    finally:
        linear.get_layer("score").set_weights(untouched)


@pytest.mark.parametrize("baseline", ["blurred", "black", "mean"])
def test_integrated_gradients_of_a_linear_network(linear, pictures, baseline):
    found = attribution(linear, pictures, IntegratedGradients(steps=2, baseline=baseline))
    difference = pictures - bs.explain.baselines[baseline](pictures)
    np.testing.assert_allclose(found, difference @ KERNEL @ WEIGHTS / 64, atol=1e-3)


@pytest.mark.parametrize("head", ["stages", "paper", "global_max"])
def test_integrated_gradients_add_up_to_the_change_of_the_logit(images, head):
    model = bs.models.build("small_cnn", (48, 48, 3), None, head=head, seed=0)
    found = attribution(model, images, IntegratedGradients(steps=128))
    network = network_of(model)
    pixels = images.astype(np.float32)
    ends = [
        np.asarray(network.logit(network.values, x, 1))
        for x in (pixels, bs.explain.baselines["blurred"](pixels))
    ]
    change = ends[0] - ends[1]
    np.testing.assert_allclose(found.sum(axis=(1, 2)), change, atol=0.03 * np.abs(change).max())


def test_integrated_gradients_say_when_they_do_not_add_up(images):
    model = bs.models.build(
        "small_cnn", (48, 48, 3), None, "global_average", scaling="standardized", seed=0
    )
    with pytest.warns(UserWarning, match="must add up to the change of the logit; with 4 steps"):
        attribution(model, images, IntegratedGradients(steps=4, baseline="black"))


def test_occlusion_of_a_linear_network(linear, pictures):
    found = attribution(linear, pictures, Occlusion(window=4, stride=4, baseline="black"))
    worth = (pictures @ KERNEL @ WEIGHTS / 64).reshape(3, 2, 4, 2, 4).sum(axis=(2, 4))
    expected = np.repeat(np.repeat(worth, 4, axis=1), 4, axis=2)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


def test_occlusion_covers_every_pixel(linear, pictures):
    # Windows of 3 at 0, 2, 4 and 5: the last ends with the image.
    found = attribution(linear, pictures, Occlusion(window=3, stride=2, baseline="black"))
    assert np.isfinite(found).all()
    corner = (pictures[:, 5:, 5:] @ KERNEL @ WEIGHTS / 64).sum(axis=(1, 2))
    np.testing.assert_allclose(found[:, 7, 7], corner, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LayerCAM(stages=0), "stages must be a positive whole number or None; got 0"),
        (lambda: IntegratedGradients(steps=0), "steps must be a positive whole number; got 0"),
        (lambda: IntegratedGradients(baseline="blak"), "Did you mean 'black'?"),
        (lambda: Occlusion(window=0), "window must be a positive whole number or None; got 0"),
        (lambda: Occlusion(window=4, stride=5), "stride must be at most the window"),
        (lambda: Occlusion(baseline="grey"), "baseline must be one of the registered names"),
    ],
)
def test_settings_out_of_range(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_window_larger_than_the_image(linear, pictures):
    with pytest.raises(ValueError, match="window must be at most the image's shorter side, 8"):
        attribution(linear, pictures, Occlusion(window=9))
    with pytest.raises(ValueError, match="stride must be at most the window, 1; got 3"):
        attribution(linear, pictures, Occlusion(stride=3))


def test_an_unknown_layer_offers_the_nearest(small, images):
    with pytest.raises(ValueError, match="Did you mean 'stage3_relu'"):
        heat_map(small, images, GradCAM("stage3_rely"))
    assert heat_map(small, images, GradCAM("stage2_relu")).shape == (5, 48, 48)


def test_baselines_by_hand(pictures):
    kinds = bs.explain.baselines
    assert not kinds["black"](pictures).any()
    np.testing.assert_allclose(
        kinds["mean"](pictures)[:, 3, 3], pictures.mean(axis=(1, 2)), rtol=1e-5
    )
    flat = np.full((1, 20, 30, 1), 77, np.float32)
    np.testing.assert_allclose(kinds["blurred"](flat), flat, rtol=1e-5)
