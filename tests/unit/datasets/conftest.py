"""A small tree of image files, made anew for a test."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

WriteImages = Callable[..., Path]


@pytest.fixture
def write_images(tmp_path: Path) -> WriteImages:
    """Write one distinct random image at each relative path below ``tmp_path / "scans"``."""
    rng = np.random.default_rng(0)

    def write(*names: str, size: tuple[int, int] = (40, 50)) -> Path:
        root = tmp_path / "scans"
        for name in names:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 256, size, dtype=np.uint8)).save(path)
        return root

    return write
