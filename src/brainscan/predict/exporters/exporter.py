"""What a format has to say of itself to be exported to."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import keras
import numpy as np
from numpy.typing import NDArray

from brainscan._core.registry import Registry

Run: TypeAlias = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""From images ``(n, height, width, channels)``, float32 of 0 to 255, to the model's output."""


@dataclass(frozen=True)
class Exporter:
    """How a model is written in one format, and run in that format's own runtime.

    Args:
        suffix: of the file's name, with its dot.
        runtime: what runs the file, in a word or two.
        packages: the distributions that write and run it; their versions are written down.
        write: writes a model to a path with the suffix; more files may come beside it, whose names
            begin with the same stem.
        load: returns what runs such a file.
    """

    suffix: str
    runtime: str
    packages: tuple[str, ...]
    write: Callable[[keras.Model, Path], object]
    load: Callable[[Path], Run]


exporters: Registry[Exporter] = Registry("format")
"""The formats by name."""
