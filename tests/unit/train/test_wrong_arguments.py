"""The mistakes that people make with `train.fit`."""

import numpy as np
import pytest

from brainscan import models, train

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (4, 32, 32, 3), np.uint8)
LABELS = np.array([0, 1, 0, 1])
RECIPE = train.Recipe(epochs=1, batch_size=4, augmentation=None, size=(32, 32))
fit = train.fit.__wrapped__ if hasattr(train.fit, "__wrapped__") else train.fit


@pytest.fixture(scope="module")
def model():
    return models.build("small_cnn", (32, 32, 3), None, "global_max", seed=0)


@pytest.mark.parametrize(
    "images",
    [
        IMAGES.astype(np.uint16) * 200,
        IMAGES.astype(np.int16) - 128,
        (IMAGES / 127.5 - 1).astype(np.float32),
        RNG.normal(size=IMAGES.shape).astype(np.float32),
        (IMAGES / 255).astype(np.float32),
    ],
    ids=["16 bits", "centred", "-1 to 1", "z-scores", "0 to 1"],
)
def test_images_of_another_range_are_refused(model, images):
    with pytest.raises(ValueError, match="finite pixels in 0 to 255; got .*ToRange255"):
        fit(model, images, LABELS, recipe=RECIPE, progress=False)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "small_cnn"}, "model must be a keras.Model; got 'small_cnn'"),
        ({"recipe": {"epochs": 5}}, "recipe must be a Recipe; got {'epochs': 5}.*replace"),
        ({"validation": IMAGES}, r"validation must be \(images, labels\).*; got ndarray"),
        ({"validation": (IMAGES,)}, r"validation must be \(images, labels\).*; got tuple"),
    ],
)
def test_arguments_of_another_kind(model, changes, message):
    values = {"model": model, "images": IMAGES, "labels": LABELS, "recipe": RECIPE, **changes}
    with pytest.raises(TypeError, match=message):
        fit(**values, progress=False)
