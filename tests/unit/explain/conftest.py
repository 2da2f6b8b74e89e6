"""Small classifiers and images to explain."""

import keras
import numpy as np
import pytest

import brainscan as bs


@pytest.fixture(scope="session")
def images():
    """Five noisy images with a bright square in each, elsewhere in each."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 120, (5, 48, 48, 3)).astype(np.uint8)
    for number, image in enumerate(pixels):
        image[6 * number : 6 * number + 14, 20:34] += 120
    return pixels


@pytest.fixture(scope="session")
def small():
    """A small network with the head of frozen features."""
    return bs.models.build("small_cnn", (48, 48, 3), None, head="stages", seed=0)


@pytest.fixture(scope="session")
def linear():
    """An average over the image, then a Dense layer with known weights: a linear network."""
    image = keras.Input((8, 8, 3))
    features = keras.layers.Conv2D(2, 1, name="features")(image)
    pooled = keras.layers.GlobalAveragePooling2D()(features)
    score = keras.layers.Dense(1, "sigmoid", name="score")(pooled)
    model = keras.Model(image, score)
    kernel = np.array([[1, 0.5], [0, -0.25], [0.5, 0]], np.float32).reshape(1, 1, 3, 2)
    model.get_layer("features").set_weights([kernel, np.array([0.5, 1], np.float32)])
    model.get_layer("score").set_weights([np.array([[2], [-1]], np.float32), np.zeros(1)])
    return model
