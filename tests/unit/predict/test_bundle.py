import json
from dataclasses import replace

import numpy as np
import pytest

from brainscan.metrics import Conformal, Temperature
from brainscan.predict import Bundle, Predictor
from brainscan.predict.archive import write_archive
from bundles import head, make_bundle


def test_it_comes_back_whole(bundle, saved):
    loaded = Bundle.load(saved)
    for name in ("classes", "cropper", "flips", "temperature", "threshold", "conformal"):
        assert getattr(loaded, name) == getattr(bundle, name), name
    assert loaded.card.to_json() == bundle.card.to_json()
    assert len(loaded.digest) == 64
    image = head(1, spot=(30, 30))
    assert Predictor(loaded)(image).to_json() == Predictor(bundle)(image).to_json()


def test_saving_says_the_digest(bundle, saved, tmp_path):
    assert bundle.digest is None
    assert bundle.save(tmp_path / "again.brainscan").digest == Bundle.load(saved).digest


def test_a_quantile_without_limit_is_kept(bundle, tmp_path):
    rule = Conformal(0.9, (0.2, float("inf")), (20, 3))
    replace(bundle, conformal=rule).save(tmp_path / "a.brainscan")
    assert Bundle.load(tmp_path / "a.brainscan").conformal == rule


def test_the_interval_of_the_temperature_is_kept(bundle, tmp_path):
    replace(bundle, temperature_interval=(1.1, 2.7)).save(tmp_path / "a.brainscan")
    assert Bundle.load(tmp_path / "a.brainscan").temperature_interval == (1.1, 2.7)


def test_a_bundle_written_before_there_was_an_interval_has_none(files, tmp_path):
    facts = json.loads(files["bundle.json"])
    del facts["temperature_interval"]
    write_archive(tmp_path / "a.brainscan", files | {"bundle.json": json.dumps(facts).encode()})
    predictor = Predictor.load(tmp_path / "a.brainscan")
    assert predictor.bundle.temperature_interval is None
    assert predictor(head()).interval is None


def test_more_than_two_classes(tmp_path):
    bundle = make_bundle(("none", "glioma", "meningioma"), flips=False)
    bundle.save(tmp_path / "a.brainscan")
    prediction = Predictor.load(tmp_path / "a.brainscan")(head())
    assert prediction.classes == ("none", "glioma", "meningioma")
    assert sum(prediction.probabilities) == pytest.approx(1)
    assert prediction.probability == max(prediction.probabilities)


def test_it_says_what_it_is_for_and_what_not(files):
    assert "For research use only" in files["bundle.json"].decode()
    assert "For research use only" in files["card.md"].decode()
    assert "| roc_auc |" in files["card.md"].decode()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"temperature": 0.0}, "temperature must be 0.05 to 20.0; got 0.0"),
        ({"temperature": "1"}, None),
        ({"temperature_interval": [1.6, 2.0]}, "hold the temperature 1.5; got 1.6 to 2.0"),
        ({"temperature_interval": [1.0, 21]}, "must lie in 0.05 to 20.0 and"),
        ({"temperature_interval": ["nan", 2]}, "got nan to 2.0"),
        ({"temperature_interval": [1]}, "a.brainscan"),
        ({"temperature_interval": 1}, "TypeError"),
        ({"threshold": 1.5}, "threshold must be 0 to 1; got 1.5"),
        ({"threshold": None}, "threshold must be 0 to 1; got None"),
        ({"classes": ["a", "b", "c"]}, "to 3 scores"),
        ({"classes": ["a", "a"]}, "two different names"),
        ({"classes": []}, "two different names"),
        ({"cropper": {"size": [64, 64], "threshold": "auto", "blank": "keep"}}, "64, 64"),
        ({"cropper": {"size": [-1, 32], "threshold": "auto", "blank": "keep"}}, "positive"),
        ({"cropper": 3}, "TypeError"),
        ({"conformal": {"coverage": 0.9, "quantiles": [0.1], "counts": [1]}}, "a quantile for"),
        ({"card": {}}, "KeyError"),
    ],
)
def test_settings_that_make_no_sense_are_refused(files, tmp_path, change, message):
    facts = json.loads(files["bundle.json"]) | change
    path = tmp_path / "a.brainscan"
    write_archive(path, files | {"bundle.json": json.dumps(facts).encode()})
    if message is None:
        assert Bundle.load(path).temperature == Temperature(1.0)
        return
    with pytest.raises(ValueError, match=message) as caught:
        Bundle.load(path)
    assert "a.brainscan" in str(caught.value)


@pytest.mark.parametrize("name", ["bundle.json", "network.json", "outliers.safetensors"])
def test_a_missing_part_is_refused(files, tmp_path, name):
    del files[name]
    write_archive(tmp_path / "a.brainscan", files)
    with pytest.raises(ValueError, match=f"must be a whole brainscan bundle; KeyError: '{name}'"):
        Bundle.load(tmp_path / "a.brainscan")


@pytest.mark.parametrize("text", [b"", b"{", b"[" * 10**5, b'{"temperature": NaN}', b"[]", b"3"])
def test_facts_that_are_no_facts_are_refused(files, tmp_path, text):
    write_archive(tmp_path / "a.brainscan", files | {"bundle.json": text})
    with pytest.raises(ValueError, match="a.brainscan"):
        Bundle.load(tmp_path / "a.brainscan")


def test_statistics_of_another_network_are_refused(bundle):
    other = replace(bundle.outliers, mean=np.zeros(3, np.float32))
    with pytest.raises(ValueError, match="told by the classifier's 128 features"):
        replace(bundle, outliers=other)
