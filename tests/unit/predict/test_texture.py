import json
import pickle

import numpy as np
import pytest
import safetensors.numpy

from brainscan import segment
from brainscan.models import build_segmenter
from brainscan.predict import Bundle, Predictor, TextureClassifier, export
from brainscan.predict.archive import write_archive
from brainscan.predict.texture import CLASSICAL
from bundles import SIZE, crops_of, head, make_texture_bundle

IMAGES = [head(i) for i in range(100, 110)]


@pytest.fixture(scope="module")
def bundle():
    return make_texture_bundle()


@pytest.mark.parametrize("classes", [("no", "yes"), ("none", "glioma", "meningioma")])
@pytest.mark.parametrize("name", CLASSICAL)
def test_it_comes_back_whole(name, classes, tmp_path):
    bundle = make_texture_bundle(name, classes)
    digest = bundle.save(tmp_path / "a.brainscan").digest
    loaded = Bundle.load(tmp_path / "a.brainscan")
    assert loaded.digest == digest == bundle.save(tmp_path / "b.brainscan").digest
    assert loaded.classifier.name == name
    found, expected = Predictor(loaded)(IMAGES), Predictor(bundle)(IMAGES)
    for one, other in zip(found, expected, strict=True):
        assert one.to_json() == other.to_json()
        assert sum(one.probabilities) == pytest.approx(1)


def test_it_holds_plain_arrays_alone(files):
    assert sorted(files) == [
        *("bundle.json", "card.md", "outliers.safetensors", "texture.safetensors")
    ]
    assert json.loads(files["bundle.json"])["texture"]["classifier"] == "svm"


def test_a_batch_equals_its_images_one_by_one(bundle):
    predictor = Predictor(bundle)
    for one, image in zip(predictor(IMAGES), IMAGES, strict=True):
        alone = predictor(image)
        assert one.probability == pytest.approx(alone.probability, abs=1e-12)
        assert one.distance == pytest.approx(alone.distance, rel=1e-6)


def test_the_distance_is_told_by_standardised_features(bundle):
    features = bundle.classifier.features(crops_of(IMAGES))
    found = [one.distance for one in Predictor(bundle)(IMAGES)]
    np.testing.assert_allclose(found, bundle.outliers(features), rtol=1e-6)
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    unlike = Predictor(bundle)(noise)
    assert any("unlike the images" in warning for warning in unlike.warnings)
    assert unlike.answer is None


def test_what_is_for_networks_is_refused_with_the_mend(bundle, tmp_path):
    for ask in (
        lambda: Predictor(bundle)(head()).heat_map,
        lambda: export(bundle, tmp_path / "a.stablehlo", "stablehlo"),
        bundle.model,
    ):
        with pytest.raises(ValueError, match="holds svm, .*--model small_cnn"):
            ask()
    assert list(tmp_path.iterdir()) == []


def test_a_segmenter_goes_with_it(bundle, tmp_path):
    from dataclasses import replace

    outliner = segment.Segmenter(build_segmenter("small_cnn", (*SIZE, 3), weights=None, seed=0))
    replace(bundle, segmenter=outliner).save(tmp_path / "a.brainscan")
    assert Predictor.load(tmp_path / "a.brainscan")(head()).mask.shape == (64, 64)
    assert Predictor(bundle)(head()).mask is None


def test_a_changed_file_is_refused(saved, tmp_path):
    content = bytearray(saved.read_bytes())
    place = content.index(b"vectors") + 2000
    content[place] ^= 1
    path = tmp_path / "a.brainscan"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="a.brainscan.*CRC|texture.safetensors was changed"):
        Bundle.load(path)


class Evil:
    def __reduce__(self):
        return (print, ("it ran",))


@pytest.mark.parametrize("content", [b"", pickle.dumps(Evil()), b"PK\x03\x04" + bytes(100)])
def test_what_is_no_plain_arrays_is_refused(files, tmp_path, content, capsys):
    write_archive(tmp_path / "a.brainscan", files | {"texture.safetensors": content})
    with pytest.raises(ValueError, match="a.brainscan.*SafetensorError"):
        Bundle.load(tmp_path / "a.brainscan")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mean": np.zeros(3, np.float32)}, "of 126 features"),
        ({"scale": np.zeros(126, np.float32)}, "the scale above 0"),
        ({"scale": np.full(126, np.nan, np.float32)}, "finite"),
        ({"vectors": np.zeros((0, 126))}, "must fit each other"),
        ({"extra": np.zeros(3)}, "svm must be the arrays"),
        ({"gamma": None}, "svm must be the arrays"),
        ({"mean": None}, "KeyError: 'mean'"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(files, tmp_path, change, message):
    arrays = safetensors.numpy.load(files["texture.safetensors"]) | change
    kept = {name: array for name, array in arrays.items() if array is not None}
    changed = files | {"texture.safetensors": safetensors.numpy.save(kept)}
    write_archive(tmp_path / "a.brainscan", changed)
    with pytest.raises(ValueError, match=message):
        Bundle.load(tmp_path / "a.brainscan")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"texture": None}, "KeyError: 'network.json'"),
        ({"texture": {"features": ["contrast"], "classifier": "svm"}}, "Train it anew"),
        ({"texture": {}}, "KeyError"),
        ({"texture": 3}, "TypeError"),
        ({"classes": ["a", "b", "c"]}, "svm must score 3 classes; got 2"),
        ({"flips": True}, "without flips"),
    ],
)
def test_settings_that_make_no_sense_are_refused(files, tmp_path, change, message):
    facts = json.loads(files["bundle.json"]) | change
    path = tmp_path / "a.brainscan"
    write_archive(path, files | {"bundle.json": json.dumps(facts).encode()})
    with pytest.raises(ValueError, match=message):
        Bundle.load(path)


@pytest.mark.parametrize("name", ["forest", "builtins.eval", ["svm"], None])
def test_a_foreign_classifier_is_refused(files, tmp_path, name):
    facts = json.loads(files["bundle.json"])
    facts["texture"]["classifier"] = name
    write_archive(tmp_path / "a.brainscan", files | {"bundle.json": json.dumps(facts).encode()})
    with pytest.raises(ValueError, match=r"must be one of \['knn', 'svm', 'tree'\]"):
        Bundle.load(tmp_path / "a.brainscan")


def test_a_classifier_of_other_features_is_refused(bundle):
    narrow = np.zeros((1, 3))
    machine = bundle.classifier.classifier
    other = type(machine)(
        narrow, machine.gamma, np.zeros((1, 1)), machine.intercepts, machine.slopes, machine.offsets
    )
    with pytest.raises(ValueError, match="svm must be of 126 features"):
        TextureClassifier("svm", bundle.classifier.mean, bundle.classifier.scale, other)
