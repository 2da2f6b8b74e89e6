import json

import pytest
from typer.testing import CliRunner

import brainscan as bs
from brainscan.cli import app

pytest.importorskip("flatbuffers", reason="the extra 'stablehlo' is not installed")


@pytest.fixture(scope="module")
def keras_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "small.keras"
    bs.models.build("small_cnn", (32, 32, 3), None, "global_average", seed=0).save(path)
    return path


def brainscan(*arguments):
    return CliRunner().invoke(app, ["export", *map(str, arguments)])


def test_the_suffix_says_the_format(keras_file, tmp_path):
    result = brainscan(keras_file, tmp_path / "small.stablehlo")
    assert result.exit_code == 0, result.stderr
    assert "small.stablehlo.json" in result.stdout
    assert (tmp_path / "small.stablehlo").is_file()


def test_json_is_what_the_file_beside_holds(keras_file, tmp_path):
    result = brainscan(keras_file, tmp_path / "small.stablehlo", "--json")
    assert json.loads(result.stdout) == json.loads((tmp_path / "small.stablehlo.json").read_text())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("{model}", "small.tflite"), "OUT must end in .onnx, .xml, .stablehlo"),
        (("{model}", "small.onnx", "--format", "stablehlo"), "path must end in .stablehlo"),
        (("nowhere.keras", "small.stablehlo"), "nowhere.keras"),
        (("model.h5", "small.stablehlo"), "bundle must be a file that is there"),
    ],
)
def test_mistakes_are_one_line_and_exit_code_2(keras_file, tmp_path, arguments, message):
    model, out, *rest = arguments
    result = brainscan(model.format(model=keras_file), tmp_path / out, *rest)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.iterdir())
