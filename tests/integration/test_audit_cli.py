import json
import shutil

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from brainscan.cli import app
from brainscan.datasets.audit import shortcut

# Most folders here hold a planted conflict, which loading warns of.
pytestmark = pytest.mark.filterwarnings("ignore:.*bear several labels")


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("no", "yes"):
        (tmp_path / "scans" / name).mkdir(parents=True)
        for number in range(8):
            image = cv2.resize(rng.integers(0, 256, (6, 6), dtype=np.uint8), (64, 64))
            cv2.imwrite(str(tmp_path / "scans" / name / f"{number}.png"), image)
    shutil.copy(tmp_path / "scans/no/0.png", tmp_path / "scans/yes/copy.png")
    return tmp_path / "scans"


@pytest.fixture(autouse=True)
def few_trees(monkeypatch):
    monkeypatch.setattr(shortcut, "_TREES", 10)


def brainscan(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_folder_in_a_report_out(folder, tmp_path):
    result = brainscan("audit", folder, "--html", tmp_path / "pages" / "audit.html")
    assert result.exit_code == 0
    assert "byte-identical files    1 group of 2 images, 1 redundant" in result.stdout
    assert "no/0.png (no), yes/copy.png (yes)" in result.stdout
    assert "audit.html" in result.stderr
    page = (tmp_path / "pages" / "audit.html").read_text(encoding="utf-8")
    assert "yes/copy.png" in page


def test_json_is_alone_on_standard_output(folder):
    (folder / "no" / "torn.png").write_bytes(b"no image")
    with pytest.warns(UserWarning, match="torn.png"):
        result = brainscan("audit", folder, "--json")
    assert result.exit_code == 0
    values = json.loads(result.stdout)
    assert values["images"] == 17
    assert values["conflicts"][0]["ids"] == ["no/0.png", "yes/copy.png"]
    assert values["unreadable"][0]["id"] == "no/torn.png"


def test_two_folders(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "more")
    shutil.rmtree(tmp_path / "more" / "no")
    (tmp_path / "more" / "no").mkdir()
    shutil.copy(folder / "no/3.png", tmp_path / "more/no/renamed.png")
    result = brainscan("audit", folder, "--against", tmp_path / "more", "--json")
    assert result.exit_code == 0
    values = json.loads(result.stdout)
    assert values["other_name"] == "more"
    assert {"no/renamed.png"} in [set(group["other_ids"]) for group in values["overlaps"]]


def test_a_label_file(folder, tmp_path):
    (tmp_path / "flat").mkdir()
    for name in ("no", "yes"):
        shutil.copy(folder / name / "1.png", tmp_path / "flat" / f"{name}.png")
    labels = tmp_path / "labels.csv"
    labels.write_text("id,label\nno,no\nyes,yes\n")
    result = brainscan("audit", tmp_path / "flat", "--labels", labels)
    assert result.exit_code == 0
    assert "1 no (50%), 1 yes (50%)" in result.stdout
    assert "a shortcut can be looked for in two classes or more" in result.stdout


@pytest.mark.parametrize(
    "arguments", [["./nowhere"], ["{folder}", "--against", "./nowhere"], ["phantoms"]]
)
def test_mistakes_are_one_line_and_exit_code_2(folder, arguments):
    given = [argument.replace("{folder}", str(folder)) for argument in arguments]
    result = brainscan("audit", *given, "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "brainscan: " in result.stderr
    assert "Traceback" not in result.stderr


def test_debug_shows_the_trace(tmp_path):
    assert isinstance(brainscan("audit", tmp_path / "no", "--debug").exception, OSError)
