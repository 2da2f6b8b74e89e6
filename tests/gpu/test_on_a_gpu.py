"""A GPU gives what the processor gives: run with ``pytest -m gpu`` where there is one."""

from dataclasses import replace

import jax
import numpy as np
import pytest

import brainscan as bs

pytestmark = pytest.mark.gpu

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module", autouse=True)
def in_full_precision():
    with jax.default_matmul_precision("float32"):
        yield


@pytest.mark.parametrize("name", ["small_cnn", "mobilenet_v2", "efficientnet_lite0"])
def test_a_network_gives_the_same_scores(name):
    head = "global_max" if name == "small_cnn" else "paper"
    model = bs.models.build(name, (96, 96, 3), weights=None, seed=0, head=head)
    images = RNG.uniform(0, 255, (4, 96, 96, 3)).astype(np.float32)
    state = [v.value for v in model.trainable_variables]
    fixed = [v.value for v in model.non_trainable_variables]
    found = {}
    for device in (jax.devices()[0], jax.devices("cpu")[0]):
        held = jax.device_put((state, fixed, images), device)
        run = jax.jit(lambda s, f, x: model.stateless_call(s, f, x, training=False)[0])
        found[device.platform] = np.asarray(run(*held))
    np.testing.assert_allclose(found["gpu"], found["cpu"], rtol=1e-4, atol=1e-5)


def test_the_augmentation_gives_the_same_images():
    images = RNG.uniform(0, 255, (4, 64, 64, 3)).astype(np.float32)
    key = jax.random.key(0)
    found = []
    for device in (jax.devices()[0], jax.devices("cpu")[0]):
        warp = jax.jit(bs.augment.paper())
        found.append(np.asarray(warp(*jax.device_put((key, images), device))))
    np.testing.assert_allclose(found[0], found[1], atol=0.05)


def test_training_learns():
    labels = np.arange(32) % 2
    images = RNG.integers(0, 100, (32, 64, 64, 3), np.uint8)
    images[labels == 1, 20:40, 10:30] += 100
    model = bs.models.build("small_cnn", (64, 64, 3), weights=None, head="global_max", seed=0)
    recipe = bs.benchmark.presets["scratch"].recipe
    recipe = replace(recipe, epochs=20, size=(64, 64), checkpoint="last", augmentation=None)
    history = bs.train.Trainer(model, recipe).fit(images, labels)
    assert history.epochs[-1].loss < 0.5 * history.epochs[0].loss


def test_an_outlining_network_learns():
    model = bs.models.build_segmenter("small_cnn", (64, 64, 3), weights=None, seed=0)
    recipe = replace(bs.train.SEGMENT, epochs=8, size=(64, 64), weights=None, checkpoint="last")
    images = RNG.integers(0, 100, (32, 64, 64, 3), np.uint8)
    masks = np.zeros((32, 64, 64), np.uint8)
    masks[:, 20:40, 10:30] = 1
    images[masks > 0] += 100
    history = bs.train.Trainer(model, recipe).fit(images, None, masks=masks)
    assert history.epochs[-1].dice > history.epochs[0].dice


@pytest.mark.parametrize("method", ["grad_cam", "integrated_gradients", "occlusion"])
def test_a_heat_map_is_the_same(method):
    model = bs.models.build("small_cnn", (48, 48, 3), weights=None, head="global_max", seed=0)
    images = RNG.uniform(0, 255, (2, 48, 48, 3)).astype(np.float32)
    found = [np.asarray(bs.explain.attribution(model, images, method))]
    with jax.default_device(jax.devices("cpu")[0]):
        again = bs.models.build("small_cnn", (48, 48, 3), weights=None, head="global_max", seed=0)
        again.set_weights(model.get_weights())
        found.append(np.asarray(bs.explain.attribution(again, images, method)))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-3, atol=1e-4 * np.abs(found[1]).max())
