"""Settings of the whole test run: shapes checked at run time, real data where it is present."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import jaxtyping
import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("MPLBACKEND", "agg")
os.environ.pop("BRAINSCAN_WEIGHTS", None)  # the tests bring their own
if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    # What one test compiled serves the others, the workers of the run and their subprocesses.
    compiled = tempfile.mkdtemp(prefix="brainscan-tests-")
    atexit.register(shutil.rmtree, compiled, ignore_errors=True)
    os.environ["JAX_COMPILATION_CACHE_DIR"] = compiled
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"

install_import_hook("brainscan", "shape_checking.check")

settings.register_profile("default", deadline=None, max_examples=25, derandomize=True)
settings.load_profile("default")

DATA = Path(os.environ.get("BRAINSCAN_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a GPU where there is none."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if marked and not _has_gpu():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device; JAX sees none"))


def _has_gpu() -> bool:
    import jax

    return jax.default_backend() == "gpu"


@pytest.fixture
def as_a_user():
    """Switch the run-time checks of the tests off, which would refuse a wrong type first."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture(scope="session")
def kaggle253() -> Path:
    """The folder of the paper's own images."""
    return _real_data("kaggle253")


@pytest.fixture(scope="session")
def cheng() -> Path:
    """The folder of the contrast-enhanced slices with tumour masks."""
    return _real_data("cheng")


@pytest.fixture(scope="session")
def volumes() -> Path:
    """The folder of DICOM and NIfTI files."""
    return _real_data("volumes")


def _real_data(name: str) -> Path:
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"real images of {name} are not here; set BRAINSCAN_TEST_DATA to their folder")
    return folder
