"""A saved model gives the same bits in a fresh process, with safe mode on."""

import subprocess
import sys

import numpy as np
import pytest

from brainscan import models

READ = """
import sys
import numpy as np
import brainscan.models
import keras
model = keras.saving.load_model(sys.argv[1], safe_mode=True)
np.save(sys.argv[3], model.predict(np.load(sys.argv[2]), verbose=0))
"""


@pytest.mark.parametrize("scaling", ["backbone", "standardized"])
def test_keras_file_in_a_fresh_process(tmp_path, scaling):
    images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3)).astype(np.float32)
    model = models.build("small_cnn", (32, 32, 3), weights=None, scaling=scaling)
    expected = model.predict(images, verbose=0)
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "images.npy", images)
    arguments = [str(tmp_path / name) for name in ("model.keras", "images.npy", "scores.npy")]
    subprocess.run([sys.executable, "-c", READ, *arguments], check=True, timeout=300)
    np.testing.assert_array_equal(np.load(tmp_path / "scores.npy"), expected)
