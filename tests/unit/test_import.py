"""``import brainscan`` is light: ``sys.modules`` of a fresh process shows what it loads."""

import os
import subprocess
import sys

import pytest

import brainscan

HEAVY = {"jax", "keras", "tensorflow", "torch"}


def python(code: str, **environment: str) -> str:
    """Run code in a fresh interpreter and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def loaded_by(statement: str) -> set[str]:
    """Return the top-level modules that are loaded after a statement."""
    return set(python(f"{statement}\nimport sys\nprint(*sys.modules)").split())


def test_the_package_alone_loads_nothing_but_itself():
    # Compared with a bare interpreter: an editable install may load modules at start-up.
    new = loaded_by("import brainscan") - loaded_by("import importlib, types, typing")
    third_party = {name.split(".")[0] for name in new} - set(sys.stdlib_module_names)
    assert third_party == {"brainscan"}
    assert {name for name in new if name.startswith("brainscan.")} <= {"brainscan._backend"}


@pytest.mark.parametrize(
    "name", ["_core", "scans", "datasets", "preprocess", "features", "metrics"]
)
def test_the_parts_below_the_models_need_neither_keras_nor_jax(name):
    lines = (
        "import importlib, pkgutil",
        f"part = importlib.import_module('brainscan.{name}')",
        "for m in pkgutil.walk_packages(part.__path__, part.__name__ + '.'):",
        "    if m.name != 'brainscan.features.on_gpu':",  # see the next test
        "        importlib.import_module(m.name)",
    )
    loaded = loaded_by("\n".join(lines))
    assert f"brainscan.{name}" in loaded
    assert loaded & HEAVY == set()


def test_texture_features_load_jax_only_where_it_may_have_a_gpu():
    lines = (
        "import sys, importlib.util as util, numpy as np, brainscan",
        "found = util.find_spec",
        "util.find_spec = lambda name: None if name == 'jax_plugins' else found(name)",
        "brainscan.features.glcm_lbp([np.zeros((20, 20), np.uint8)])",
    )
    loaded = loaded_by("\n".join(lines))
    assert "brainscan.features.kernels" in loaded
    assert loaded & (HEAVY | {"brainscan.features.on_gpu"}) == set()


def test_every_public_subpackage_resolves_as_an_attribute():
    subpackages = [name for name in brainscan.__all__ if not name.startswith("__")]
    lines = ["import brainscan"] + [f"print(brainscan.{name}.__name__)" for name in subpackages]
    printed = python("\n".join(lines)).split()
    assert printed == [f"brainscan.{name}" for name in subpackages]
    assert set(subpackages) <= set(dir(brainscan))


def test_an_unknown_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'brainscan' has no attribute 'absent'"):
        brainscan.absent  # noqa: B018


def test_keras_is_put_on_jax_unless_the_user_chose():
    code = (
        "import os\n"
        "os.environ.pop('KERAS_BACKEND', None)\n"
        "import brainscan, keras\n"
        "from brainscan._backend import require_jax\n"
        "require_jax('this')\n"
        "print(keras.backend.backend())\n"
    )
    assert python(code).strip() == "jax"


def test_what_needs_jax_says_so_where_keras_runs_on_another_backend():
    code = (
        "import keras\n"
        "from brainscan._backend import require_jax\n"
        "try:\n"
        "    require_jax('brainscan.train.fit')\n"
        "except RuntimeError as error:\n"
        "    print(error)\n"
    )
    printed = python(code, KERAS_BACKEND="numpy")
    assert printed.startswith("brainscan.train.fit needs Keras on the JAX backend; ")
    assert "was imported on 'numpy'" in printed
    assert "set the environment variable KERAS_BACKEND=jax" in printed


def test_a_backend_that_is_not_installed_is_named_with_the_mend():
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow"}
    script = "import brainscan as bs; bs.metrics.wilson(1, 2); bs.models"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment
    )
    assert "KERAS_BACKEND must name an installed backend; got 'tensorflow'" in done.stderr


def test_the_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "brainscan", "--version"], capture_output=True, text=True
    )
    assert done.stdout.startswith("brainscan ")
