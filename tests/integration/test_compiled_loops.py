"""Loops that Numba compiles do their work where the compiled code cannot be kept."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import numpy as np
import brainscan as bs
print(bs.features.lbp(np.eye(9)).shape, bs.preprocess.Resize((5, 5))(np.eye(9)).shape)
"""
LITTLE = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))\n"


def run(script, **environment):
    return subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_folder_for_compiled_code():
    done = run(SCRIPT, NUMBA_CACHE_LOCATOR_CLASSES="IPythonCacheLocator")
    assert done.stdout == "(1, 54) (5, 5)\n", done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no file's size")
def test_without_room_for_compiled_code(tmp_path):
    done = run(LITTLE + SCRIPT, NUMBA_CACHE_DIR=str(tmp_path))
    assert done.stdout == "(1, 54) (5, 5)\n", done.stderr


def test_compiled_code_is_kept(tmp_path):
    done = run(SCRIPT, NUMBA_CACHE_DIR=str(tmp_path))
    assert done.stdout == "(1, 54) (5, 5)\n", done.stderr
    kept = {path.name.split(".")[0] for path in tmp_path.rglob("*.nbc")}
    assert {"kernels", "average"} <= kept
