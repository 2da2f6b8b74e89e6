"""The one place that picks the Keras backend: JAX, unless the user chose another.

`brainscan` imports this before anything that imports Keras.
"""

import os
from importlib.util import find_spec

os.environ.setdefault("KERAS_BACKEND", "jax")


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
