"""Classify brain MRI slices, honestly: Keras 3 on JAX, for research use only.

The subpackages load when they are first used, so ``import brainscan`` stays light.
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from brainscan import _backend as _backend

if TYPE_CHECKING:
    from brainscan import (
        app,
        augment,
        benchmark,
        datasets,
        explain,
        features,
        metrics,
        models,
        predict,
        preprocess,
        scans,
        segment,
        testing,
        train,
    )

__version__ = "0.1.0"

__all__ = [
    "__version__",
    "app",
    "augment",
    "benchmark",
    "datasets",
    "explain",
    "features",
    "metrics",
    "models",
    "predict",
    "preprocess",
    "scans",
    "segment",
    "testing",
    "train",
]

_ON_KERAS = (
    "app",
    "augment",
    "benchmark",
    "explain",
    "models",
    "predict",
    "segment",
    "testing",
    "train",
)


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        if name in _ON_KERAS:
            _backend.check_installed()
        return import_module(f"brainscan.{name}")
    raise AttributeError(f"module 'brainscan' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
