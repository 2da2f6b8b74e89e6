from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from brainscan.benchmark import MaskContender, presets, segmenters
from brainscan.benchmark.contender import Training
from brainscan.datasets import Dataset

BRIGHT = 250


def make_outlined(n=40, seed=7, **changes):
    """Mottled discs, every other one with a bright square, and a mask that outlines it."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:64, :64]
    disc = (rows - 32) ** 2 + (columns - 32) ** 2 < 28**2
    images = []
    for label in np.arange(n) % 2:
        mottled = np.kron(rng.integers(70, 150, (8, 8)), np.ones((8, 8)))  # no two are alike
        mottled += rng.integers(-20, 20, (64, 64))
        image = np.where(disc, mottled, 0).astype(np.uint8)
        if label:
            top, left, side = rng.integers(16, 32), rng.integers(16, 32), rng.integers(8, 16)
            image[top : top + side, left : left + side] = BRIGHT
        images.append(np.pad(image, ((3, 5), (0, 8))))  # so that a crop lies somewhere in its image
    values = {
        "name": "squares",
        "images": images,
        "labels": np.arange(n) % 2,
        "ids": tuple(f"square/{i}" for i in range(n)),
        "groups": np.arange(n) // 4,
        "class_names": ("none", "bright"),
        "masks": [image == BRIGHT for image in images],
    }
    return Dataset(**{**values, **changes})


class Bright(MaskContender):
    """What is bright in the crop, and what the contender was given."""

    seen = []  # noqa: RUF012

    def __init__(self, inputs, recipe, seed):
        self.inputs = inputs
        self.seen = []

    def train(self, split, seed, advance):
        Bright.seen.append((self, split, seed))
        advance("looked")
        return Training(0.5)

    def probabilities(self, images):
        return np.clip((images.mean(axis=3) - 150) / 50, 0, 1).astype(np.float32)


@contextmanager
def registered(**contenders):
    for name, contender in contenders.items():
        segmenters.add(name, contender)
    try:
        yield
    finally:
        for name in contenders:
            del segmenters._entries[name]


@pytest.fixture
def squares():
    return make_outlined()


@pytest.fixture
def bright():
    Bright.seen.clear()
    with registered(bright=Bright):
        yield Bright


@pytest.fixture(scope="session")
def recipe():
    scratch = presets["scratch"].recipe
    return replace(scratch, epochs=1, size=(32, 32), batch_size=8, augmentation=None)


@pytest.fixture
def no_pictures(monkeypatch):
    """Spare a test that writes a run folder the drawing."""
    monkeypatch.setattr("brainscan.benchmark.segmentation.report.save_figures", lambda *_: [])
