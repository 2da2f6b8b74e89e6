"""What every registered backbone must do."""

import numpy as np
import pytest

from brainscan import models

QUICK = {"small_cnn"}


def noise(size, n=4):
    return np.random.default_rng(0).integers(0, 256, (n, size, size, 3), dtype=np.uint8)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=() if name in QUICK else pytest.mark.slow)
        for name in models.names()
    ],
)
def named(request):
    entry = models.info(request.param)
    shape = (entry.minimum_size, entry.minimum_size, 3)
    return entry, models.build(entry.name, shape, None, "global_average", seed=0)


def test_facts_are_filled_in(named):
    entry, _ = named
    assert entry.citation
    assert entry.licence != "unknown"


def test_smallest_input_gives_finite_probabilities(named):
    entry, model = named
    scores = model.predict(noise(entry.minimum_size).astype(np.float32), verbose=0)
    assert scores.shape == (4, 1)
    assert np.isfinite(scores).all()
    assert 0 <= scores.min() <= scores.max() <= 1


def test_one_pixel_less_is_refused(named):
    entry, _ = named
    with pytest.raises(ValueError, match=f"at least {entry.minimum_size}x{entry.minimum_size}"):
        models.build(entry.name, (entry.minimum_size - 1, 300, 3), weights=None)


def test_saved_model_keeps_its_predictions(named, tmp_path):
    import keras

    entry, model = named
    images = noise(entry.minimum_size).astype(np.float32)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    expected = model.predict(images, verbose=0)
    np.testing.assert_array_equal(loaded.predict(images, verbose=0), expected)
