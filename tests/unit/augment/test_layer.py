"""The Keras layer: only in training, on any step, and inside a model file."""

import json
import os
import subprocess
import sys

import jax
import keras
import numpy as np
import pytest

from brainscan.augment import Augmentation, ColorShift, Compose, HorizontalFlip, Rotation, paper

IMAGES = np.random.default_rng(0).uniform(0, 255, (4, 12, 10, 3)).astype(np.float32)
SMALL = Compose((Rotation(20), HorizontalFlip(), ColorShift(5)))


def model_of(layer):
    return keras.Sequential(
        [keras.Input((12, 10, 3)), layer, keras.layers.Flatten(), keras.layers.Dense(1)]
    )


def test_it_changes_images_in_training_only():
    layer = Augmentation(SMALL, seed=0)
    np.testing.assert_array_equal(layer(IMAGES), IMAGES)
    np.testing.assert_array_equal(layer(IMAGES, training=False), IMAGES)
    changed = layer(IMAGES, training=True)
    assert changed.shape == IMAGES.shape
    assert np.abs(changed - IMAGES).mean() > 10
    assert np.abs(layer(IMAGES, training=True) - changed).mean() > 10  # each step in another way


def test_a_seed_repeats_the_steps():
    first, second = Augmentation(SMALL, seed=5), Augmentation(SMALL, seed=5)
    for _ in range(2):
        one, other = (np.asarray(layer(IMAGES, training=True)) for layer in (first, second))
        np.testing.assert_array_equal(one, other)
    assert np.abs(Augmentation(SMALL, seed=6)(IMAGES, training=True) - one).mean() > 10


def test_the_images_are_those_of_the_chain_under_the_layers_key():
    layer = Augmentation(SMALL, seed=5)
    key = jax.random.wrap_key_data(np.array(layer.seed_generator.state.value))
    np.testing.assert_array_equal(layer(IMAGES, training=True), SMALL(key, IMAGES))


def test_predictions_do_not_depend_on_it_and_training_moves_its_state():
    layer = Augmentation(SMALL, seed=1)
    model = model_of(layer)
    bare = keras.Sequential([keras.Input((12, 10, 3)), *model.layers[1:]])
    np.testing.assert_array_equal(model.predict(IMAGES, verbose=0), bare.predict(IMAGES, verbose=0))
    before = np.asarray(layer.seed_generator.state.value)
    model.compile("sgd", "mse")
    model.fit(IMAGES, np.zeros((4, 1)), epochs=1, batch_size=2, verbose=0)
    assert (np.asarray(layer.seed_generator.state.value) != before).any()


def test_it_works_in_a_compiled_stateless_call():
    model = model_of(Augmentation(SMALL, seed=1))

    @jax.jit
    def step(trainable, state, images):
        return model.stateless_call(trainable, state, images, training=True)

    trainable = [variable.value for variable in model.trainable_variables]
    state = [variable.value for variable in model.non_trainable_variables]
    first, after = step(trainable, state, IMAGES)
    again, _ = step(trainable, state, IMAGES)
    second, _ = step(trainable, after, IMAGES)
    np.testing.assert_array_equal(first, again)
    assert np.abs(second - first).max() > 1e-3


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16", "float16"])
def test_integers_and_low_precision_keep_the_range(dtype):
    layer = Augmentation(SMALL, seed=0, dtype=dtype)
    for images in (IMAGES, IMAGES.astype(np.uint8)):
        changed = layer(images, training=True)
        assert changed.dtype == layer.compute_dtype
        assert 0 <= changed.min() <= changed.max() <= 255
        assert np.ptp(np.asarray(changed, np.float32)) > 100


def test_its_configuration_is_plain_and_makes_an_equal_layer():
    layer = Augmentation(paper(), seed=3, name="warp")
    config = json.loads(json.dumps(layer.get_config()))
    again = Augmentation.from_config(config)
    assert (again.warp, again.seed, again.name) == (paper(), 3, "warp")
    config["warp"][0]["part"] = "rotatoin"
    with pytest.raises(ValueError, match="Did you mean 'rotation'"):
        Augmentation.from_config(config)


def test_a_preset_that_was_not_called_is_refused():
    with pytest.raises(TypeError, match=r"warp must be a .*Compose; got <function paper|warp"):
        Augmentation(paper)


READ = """
import sys
import numpy as np
import keras
from brainscan.augment import Augmentation
folder = sys.argv[1]
model = keras.saving.load_model(folder + "/model.keras", safe_mode=True)
images = np.load(folder + "/images.npy")
np.save(folder + "/scores.npy", model.predict(images, verbose=0))
np.save(folder + "/changed.npy", np.asarray(model.layers[0](images, training=True)))
"""


def test_a_keras_file_gives_the_same_bits_in_a_fresh_process(tmp_path):
    model = model_of(Augmentation(SMALL, seed=1))
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "images.npy", IMAGES)
    subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path)],
        env=os.environ | {"KERAS_BACKEND": "jax"},
        check=True,
        timeout=120,
    )
    scores, changed = (np.load(tmp_path / f"{name}.npy") for name in ("scores", "changed"))
    np.testing.assert_array_equal(scores, model.predict(IMAGES, verbose=0))
    np.testing.assert_array_equal(changed, model.layers[0](IMAGES, training=True))
    assert np.abs(changed - IMAGES).mean() > 10


def test_the_functions_alone_need_no_keras():
    code = (
        "import sys, brainscan.augment as augment\n"
        "augment.paper()\n"
        "assert 'keras' not in sys.modules\n"
        "assert augment.Augmentation.__name__ in dir(augment)\n"
        "assert 'keras' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
