"""What every registered backbone must do; and the six of Table II at the paper's size."""

import numpy as np
import pytest

from brainscan import models, train
from brainscan._core.images import to_rgb, to_uint8
from brainscan.datasets import load
from brainscan.preprocess import BrainCropper

# Computed from keras.applications at 150x150x3 with the paper's head; to two decimals they are the
# figures the paper prints in its Table II.
TABLE_II = {
    "inception_resnet_v2": (68_434_017, 68.43),
    "inception_v3": (40_644_769, 40.64),
    "mobilenet_v2": (34_993_921, 34.99),
    "resnet101_v2": (94_959_745, 94.95),
    "xception": (73_237_801, 73.23),
    "efficientnet_v2_s": (52_947_537, 52.94),
}
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


@pytest.fixture(scope="module")
def real_images(kaggle253):
    data = load(kaggle253)
    crop = BrainCropper(size=(150, 150), blank="keep")
    chosen = np.r_[0:4, len(data) - 4 : len(data)]
    images = np.stack([to_rgb(to_uint8(crop(data[int(i)]))) for i in chosen])
    return images, data.labels[chosen]


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLE_II)
def test_table_ii_parameters_and_two_steps_on_real_images(name, real_images):
    images, labels = real_images
    model = models.build(name, (150, 150, 3), weights=None, seed=0)
    count = sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)
    exact, printed = TABLE_II[name]
    assert count == exact
    assert count // 10_000 / 100 == printed
    before = [np.array(weight) for weight in model.trainable_weights]
    trainer = train.Trainer(model, train.Recipe(epochs=1, batch_size=4, weights=None))
    history = trainer.fit(images, labels)
    assert np.isfinite(history.epochs[0].loss)
    moved = [
        not np.array_equal(a, np.array(b))
        for a, b in zip(before, model.trainable_weights, strict=True)
    ]
    assert np.mean(moved) > 0.99
    scores = trainer.scores(images)
    assert scores.shape == (8,)
    assert 0 <= scores.min() <= scores.max() <= 1
