"""Speed beside others, measured in one run; never part of the tests."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")
