import numpy as np
import pytest

from brainscan import models

SHAPE = (32, 32, 3)


@pytest.fixture(scope="module")
def model():
    return models.build("small_cnn", SHAPE, weights=None, head="global_average", seed=3)


def build(path):
    return models.build("small_cnn", SHAPE, weights=path, head="global_average", seed=4)


@pytest.mark.parametrize("name", ["model.weights.h5", "model.keras"])
@pytest.mark.parametrize("part", ["whole", "backbone"])
def test_weights_of_the_model_or_its_backbone(model, tmp_path, name, part):
    path = tmp_path / name
    source = model if part == "whole" else model.get_layer("small_cnn")
    (source.save if path.suffix == ".keras" else source.save_weights)(path)
    loaded = build(path)
    target = loaded if part == "whole" else loaded.get_layer("small_cnn")
    for a, b in zip(source.get_weights(), target.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_backbone_weights_leave_the_head_alone(model, tmp_path):
    model.get_layer("small_cnn").save_weights(tmp_path / "backbone.weights.h5")
    fresh = build(None)
    loaded = build(tmp_path / "backbone.weights.h5")
    np.testing.assert_array_equal(
        fresh.get_layer("score").get_weights()[0], loaded.get_layer("score").get_weights()[0]
    )


def test_missing_file():
    with pytest.raises(FileNotFoundError, match=r"an existing file or folder; got 'no\.h5'"):
        build("no.h5")


def test_unknown_kind_of_file(tmp_path):
    path = tmp_path / "weights.pt"
    path.write_bytes(b"anything")
    with pytest.raises(ValueError, match=r"\.weights\.h5, \.keras or \.h5 file; got 'weights\.pt'"):
        build(path)


@pytest.mark.parametrize("name", ["broken.weights.h5", "broken.keras", "broken.h5"])
def test_file_that_is_no_weights_file(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"this is no weights file")
    with pytest.raises(ValueError, match="broken"):
        build(path)


@pytest.mark.parametrize("name", ["other.weights.h5", "other.keras"])
def test_weights_of_another_architecture(tmp_path, name):
    other = models.build("mobilenet_v2", SHAPE, weights=None, head="global_average")
    path = tmp_path / name
    (other.save if path.suffix == ".keras" else other.save_weights)(path)
    with pytest.raises(ValueError, match=r"must fit small_cnn at \(32, 32, 3\); they don't"):
        build(path)


@pytest.mark.parametrize("name", ["other.weights.h5", "other.keras"])
def test_weights_of_another_number_of_classes(tmp_path, name):
    other = models.build("small_cnn", SHAPE, None, "global_average", classes=3)
    path = tmp_path / name
    (other.save if path.suffix == ".keras" else other.save_weights)(path)
    with pytest.raises(ValueError, match="must fit small_cnn"):
        build(path)


def test_a_file_with_more_layers_than_the_network_is_another_architecture(tmp_path, monkeypatch):
    import keras

    monkeypatch.setattr(models.backbones.registry.backbones, "_entries", {})
    for name, depth in (("deep", 3), ("shallow", 2)):

        @models.register(name)
        def plain(input_shape, weights, depth=depth):
            image = keras.Input(input_shape)
            features = image
            for _ in range(depth):
                features = keras.layers.Conv2D(8, 3, padding="same")(features)
            return keras.Model(image, features)

    deep = models.build("deep", SHAPE, weights=None, head="global_average")
    path = tmp_path / "deep.weights.h5"
    deep.save_weights(path)
    with pytest.raises(ValueError, match="must fit shallow .* 8 arrays in the file, 6 expected"):
        models.build("shallow", SHAPE, weights=path, head="global_average")


def test_weights_of_a_compiled_model_fit(model, tmp_path):
    model.compile("adam", "binary_crossentropy")
    model.fit(np.zeros((2, *SHAPE)), np.zeros((2, 1)), verbose=0)
    model.save_weights(tmp_path / "trained.weights.h5")
    loaded = build(tmp_path / "trained.weights.h5")
    for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture
def folder(model, tmp_path):
    model.get_layer("small_cnn").save_weights(tmp_path / "small_cnn.weights.h5")
    return tmp_path


@pytest.mark.parametrize("how", ["argument", "variable"])
def test_a_folder_of_weights(model, folder, how, monkeypatch):
    if how == "variable":
        monkeypatch.setenv("BRAINSCAN_WEIGHTS", str(folder))
    loaded = build(folder if how == "argument" else "imagenet")
    expected = model.get_layer("small_cnn").get_weights()
    for a, b in zip(expected, loaded.get_layer("small_cnn").get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_file_of_the_argument_goes_before_the_variable(folder, monkeypatch, tmp_path_factory):
    monkeypatch.setenv("BRAINSCAN_WEIGHTS", str(tmp_path_factory.mktemp("empty")))
    build(folder / "small_cnn.weights.h5")
    build(None)
    with pytest.raises(ValueError, match="small_cnn has no pre-trained weights"):
        build("imagenet")  # not in the folder: what its maker offers


def test_a_folder_without_the_weights_names_what_it_looked_for(tmp_path):
    names = (
        "vgg16.weights.h5, vgg16.keras, vgg16.h5, vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
    )
    with pytest.raises(FileNotFoundError, match=f"must hold weights of vgg16 .* {names}; it has"):
        models.build("vgg16", SHAPE, tmp_path)


def test_a_variable_that_names_no_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINSCAN_WEIGHTS", str(tmp_path / "absent"))
    with pytest.raises(
        FileNotFoundError, match="BRAINSCAN_WEIGHTS must name a folder; got .*absent"
    ):
        build("imagenet")
