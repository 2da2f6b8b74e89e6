import json
import subprocess
import sys

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from brainscan.cli import app


def write_scans(folder, seed):
    rng = np.random.default_rng(seed)
    for name, level in (("no", 30), ("yes", 250)):
        (folder / name).mkdir(parents=True)
        for number in range(12):
            texture = cv2.resize(rng.integers(60, 160, (6, 6), dtype=np.uint8), (64, 64))
            image = np.where(cv2.circle(np.zeros((64, 64)), (32, 32), 28, 1, -1) > 0, texture, 0)
            image = image.astype(np.uint8)
            cv2.circle(image, tuple(int(v) for v in rng.integers(22, 42, 2)), 7, level, -1)
            cv2.imwrite(str(folder / name / f"{number}.png"), image)
    return folder


@pytest.fixture
def folder(tmp_path):
    return write_scans(tmp_path / "scans", seed=0)


def brainscan(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_folder_in_a_table_out(folder, tmp_path):
    out = tmp_path / "run"
    result = brainscan("benchmark", "--data", folder, "--models", "knn, svm", "--out", out)
    assert result.exit_code == 0
    assert "| knn |" in result.stdout
    assert "fold 5/5" in result.stderr
    assert str(out) in result.stderr
    assert (out / "table.md").read_text().strip() == result.stdout.strip()


def test_json_is_all_that_is_printed(folder, tmp_path):
    out = tmp_path / "run"
    result = brainscan("benchmark", "--data", folder, "--models", "knn", "--json", "--out", out)
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["folder"] == str(out)
    assert [row["model"] for row in found["results"][0]["rows"]] == ["knn"]


def test_networks_and_their_options(folder, tmp_path):
    result = brainscan(
        *("benchmark", "--data", folder, "--preset", "paper", "--models", "small_cnn,knn"),
        *("--weights", "none", "--epochs", 1, "--protocol", "paper", "--out", tmp_path / "run"),
    )
    assert result.exit_code == 0
    assert "weights random, 1 epoch, batch 16" in result.stdout
    assert "epoch 1/1" in result.stderr


def test_several_protocols_are_set_side_by_side(folder, tmp_path):
    out = tmp_path / "run"
    arguments = ("--models", "knn", "--protocol", "paper,grouped", "--out", out)
    result = brainscan("benchmark", "--data", folder, *arguments)
    assert result.exit_code == 0
    assert result.stdout.count("| knn |") == 2
    assert "protocol paper: accuracy" in (out / "report.md").read_text()
    assert (out / "grouped/table.md").is_file()
    assert (out / "report.html").is_file()


def test_evidence_that_is_asked_for(folder, tmp_path):
    other = write_scans(tmp_path / "elsewhere", seed=1)
    arguments = ("--external", other, "--control", "border_only", "--protocol", "holdout")
    result = brainscan(
        *("benchmark", "--data", folder, "--models", "tree", "--out", tmp_path / "run"),
        *arguments,
    )
    assert result.exit_code == 0
    assert "external accuracy" in result.stdout
    assert "outer tenth" in result.stdout


def test_all_models_failing_is_exit_code_1(folder, tmp_path):
    result = brainscan(
        *("benchmark", "--data", folder, "--models", "small_cnn", "--weights", "imagenet"),
        *("--out", tmp_path / "run"),
    )
    assert result.exit_code == 1
    assert "no pre-trained weights" in result.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--models", "mobilenetv2"], "Did you mean 'mobilenet_v2'"),
        (["--preset", "papers"], "Did you mean 'paper'"),
        (["--protocol", "group"], "Did you mean 'grouped'"),
        (["--protocol", "grouped,papers"], "Did you mean 'paper'"),
        (["--control", "borders_only"], "Did you mean 'border_only'"),
        (["--external", "./nowhere"], "nowhere"),
        (["--data", "./nowhere"], "nowhere"),
        (["--epochs", "0"], "epochs must be a positive integer; got 0"),
    ],
)
def test_mistakes_are_one_line_with_the_mend(folder, tmp_path, options, message):
    given = dict(
        zip(("--data", "--models", "--out"), (folder, "knn", tmp_path / "run"), strict=True)
    )
    given.update([options])
    result = brainscan("benchmark", *(word for pair in given.items() for word in pair))
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_debug_shows_the_trace(tmp_path):
    result = brainscan("benchmark", "--data", tmp_path / "nowhere", "--debug")
    assert isinstance(result.exception, OSError)


def test_help_and_version_are_quick_to_import():
    code = (
        "import sys\nfrom brainscan.cli import app\n"
        "print([m for m in ('keras', 'jax', 'sklearn', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
    assert "brainscan" in brainscan("--version").stdout
    assert "--preset" in brainscan("benchmark", "--help").stdout


def test_classes_by_name(folder, tmp_path):
    (folder / "no").rename(folder / "não")
    (folder / "yes").rename(folder / "sí")
    out = tmp_path / "run"
    result = brainscan(
        *("benchmark", "--data", folder, "--models", "knn", "--out", out, "--classes", "não, sí"),
    )
    assert result.exit_code == 0
    assert ",não," in (out / "predictions/knn.csv").read_text()


def test_labels_of_a_named_data_set(tmp_path):
    result = brainscan("benchmark", "--labels", tmp_path / "x.csv")
    assert result.exit_code == 2
    assert "takes the options n, seed" in result.stderr
