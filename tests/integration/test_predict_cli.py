import csv
import json

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from brainscan import datasets, models, predict, segment
from brainscan.cli import app
from bundles import head, make_bundle


def brainscan(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.brainscan"
    make_bundle().save(path)
    return path


@pytest.fixture
def scans(tmp_path):
    folder = tmp_path / "scans"
    folder.mkdir()
    for i in range(3):
        cv2.imwrite(str(folder / f"{i}.png"), head(i))
    return folder


@pytest.fixture
def broken(scans):
    (scans / "broken.png").write_bytes(b"nonsense")
    return scans / "broken.png"


def test_a_line_a_slice(model, scans):
    result = brainscan("predict", scans / "0.png", scans / "1.png", "--model", model)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == [str(scans / f"{i}.png") for i in (0, 1)]
    assert all("For research use only" in line for line in lines)


def test_json_and_nothing_else(model, scans, broken):
    result = brainscan("predict", scans, "--model", model, "--json")
    assert result.exit_code == 3
    found = json.loads(result.stdout)
    assert [one["name"] for one in found["predictions"]] == [
        str(scans / f"{i}.png") for i in range(3)
    ]
    assert list(found["failed"]) == [str(broken)]
    assert found["bundle"]["sha256"] == predict.Bundle.load(model).digest


def test_a_table_that_is_gone_on_with(model, scans, broken, tmp_path):
    out = tmp_path / "out.csv"
    arguments = ("predict", scans, "--model", model, "--out", out)
    first = brainscan(*arguments)
    assert first.exit_code == 3
    assert "no answer for broken.png" in " ".join(first.stderr.split())
    before = out.read_bytes()
    again = brainscan(*arguments, "--json")
    assert json.loads(again.stdout)["read_back"] == 3
    assert out.read_bytes() == before
    with out.open() as file:
        next(file)
        assert len(list(csv.DictReader(file))) == 4


def test_none_read_is_exit_code_1(model, broken):
    result = brainscan("predict", broken, "--model", model)
    assert result.exit_code == 1
    assert f"no answer for {broken}" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("predict", "x.png", "--model", "nowhere.brainscan"), "nowhere.brainscan"),
        (("predict", "nowhere/"), "bundle must be a file that is there"),
        (("train", "./nowhere"), "nowhere"),
        (("train", "--preset", "quik"), "Did you mean 'quick'"),
        (("train", "--model", "smal_cnn"), "Did you mean 'small_cnn'"),
        (("train", "--model", "svn"), "Did you mean 'svm'"),
        (("train", "--model", "svm", "--epochs", "3"), "must be left out for svm, which has"),
        (("train", "--model", "knn", "--weights", "none"), "got epochs=None, weights='none'"),
        (("train", "--coverage", "2"), "coverage must be between 0 and 1; got 2.0"),
        (("models", "mobilenetv2"), "Did you mean 'mobilenet_v2'"),
        (("segment", "x.png", "--model", "nowhere"), "nowhere"),
    ],
)
def test_mistakes_are_one_line_with_the_mend(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = brainscan(*arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_an_output_that_cannot_be_written_is_told_in_words(model, scans, tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.write_text("kept")
    monkeypatch.setattr(predict, "train", lambda *_, **__: pytest.fail("it trained first"))
    for arguments, message in (
        (("predict", scans, "--model", model, "--out", file / "out.csv"), "must be a folder"),
        (("predict", scans, "--model", model, "--out", scans), "must be a file; it is a folder"),
        (("train", "--out", file / "model.brainscan"), "must be a folder"),
        (("train", "--out", scans), "must be a file to write; there is a folder"),
    ):
        result = brainscan(*arguments)
        assert result.exit_code == 2
        (line,) = result.stderr.splitlines()
        assert message in line
        assert "Errno" not in line
        assert "unfinished" not in line


def test_a_damaged_bundle_is_refused_with_the_reason(model, scans, tmp_path):
    path = tmp_path / "damaged.brainscan"
    path.write_bytes(model.read_bytes()[:-100])
    result = brainscan("predict", scans / "0.png", "--model", path)
    assert result.exit_code == 2
    assert "must be a whole brainscan bundle" in " ".join(result.stderr.split())
    assert isinstance(
        brainscan("predict", scans / "0.png", "--model", path, "--debug").exception, ValueError
    )


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory):
    folder = tmp_path_factory.mktemp("phantoms")
    data = datasets.load("phantom", n=40)
    for i, label in enumerate(data.labels):
        path = folder / data.class_names[label] / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), data[i])
    return folder


def test_train_writes_a_bundle_that_answers(phantoms, tmp_path, scans):
    out = tmp_path / "model.brainscan"
    result = brainscan(
        *("train", phantoms, "--preset", "scratch", "--epochs", 1, "--out", out),
        *("--intended-use", "A test.", "--run", tmp_path / "run"),
    )
    assert result.exit_code == 0, result.stderr
    assert "A test." in result.stdout
    assert "| roc_auc |" in result.stdout
    assert predict.Bundle.load(out).digest in " ".join(result.stderr.split())
    assert (tmp_path / "run/report.html").is_file()
    assert brainscan("predict", scans / "0.png", "--model", out).exit_code == 0


@pytest.mark.parametrize("name", ["knn", "svm", "tree"])
def test_a_classical_classifier_from_images_to_answers(name, phantoms, tmp_path):
    out = tmp_path / "model.brainscan"
    trained = brainscan("train", phantoms, "--model", name, "--out", out, "--json")
    assert trained.exit_code == 0, trained.stderr
    card = json.loads(trained.stdout)
    assert card["name"] == name
    assert card["metrics"]["roc_auc"]["low"] is not None
    found = json.loads(brainscan("predict", phantoms, "--model", out, "--json").stdout)
    assert found["bundle"] == {"model": name, "sha256": predict.Bundle.load(out).digest}
    assert len(found["predictions"]) == 40
    assert all(0 <= one["probability"] <= 1 for one in found["predictions"])
    assert {len(one["possible"]) for one in found["predictions"]} <= {0, 1, 2}
    scan = next(phantoms.rglob("*.png"))
    for command in (
        ("explain", scan, "--model", out, "--out", tmp_path / "maps"),
        ("export", out, tmp_path / "model.onnx"),
    ):
        refused = brainscan(*command)
        assert refused.exit_code == 2
        assert f"need a bundle with a network; this one holds {name}" in " ".join(
            refused.stderr.split()
        )
    refused = brainscan("segment", scan, "--model", out, "--out", tmp_path / "masks")
    assert refused.exit_code == 2
    assert "must be a bundle with a segmenter" in " ".join(refused.stderr.split())


@pytest.fixture(scope="module")
def outliner(tmp_path_factory):
    path = tmp_path_factory.mktemp("segmenter") / "one.segmenter"
    network = models.build_segmenter("small_cnn", (32, 32, 3), weights=None, seed=0)
    return segment.Segmenter(network).save(path)


def test_what_shows_no_head_is_said(outliner, tmp_path):
    blank = tmp_path / "blank.png"
    cv2.imwrite(str(blank), np.full((40, 50), 255, np.uint8))
    arguments = ("segment", blank, "--model", outliner, "--out", tmp_path / "masks")
    (row,) = json.loads(brainscan(*arguments, "--json").stdout)["masks"]
    assert row["warnings"] == ["nothing stands out in it: a blank slice, or none of a head"]
    result = brainscan(*arguments)
    assert result.exit_code == 0
    assert "blank.png: nothing stands out in it" in " ".join(result.stderr.split())


def test_masks_and_pictures(outliner, scans, broken, tmp_path):
    out = tmp_path / "masks"
    result = brainscan("segment", scans, "--model", outliner, "--out", out, "--json")
    assert result.exit_code == 3
    found = json.loads(result.stdout)
    assert "research use only" in found["notice"]
    assert list(found["failed"]) == [str(broken)]
    for row in found["masks"]:
        mask = cv2.imread(row["mask"], cv2.IMREAD_UNCHANGED)
        assert mask.shape == (64, 64)
        assert set(np.unique(mask)) <= {0, 255}
        assert (mask > 0).sum() == row["pixels"]
        assert cv2.imread(row["overlay"]).shape == (64, 64, 3)


def test_the_segmenter_of_a_bundle(outliner, scans, tmp_path):
    from dataclasses import replace

    bundle = replace(make_bundle(), segmenter=segment.Segmenter.load(outliner))
    bundle.save(tmp_path / "with.brainscan")
    both = [
        brainscan("segment", scans / "0.png", "--model", model, "--out", tmp_path / name, "--json")
        for name, model in (("a", outliner), ("b", tmp_path / "with.brainscan"))
    ]
    pixels = [json.loads(result.stdout)["masks"][0]["pixels"] for result in both]
    assert pixels[0] == pixels[1]


def test_a_bundle_without_one(model, scans, tmp_path):
    result = brainscan("segment", scans / "0.png", "--model", model, "--out", tmp_path)
    assert result.exit_code == 2
    assert "brainscan train --segmenter puts one in" in " ".join(result.stderr.split())


def test_models_are_listed(tmp_path):
    result = brainscan("models")
    assert result.exit_code == 0
    assert "small_cnn" in result.stdout
    assert "97,680" in result.stdout
    listed = json.loads(brainscan("models", "--json").stdout)
    assert [one["name"] for one in listed] == models.names()
    one = json.loads(brainscan("models", "small_cnn", "--json").stdout)
    assert one["licence"] == models.info("small_cnn").licence
    assert "minimum size: 32" in brainscan("models", "small_cnn").stdout


def test_doctor_says_what_is_here(monkeypatch, tmp_path):
    monkeypatch.setenv("BRAINSCAN_WEIGHTS", str(tmp_path))
    (tmp_path / "file").write_bytes(bytes(1000))
    result = brainscan("doctor", "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["backend"] == "jax"
    assert found["devices"]
    assert found["versions"]["keras"]
    assert found["caches"]["BRAINSCAN_WEIGHTS"] == {"path": str(tmp_path), "bytes": 1000}
    assert {"offline", "kaggle"} <= set(found["extras"])
    assert "dev" not in found["extras"]
    assert all(extra["for"] for extra in found["extras"].values())
    if found["devices"] == ["cpu (cpu)"]:
        assert any("cuda13" in name for name in found["extras"]["cuda13"]["missing"])
    text = brainscan("doctor").stdout
    assert "Keras runs on: jax" in text
    assert "extra kaggle: " in text


def test_doctor_finds_what_is_wrong(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    result = brainscan("doctor")
    assert result.exit_code == 1
    assert "PROBLEM: the environment variable KERAS_BACKEND" in result.stdout


@pytest.mark.parametrize("command", ["train", "predict", "segment", "models", "doctor"])
def test_help_teaches(command):
    shown = brainscan(command, "--help").stdout
    assert len(shown.splitlines()) > 8
    assert "--json" in shown
