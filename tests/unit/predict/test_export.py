import json
import subprocess
import sys
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec

import keras
import numpy as np
import pytest

import brainscan as bs
from brainscan.datasets import load
from brainscan.predict.export import TOLERANCE, check_images
from brainscan.predict.exporters import exporters
from brainscan.preprocess import BrainCropper

RNG = np.random.default_rng(0)
NEEDED = {
    "onnx": ("jax2onnx", "onnxruntime"),
    "openvino": ("jax2onnx", "openvino"),
    "stablehlo": ("flatbuffers",),
}
# What these packages warn of on import is not ours to mend.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def needs(name):
    if any(find_spec(package) is None for package in NEEDED[name]):
        pytest.skip(f"the extra {name!r} is not installed")


def trained(model):
    """Give batch norm the statistics, and the head the weights, that training would."""
    for variable in model.variables:
        if "moving_variance" in variable.path or "gamma" in variable.path:
            variable.assign(RNG.uniform(0.5, 1.5, variable.shape))
        elif "moving_mean" in variable.path or "beta" in variable.path:
            variable.assign(RNG.normal(0, 0.1, variable.shape))
    return model


def settled(model):
    """Give batch norm the statistics of images: made-up ones let a deep network explode."""
    inner = [part for part in model.layers if isinstance(part, keras.Model)]
    for layer in (layer for part in [model, *inner] for layer in part.layers):
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    model(check_images(model.input_shape[1:]), training=True)
    return model


def small(shape=(32, 32, 3), **options):
    return trained(bs.models.build("small_cnn", shape, None, "global_average", seed=0, **options))


def real_slices(folder, size, count):
    paths = sorted(path for path in folder.glob("*/*") if path.is_file())
    data = load(folder)
    crop = BrainCropper(size=size, blank="keep")
    step = max(1, len(paths) // count)
    chosen = [crop(data[i]) for i in range(0, len(data), step)][:count]
    return np.stack(
        [np.broadcast_to(image.reshape(*size, -1)[..., :3], (*size, 3)) for image in chosen]
    ).astype(np.float32)


def exported(model, tmp_path, name):
    path = tmp_path / f"model{exporters[name].suffix}"
    assert bs.predict.export(model, path, name) == path
    return exporters[name].load(path)


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_it_gives_what_the_model_gives_in_batches_of_any_size(name, tmp_path):
    needs(name)
    model = small()
    run = exported(model, tmp_path, name)
    images = RNG.uniform(0, 255, (5, 32, 32, 3)).astype(np.float32)
    expected = model.predict(images, verbose=0)
    assert expected.std() > 1e-3
    for batch in (images, images[:1], images[:2]):
        found = run(batch)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected[: len(batch)], atol=TOLERANCE)


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_grey_images_and_more_classes(name, tmp_path):
    needs(name)
    model = small((32, 40, 1), classes=3)
    images = RNG.uniform(0, 255, (2, 32, 40, 1)).astype(np.float32)
    found = exported(model, tmp_path, name)(images)
    np.testing.assert_allclose(found, model.predict(images, verbose=0), atol=TOLERANCE)


def test_openvino_reports_to_nobody(tmp_path):
    needs("openvino")
    code = (
        "import sys; from brainscan.predict.exporters import openvino; openvino._openvino(); "
        "assert 'openvino.tools.ovc.telemetry_stub' in sys.modules; "
        "assert 'openvino_telemetry' not in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error::RuntimeWarning", "-c", code], check=True)


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_a_head_with_sums_of_its_own(name, tmp_path):
    needs(name)
    model = trained(bs.models.build("small_cnn", (32, 32, 3), None, "stages", seed=0))
    images = RNG.uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)
    found = exported(model, tmp_path, name)(images)
    np.testing.assert_allclose(found, model.predict(images, verbose=0), atol=TOLERANCE)


@pytest.mark.slow
def test_onnx_is_one_file_and_is_written_again_where_the_process_is(tmp_path, monkeypatch):
    needs("onnx")
    monkeypatch.chdir(tmp_path)
    model = settled(bs.models.build("efficientnet_lite0", (64, 64, 3), None, "global_average"))
    for _ in range(2):
        bs.predict.export(model, "model.onnx", "onnx")
        assert sorted(path.name for path in tmp_path.iterdir()) == [
            "model.onnx",
            "model.onnx.json",
        ]


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_a_mean_of_mirrored_networks(name, tmp_path):
    needs(name)
    model = bs.models.ensemble([bs.models.mirrored(small()), bs.models.mirrored(small())])
    images = RNG.uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)
    found = exported(model, tmp_path, name)(images)
    np.testing.assert_allclose(found, model.predict(images, verbose=0), atol=TOLERANCE)


@pytest.fixture(
    scope="module",
    params=[
        ("efficientnet_lite0", "global_average"),
        ("efficientnet_lite0", "stages"),  # what `brainscan train` makes
        ("efficientnet_v2_s", "global_average"),
    ],
    ids="-".join,
)
def network(request):
    """Return networks of use; the last takes half a minute to build, so it is built once."""
    name, head = request.param
    weights = "imagenet" if name == "efficientnet_lite0" else None
    model = bs.models.build(name, (150, 150, 3), weights, head, seed=0)
    return model if weights else settled(model)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(NEEDED))
def test_networks_of_use_on_real_slices(network, name, tmp_path, kaggle253):
    needs(name)
    images = real_slices(kaggle253, (150, 150), 8)
    expected = network.predict(images, verbose=0)
    assert expected.std() > 1e-3
    np.testing.assert_allclose(exported(network, tmp_path, name)(images), expected, atol=TOLERANCE)


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_what_has_to_be_known_is_beside_it(name, tmp_path):
    needs(name)
    exported(small(), tmp_path, name)
    said = json.loads((tmp_path / f"model{exporters[name].suffix}.json").read_text())
    assert said["format"] == name
    assert "no output is a diagnosis" in said["notice"]
    assert said["input"]["axes"] == ["batch", "height", "width", "channels"]
    assert said["input"]["range"] == [0, 255]
    settings = said["before"]["settings"]
    settings["size"] = tuple(settings["size"])
    assert BrainCropper(**settings) == BrainCropper((32, 32), blank="keep")
    assert said["agreement"]["largest_difference"] <= said["agreement"]["tolerance"] == TOLERANCE
    present = {path.name for path in tmp_path.iterdir()}
    assert present == {*said["files"], f"model{exporters[name].suffix}.json"}
    for file, digest in said["files"].items():
        assert sha256((tmp_path / file).read_bytes()).hexdigest() == digest


def test_an_export_that_disagrees_is_refused_and_leaves_nothing(tmp_path, monkeypatch):
    needs("stablehlo")
    exporter = exporters["stablehlo"]
    off = bs.predict.Exporter(
        exporter.suffix,
        "a broken runtime",
        (),
        exporter.write,
        lambda path: lambda images: exporter.load(path)(images) + np.float32(2e-4),
    )
    monkeypatch.setitem(exporters._entries, "stablehlo", off)
    with pytest.raises(ValueError, match=r"agree .* to 0.0001; in a broken runtime it differs by"):
        bs.predict.export(small(), tmp_path / "model.stablehlo", "stablehlo")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "package"),
    [("onnx", "jax2onnx"), ("openvino", "openvino"), ("stablehlo", "flatbuffers")],
)
def test_a_missing_package_names_the_extra(name, package, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=rf"{package} .* pip install 'brainscan\[{name}\]'"):
        bs.predict.export(small(), tmp_path / f"model{exporters[name].suffix}", name)
    assert not list(tmp_path.iterdir())


def test_where_folding_changes_the_answers_batch_norm_is_kept(tmp_path, monkeypatch):
    needs("stablehlo")
    model = small()
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    monkeypatch.setattr(
        import_module("brainscan.predict.export"), "fold_batch_norm", lambda _: trained(copy)
    )
    exported(model, tmp_path, "stablehlo")
    said = json.loads((tmp_path / "model.stablehlo.json").read_text())
    assert said["agreement"]["batch_norm_folded"] is False


def test_what_is_asked_for_is_checked(tmp_path):
    model = small()
    with pytest.raises(ValueError, match=r"format must be .* got 'onxx'. Did you mean 'onnx'"):
        bs.predict.export(model, tmp_path / "model.onnx", "onxx")
    with pytest.raises(ValueError, match=r"path must end in .xml .* got 'model.onnx'"):
        bs.predict.export(model, tmp_path / "model.onnx", "openvino")
    with pytest.raises(ValueError, match=r"functional, .* got a Sequential from what is not known"):
        bs.predict.export(keras.Sequential(), tmp_path / "model.onnx")
    image = keras.Input((None, None, 3))
    loose = keras.Model(image, keras.layers.GlobalAveragePooling2D()(image))
    with pytest.raises(ValueError, match=r"of a fixed size .* from \(None, None, None, 3\)"):
        bs.predict.export(loose, tmp_path / "model.onnx")


def test_the_model_is_left_as_it_was(tmp_path):
    needs("stablehlo")
    model = small()
    before = [np.array(weights) for weights in model.get_weights()]
    layers = [layer.name for layer in model.layers]
    exported(model, tmp_path, "stablehlo")
    assert [layer.name for layer in model.layers] == layers
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
