"""The one place that picks the Keras backend: JAX, unless the user chose another.

`brainscan` imports this before anything that imports Keras. Subpackages that run on JAX also let it
keep what it compiled, for the processes to come.
"""

import os
import platform
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")


def keep_compiled_code() -> None:
    """Let JAX keep what took a second or more to compile, unless the user named a folder."""
    import jax

    config: Any = jax.config  # its type does not tell the settings
    if config.jax_compilation_cache_dir is None:
        config.update("jax_compilation_cache_dir", str(_folder_for_compiled_code()))


def _folder_for_compiled_code() -> Path:
    """Return a folder of its own for each kind of processor: code of another may not run here."""
    import platformdirs

    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        kind = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    except OSError:
        kind = platform.processor()
    digest = sha256(f"{platform.machine()} {kind}".encode()).hexdigest()[:16]
    return platformdirs.user_cache_path("brainscan") / "compiled" / digest


def check_installed() -> None:
    """Check that what KERAS_BACKEND names is installed, for Keras's own error names no mend.

    Raises:
        ImportError: it is not.
    """
    chosen = os.environ["KERAS_BACKEND"]
    package = {"jax": "jax", "tensorflow": "tensorflow", "torch": "torch", "openvino": "openvino"}
    if chosen in package and find_spec(package[chosen]) is None:
        raise ImportError(
            f"the environment variable KERAS_BACKEND must name an installed backend; got "
            f"{chosen!r}, which is not installed. brainscan runs on JAX: set KERAS_BACKEND=jax, "
            "or unset it."
        )


def require_jax(what: str) -> None:
    """Check that Keras runs on JAX, for what cannot work otherwise.

    Args:
        what: the thing that needs JAX, as the subject of the error's sentence.

    Raises:
        RuntimeError: Keras was imported on another backend.
    """
    import keras

    backend = keras.backend.backend()
    if backend != "jax":
        raise RuntimeError(
            f"{what} needs Keras on the JAX backend; Keras was imported on {backend!r}. "
            "Import brainscan before Keras, or set the environment variable KERAS_BACKEND=jax "
            "before Keras is first imported, then restart Python."
        )
