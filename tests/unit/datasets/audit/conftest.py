"""Small folders of made heads, in which a test plants what an audit must find."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from brainscan.datasets.audit import shortcut
from brainscan.datasets.dataset import Dataset
from brainscan.datasets.folder import load_folder

MakeImage = Callable[[int], np.ndarray]
LoadImages = Callable[..., Dataset]


@pytest.fixture
def head() -> MakeImage:
    """Return a bright disc with a coarse texture of its own, 64x64 uint8, on black."""

    def make(number: int) -> np.ndarray:
        rng = np.random.default_rng(number)
        texture = cv2.resize(rng.integers(40, 220, (7, 7), dtype=np.uint8), (64, 64))
        disc = cv2.circle(np.zeros((64, 64), np.uint8), (32, 32), 27, 1, -1)
        return np.asarray(texture * disc, np.uint8)

    return make


@pytest.fixture
def load_images(tmp_path: Path) -> LoadImages:
    """Save images by relative path, or copy the bytes given, and load the folder."""

    def load(files: dict[str, np.ndarray | bytes], name: str = "scans") -> Dataset:
        for relative, content in files.items():
            path = tmp_path / name / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                path.write_bytes(content)
            else:
                Image.fromarray(content).save(path)
        return load_folder(tmp_path / name)

    return load


@pytest.fixture(autouse=True)
def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the shortcut test quick; its own tests say where they need all trees."""
    monkeypatch.setattr(shortcut, "_TREES", 20)
