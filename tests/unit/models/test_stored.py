"""Networks as files: they come back the same, and a hostile file is refused before it acts."""

import json
import resource
import subprocess
import sys

import keras
import numpy as np
import pytest

from brainscan import models


@pytest.fixture(scope="module")
def model():
    return models.build("small_cnn", (32, 32, 3), None, "stages", seed=0)


@pytest.fixture(scope="module")
def stored(model):
    return models.to_stored(model)


IMAGES = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3)).astype(np.float32)


def scores(model):
    return np.asarray(model(IMAGES))


def test_it_comes_back_the_same(model, stored):
    np.testing.assert_array_equal(scores(models.from_stored(*stored)), scores(model))


def test_what_is_made_of_several_comes_back_too(model):
    other = models.build("small_cnn", (32, 32, 3), None, "stages", seed=1)
    for made in (models.ensemble([model, other]), models.mirrored(model)):
        np.testing.assert_array_equal(
            scores(models.from_stored(*models.to_stored(made))), scores(made)
        )


def changed(stored, change):
    config = json.loads(stored[0])
    change(config)
    return json.dumps(config).encode(), stored[1]


def layer(config, kind):
    waiting = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if value.get("class_name") == kind:
                return value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    raise AssertionError(kind)


def put(**values):
    return lambda config: layer(config, "Dense").update(values)


HOSTILE = {
    "a module of Python": put(module="os", class_name="system", registered_name=None),
    "an import with side effects": put(module="antigravity", class_name="Dense"),
    "a Lambda": put(class_name="Lambda"),
    "a lambda": put(class_name="__lambda__"),
    "code of another framework": put(class_name="TorchModuleWrapper"),
    "a saved model of TensorFlow": put(class_name="TFSMLayer"),
    "a vocabulary from a file": put(class_name="StringLookup"),
    "a function of Keras": put(module="keras.utils", class_name="function", config="get_file"),
    "a function of Python": put(module="builtins", class_name="function", config="eval"),
    "a class of Keras's tools": put(module="keras.utils", class_name="Progbar"),
    "a loader of models": put(module="keras.src.saving.saving_lib", class_name="DiskIOStore"),
    "an optimizer": put(module="keras.optimizers", class_name="Adam"),
    "an unknown package": put(module="mylab", registered_name="mylab>Conv"),
    "no module": put(module=None),
    "a list for a name": put(class_name=["Dense"]),
    "no settings": put(config=None),
    "an initializer that is none": lambda config: layer(config, "Dense")["config"].update(
        kernel_initializer={"module": "keras.initializers", "class_name": "get", "config": {}}
    ),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_layer_is_refused_before_keras_sees_it(stored, change, monkeypatch):
    def never(*_, **__):
        raise AssertionError("Keras was asked")

    monkeypatch.setattr(keras.saving, "deserialize_keras_object", never)
    before = set(sys.modules)
    with pytest.raises(ValueError, match="must be made of layers of Keras and brainscan"):
        models.from_stored(*changed(stored, change))
    assert set(sys.modules) == before


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"null", b'"Dense"', b"[" * 10**6, b'{"class_name": "Dense"}', b"\xff"],
)
def test_what_is_no_model_is_refused(stored, text):
    with pytest.raises(ValueError, match="stored network must be"):
        models.from_stored(text, stored[1])


@pytest.mark.parametrize(
    "change",
    [
        put(config={"units": -1}),
        put(config={"name": 3}),
        lambda config: config["config"]["layers"].pop(1),
        lambda config: config["config"]["layers"].clear(),
        lambda config: config["config"].update(layers=3),
    ],
)
def test_what_makes_no_sense_is_refused(stored, change):
    with pytest.raises(ValueError, match="must make a Keras model|must fit its architecture"):
        models.from_stored(*changed(stored, change))


def test_weights_that_do_not_fit_are_refused(stored):
    other = models.build("small_cnn", (32, 32, 3), None, "global_max", seed=0)
    with pytest.raises(ValueError, match="must fit its architecture"):
        models.from_stored(stored[0], models.to_stored(other)[1])
    for damaged in (b"", stored[1][:-1], stored[1] + b"x", stored[1][100:]):
        with pytest.raises(ValueError, match="must be whole"):
            models.from_stored(stored[0], damaged)


def test_a_layer_said_to_be_huge_takes_no_memory(stored, tmp_path):
    def huge(config):
        layer(config, "Dense")["config"]["units"] = 10**9  # 2.9 TB

    for name, content in zip(("a", "w"), changed(stored, huge), strict=True):
        (tmp_path / name).write_bytes(content)
    code = (
        "import sys, pathlib, resource\n"
        "from brainscan import models\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "parts = [(pathlib.Path(sys.argv[1]) / name).read_bytes() for name in 'aw']\n"
        "try:\n    models.from_stored(*parts)\n"
        "except ValueError as error:\n    print(error)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=120
    )
    message, more = done.stdout.strip().splitlines()
    assert "must fit its architecture" in message
    assert int(more) < 500_000  # kB
    assert resource.RUSAGE_SELF == 0


def test_a_lambda_is_refused_on_saving():
    image = keras.Input((8, 8, 3))
    model = keras.Model(image, keras.layers.Lambda(keras.ops.abs)(image))
    with pytest.raises(ValueError, match="names 'Lambda'"):
        models.to_stored(model)


@pytest.mark.parametrize("module", ["mylab", "__main__"])
def test_a_layer_that_this_process_registered_is_allowed(module):
    @keras.saving.register_keras_serializable(package="mylab")
    class Half(keras.layers.Layer):
        def call(self, inputs):
            return inputs / 2

    Half.__module__ = module  # of a script or notebook, Keras writes none
    image = keras.Input((8, 8, 3))
    parts = models.to_stored(keras.Model(image, Half()(image)))
    assert models.from_stored(*parts)(np.ones((1, 8, 8, 3)))[0, 0, 0, 0] == 0.5
    del keras.saving.get_custom_objects()["mylab>Half"]
    with pytest.raises(ValueError, match="import the package that registers it"):
        models.from_stored(*parts)


def test_layers_that_keras_keeps_beside_its_networks_are_allowed():
    applications = keras.src.applications
    image = keras.Input((8, 8, 3))
    scaled = applications.convnext.LayerScale(0.5, 3)(image)
    scaled = applications.convnext.StochasticDepth(0.1)(scaled)
    made = keras.Model(
        image, applications.inception_resnet_v2.CustomScaleLayer(3.0)([image, scaled])
    )
    again = models.from_stored(*models.to_stored(made))
    images = np.ones((1, 8, 8, 3), np.float32)
    np.testing.assert_array_equal(again(images), made(images))
