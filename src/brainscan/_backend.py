"""The one place that picks the Keras backend: JAX, unless the user chose another.

`brainscan` imports this before anything that imports Keras.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")


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
