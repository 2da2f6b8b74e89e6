import numpy as np
import pytest

from brainscan import models
from brainscan.train import Recipe

SHAPE = (32, 32, 3)


@pytest.fixture(scope="session")
def bright_squares():
    """Images of noise; those of class 1 have a bright square somewhere."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 100, (42, *SHAPE), dtype=np.uint8)
    labels = np.arange(42) % 2
    for image in images[labels == 1]:
        top, left = rng.integers(0, 22, 2)
        image[top : top + 10, left : left + 10] = 230
    return images, labels


@pytest.fixture(scope="session")
def recipe():
    return Recipe(epochs=3, batch_size=8, learning_rate=3e-3, augmentation=None, size=SHAPE[:2])


@pytest.fixture(scope="session")
def built():
    model = models.build("small_cnn", SHAPE, weights=None, head="global_average", seed=0)
    return model, model.get_weights()


@pytest.fixture
def model(built):
    """A network with the same random weights in every test."""
    model, weights = built
    model.set_weights(weights)
    return model
