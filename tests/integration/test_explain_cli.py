import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner

import brainscan as bs
from brainscan.cli import app
from brainscan.predict.card import DISCLAIMER

BUNDLE = Path(__file__).parents[1] / "data/bundle-format-1.brainscan"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "small.keras"
    bs.models.build("small_cnn", (48, 48, 3), None, "stages", seed=0).save(path)
    return path


@pytest.fixture
def scans(tmp_path):
    data = bs.datasets.load("phantom", n=4)
    folder = tmp_path / "scans"
    folder.mkdir()
    for number, image in enumerate(data):
        cv2.imwrite(str(folder / f"{number}.png"), image)
    (folder / "torn.png").write_bytes(b"no image")
    return folder


def brainscan(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_pictures_and_maps_in_the_size_of_the_image(scans, model, tmp_path):
    out = tmp_path / "maps"
    result = brainscan("explain", scans / "0.png", scans / "1.png", "--model", model, "--out", out)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert len(lines) == 2
    assert all("score (not calibrated) of class 1 " in line for line in lines)
    assert all(DISCLAIMER in line for line in lines)
    for number in (0, 1):
        image = cv2.imread(str(scans / f"{number}.png"), cv2.IMREAD_UNCHANGED)
        drawn = cv2.imread(str(out / f"{number}_map.png"), cv2.IMREAD_UNCHANGED)
        assert drawn.shape == image.shape[:2]
        assert drawn.dtype == np.uint16
        with np.load(out / f"{number}_map.npz") as kept:
            np.testing.assert_allclose(kept["map"][0], drawn / 65535, atol=1e-4)
            assert 0 <= kept["score"][0] <= 1
        top, left, bottom, right = bs.preprocess.BrainCropper().box(image)
        inside = drawn[top:bottom, left:right]
        assert int(inside.sum()) == int(drawn.sum()) > 0
        assert cv2.imread(str(out / f"{number}.png")).shape[1] > 800
    assert {path.name for path in out.iterdir()} == {
        *(f"{number}{ending}" for number in (0, 1) for ending in (".png", "_map.png", "_map.npz")),
        "explain.json",
    }


def test_with_a_bundle_it_says_what_the_predictor_says(scans, tmp_path, monkeypatch):
    titles = []
    suptitle = Figure.suptitle
    monkeypatch.setattr(
        Figure, "suptitle", lambda self, t, **k: titles.append(t) or suptitle(self, t, **k)
    )
    out = tmp_path / "maps"
    cv2.imwrite(str(scans / "white.png"), np.full((80, 90), 255, np.uint8))
    given = (scans / "0.png", scans / "white.png")
    result = brainscan("explain", *given, "--model", BUNDLE, "--out", out)
    assert result.exit_code == 0, result.output
    report = json.loads((out / "explain.json").read_text())
    assert report["notice"] == DISCLAIMER
    predictor = bs.predict.Predictor.load(BUNDLE)
    rows = zip(given, report["images"], result.stdout.splitlines(), titles, strict=True)
    for path, row, line, title in rows:
        said = predictor(path)
        told = said.to_json()
        del told["name"]
        assert {key: row[key] for key in told} == told
        assert row["class"] == "yes"
        assert line.startswith(str(said))
        assert row["picture"] in line
        joined = " ".join(title.split())
        assert f"probability of yes {said.probability:.3f}" in joined
        assert (said.answer or "can't tell") in joined
        assert all(warning in joined for warning in (*said.warnings, DISCLAIMER))
        top, left, bottom, right = said.box
        drawn = cv2.imread(row["map"], cv2.IMREAD_UNCHANGED)
        assert int(drawn[top:bottom, left:right].sum()) == int(drawn.sum())
        with np.load(row["array"]) as kept:
            np.testing.assert_allclose(kept["score"], [said.probability])
    assert said.warnings  # a blank slice


def test_an_output_that_cannot_be_written_is_one_line(scans, model, tmp_path):
    file = tmp_path / "file"
    file.write_text("kept")
    for out in (file, file / "maps"):
        result = brainscan("explain", scans / "torn.png", "--model", model, "--out", out)
        assert result.exit_code == 2
        (line,) = result.stderr.splitlines()
        assert f"{str(out)!r} must be a folder" in line
        assert "Give another path" in line
    assert file.read_text() == "kept"


def test_what_cannot_be_read_is_told_and_the_others_go_on(scans, model, tmp_path):
    given = [scans / "torn.png", scans / "0.png", scans / "absent.png"]
    arguments = ("--model", model, "--out", tmp_path / "maps", "--json", "--method", "grad_cam")
    result = brainscan("explain", *given, *arguments)
    assert result.exit_code == 3
    report = json.loads(result.stdout)
    assert report == json.loads((tmp_path / "maps/explain.json").read_text())
    assert report["method"] == "grad_cam"
    assert report["notice"] == DISCLAIMER
    torn, good, absent = report["images"]
    assert torn["file"].endswith("torn.png")
    assert "must be" in torn["error"]
    assert absent["file"].endswith("absent.png")
    assert "error" in absent
    assert good["file"] == str(scans / "0.png")
    assert good["calibrated"] is False
    assert "torn.png" in result.stderr


def test_nothing_can_be_read(scans, model, tmp_path):
    result = brainscan("explain", scans / "torn.png", "--model", model, "--out", tmp_path / "maps")
    assert result.exit_code == 1


def test_files_of_one_name_keep_apart(scans, model, tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "more/0.png").write_bytes((scans / "1.png").read_bytes())
    given = (scans / "0.png", tmp_path / "more/0.png")
    result = brainscan("explain", *given, "--model", model, "--out", tmp_path / "maps")
    assert result.exit_code == 0
    assert (tmp_path / "maps/0_map.npz").is_file()
    assert (tmp_path / "maps/0-2_map.npz").is_file()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"--method": "gradcam"}, "Did you mean 'grad_cam'"),
        ({"--target": 5}, "target must be a class index below 2; got 5"),
        (
            {"--model": "absent.keras"},
            "--model must be a .keras file or a bundle; there is none at",
        ),
    ],
)
def test_wrong_input(scans, model, tmp_path, changes, message):
    options = {"--model": model, "--out": tmp_path / "maps", **changes}
    result = brainscan("explain", scans / "0.png", *(part for o in options.items() for part in o))
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


def test_a_file_that_is_no_model(scans, tmp_path):
    (tmp_path / "torn.keras").write_bytes(b"no model")
    out = ("--out", tmp_path / "maps")
    result = brainscan("explain", scans / "0.png", "--model", tmp_path / "torn.keras", *out)
    assert result.exit_code == 2
    assert "torn.keras is not" in " ".join(result.stderr.split())


def test_a_volume_of_slices(model, tmp_path):
    nibabel = pytest.importorskip("nibabel")
    data = bs.datasets.load("phantom", n=3)
    slices = [cv2.resize(image, (60, 70), interpolation=cv2.INTER_AREA) for image in data]
    affine = np.diag([2.0, 2.0, 5.0, 1.0])
    volume = nibabel.Nifti1Image(np.stack(slices, axis=-1).astype(np.int16), affine)
    volume.to_filename(tmp_path / "head.nii.gz")
    options = ("--model", model, "--out", tmp_path / "maps", "--json")
    result = brainscan("explain", tmp_path / "head.nii.gz", *options)
    assert result.exit_code == 0, result.output
    (row,) = json.loads(result.stdout)["images"]
    assert row["slices"] == 3
    assert row["volume"].endswith("head_map.nii.gz")
    maps = nibabel.load(row["volume"])
    assert maps.shape == volume.shape
    np.testing.assert_allclose(maps.affine, affine)
    highest = np.asarray(maps.dataobj).max(axis=(0, 1))
    with np.load(tmp_path / "maps/head_map.npz") as kept:
        np.testing.assert_allclose(np.sort(highest), np.sort(kept["score"]), atol=1e-3)
