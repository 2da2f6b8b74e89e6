"""What the README and the docs show works, and every public name has its place in the reference."""

import importlib
import inspect
import re
import runpy
from pathlib import Path

import pytest

import brainscan

ROOT = Path(__file__).parents[2]
SUBPACKAGES = [name for name in brainscan.__all__ if name != "__version__"]


def python_blocks(path):
    return re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)


def test_the_readme_example_runs(tmp_path, monkeypatch, capsys):
    (code,) = python_blocks(ROOT / "README.md")
    assert len(code.strip().splitlines()) <= 10
    monkeypatch.chdir(tmp_path)
    script = tmp_path / "readme.py"
    script.write_text(code)
    names = runpy.run_path(str(script))
    assert names["crop"].shape == (150, 150)
    assert names["table"].shape[0] == 1
    assert names["model"].output_shape == (None, 1)
    assert "| svm |" in capsys.readouterr().out
    assert (tmp_path / "runs/first/table.md").is_file()


@pytest.mark.parametrize(
    "page",
    [
        "tutorials/first-benchmark.md",
        "how-to/bear-evidence.md",
        "how-to/add-a-backbone.md",
        "how-to/audit-your-data.md",
        "how-to/augment.md",
        "how-to/read-scans.md",
        "how-to/segment.md",
        "how-to/explain.md",
        "how-to/use-a-trained-model.md",
    ],
)
def test_the_docs_examples_run(page, tmp_path, monkeypatch):
    registry = importlib.import_module("brainscan.models.backbones.registry").backbones
    monkeypatch.setattr(registry, "_entries", dict(registry._entries))
    monkeypatch.chdir(tmp_path)
    decoders = importlib.import_module("brainscan.models.decoders").decoders
    monkeypatch.setattr(decoders, "_entries", dict(decoders._entries))
    code = "".join(python_blocks(ROOT / "docs" / page))
    script = tmp_path / "page.py"
    script.write_text(code)
    runpy.run_path(str(script))


@pytest.mark.parametrize(
    "path",
    sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.py"), ROOT / "README.md"]),
    ids=lambda path: path.name,
)
def test_keras_is_imported_after_brainscan_puts_it_on_jax(path):
    code = path.read_text() if path.suffix == ".py" else "".join(python_blocks(path))
    if "import keras" in code:
        assert code.index("import brainscan") < code.index("import keras")


def test_the_readme_has_its_two_commands():
    commands = re.findall(r"```sh\n(.*?)\n```", (ROOT / "README.md").read_text())
    assert len(commands) == 2
    assert commands[0].endswith("brainscan benchmark")
    assert commands[1].endswith("pytest")


@pytest.mark.parametrize("name", SUBPACKAGES)
def test_every_public_name_is_documented(name):
    module = importlib.import_module(f"brainscan.{name}")
    page = (ROOT / f"docs/reference/{name}.md").read_text()
    shown = {line.rpartition(".")[2] for line in page.splitlines() if line.startswith("::: ")}
    assert set(module.__all__) <= shown
    for public in map(module.__dict__.get, module.__all__):
        if inspect.isclass(public) or inspect.isfunction(public):
            assert public.__doc__, public
            assert not public.__doc__.startswith(f"{public.__name__}("), public  # dataclass's own
