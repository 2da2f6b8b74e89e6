from dataclasses import replace

import numpy as np
import pytest

from brainscan.benchmark import presets
from brainscan.datasets import Dataset


def make_dataset(n=40, classes=2, seed=7, **changes):
    """Mottled discs; those of class 1 have a bright square, those of class 2 a dark one."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:64, :64]
    disc = (rows - 32) ** 2 + (columns - 32) ** 2 < 28**2
    labels = np.arange(n) % classes
    images = []
    for label in labels:
        mottled = np.kron(rng.integers(70, 150, (8, 8)), np.ones((8, 8)))  # no two are alike
        mottled += rng.integers(-20, 20, (64, 64))
        image = np.where(disc, mottled, 0).astype(np.uint8)
        if label:
            top, left = rng.integers(20, 36, 2)
            image[top : top + 10, left : left + 10] = (0, 250, 10)[label]
        images.append(image)
    values = {
        "name": "discs",
        "images": images,
        "labels": labels,
        "ids": tuple(f"disc-{i}" for i in range(n)),
        "groups": np.arange(n) // (2 * classes),
        "class_names": ("none", "bright", "dark")[:classes],
    }
    return Dataset(**{**values, **changes})


@pytest.fixture
def discs():
    return make_dataset()


@pytest.fixture(scope="session")
def recipe():
    scratch = presets["scratch"].recipe
    return replace(scratch, epochs=1, size=(32, 32), batch_size=8, augmentation=None)
