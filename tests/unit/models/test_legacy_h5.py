"""Files of older Keras, written here array by array as Keras 2 lays them out."""

import h5py
import keras
import numpy as np
import pytest

from brainscan import models

SHAPE = (32, 32, 3)
FILE = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"


def write(path, layers):
    """Write `{layer: [array, ...]}`; a layer of Keras 2 lists what is trained first."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in layers]
        file.attrs["keras_version"] = b"2.2.4"
        for name, arrays in layers.items():
            group = file.create_group(name)
            parts = [f"{name}/weight_{number}:0" for number in range(len(arrays))]
            group.attrs["weight_names"] = [part.encode() for part in parts]
            for part, array in zip(parts, arrays, strict=True):
                group[part] = array
    return path


def arrays_of(backbone, seed=0):
    """Other numbers for every layer of a backbone, by name."""
    rng = np.random.default_rng(seed)
    return {
        layer.name: [
            rng.uniform(size=variable.shape).astype(np.float32)
            for variable in layer.trainable_weights + layer.non_trainable_weights
        ]
        for layer in backbone.layers
    }


@pytest.fixture(scope="module")
def backbone():
    return models.build("small_cnn", SHAPE, None, "global_average").get_layer("small_cnn")


def build(path):
    return models.build("small_cnn", SHAPE, path, "global_average").get_layer("small_cnn")


def test_every_array_comes_to_its_layer(backbone, tmp_path):
    layers = arrays_of(backbone)
    loaded = build(write(tmp_path / "weights.h5", layers))
    weighted = {name: arrays for name, arrays in layers.items() if arrays}
    assert len(weighted) == 8
    for name, arrays in weighted.items():
        for expected, found in zip(arrays, loaded.get_layer(name).get_weights(), strict=True):
            np.testing.assert_array_equal(found, expected)
    assert loaded.get_layer("stage1_norm").moving_variance.shape == (16,)


def test_names_do_not_count_but_their_order_does(backbone, tmp_path):
    layers = arrays_of(backbone)
    renamed = {f"other_{number}": arrays for number, arrays in enumerate(layers.values())}
    loaded = build(write(tmp_path / "weights.h5", renamed))
    np.testing.assert_array_equal(
        loaded.get_layer("stage4_convolution").get_weights()[0], layers["stage4_convolution"][0]
    )


def test_a_long_list_of_names_is_stored_in_parts(backbone, tmp_path):
    path = write(tmp_path / "weights.h5", arrays_of(backbone))
    with h5py.File(path, "a") as file:
        names = list(file.attrs["layer_names"])
        del file.attrs["layer_names"]
        file.attrs["layer_names0"], file.attrs["layer_names1"] = names[:4], names[4:]
    build(path)


def test_a_whole_model_saved_by_todays_keras(tmp_path):
    model = models.build("small_cnn", SHAPE, None, "global_average", seed=1)
    # Keras warns that the format is legacy, which is the point here.
    keras.src.legacy.saving.legacy_h5_format.save_model_to_hdf5(
        model, tmp_path / "model.h5", include_optimizer=False
    )
    loaded = models.build("small_cnn", SHAPE, tmp_path / "model.h5", "global_average", seed=2)
    for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_file_that_keras_keeps_is_found_in_a_folder_under_its_own_name(tmp_path, monkeypatch):
    fresh = models.build("mobilenet_v2", SHAPE, None, "global_average")
    layers = arrays_of(fresh.get_layer("mobilenet_v2"))
    write(tmp_path / FILE, layers)
    monkeypatch.setenv("BRAINSCAN_WEIGHTS", str(tmp_path))
    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", pytest.fail)
    loaded = models.build("mobilenet_v2", SHAPE, "imagenet", "global_average")
    found = loaded.get_layer("mobilenet_v2").get_layer("Conv1").get_weights()[0]
    np.testing.assert_array_equal(found, layers["Conv1"][0])


def test_the_scaling_at_the_head_of_an_efficientnet_file_is_passed_over(backbone, tmp_path):
    scaling = {"normalization": [np.zeros(3), np.ones(3), np.array(0)]}
    build(write(tmp_path / "weights.h5", scaling | arrays_of(backbone)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"predictions": [np.zeros((128, 10))]},
            r"21 arrays .*, 20 .*: predictions/weight_0:0 \(128, 10\) in .*, nothing expected",
        ),
        (
            {"stage2_convolution": [np.zeros((5, 5, 16, 32))]},
            r"stage2_convolution/weight_0:0 \(5, 5, 16, 32\) .* stage2_\w+/kernel \(3, 3, 16, 32\)",
        ),
        (
            {"stage4_norm": []},
            r"16 arrays in .*, 20 expected; .* nothing in the file, stage4_norm/gamma \(128,\)",
        ),
    ],
    ids=["with its top", "another shape", "a layer less"],
)
def test_a_file_that_does_not_fit_shows_where(backbone, tmp_path, change, message):
    path = write(tmp_path / "weights.h5", arrays_of(backbone) | change)
    with pytest.raises(ValueError, match=f"must fit small_cnn .* they don't.*{message}"):
        build(path)


def test_a_truncated_file(backbone, tmp_path):
    path = write(tmp_path / "weights.h5", arrays_of(backbone))
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(ValueError, match="'weights.h5' can't be read: .*truncated"):
        build(path)


def test_an_hdf5_file_of_something_else(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["numbers"] = np.zeros(3)
    with pytest.raises(ValueError, match="no layer names in the file"):
        build(tmp_path / "other.h5")
