"""Compare networks and classical classifiers, as the paper did and without leaks."""

from brainscan.benchmark.presets import Preset, presets
from brainscan.benchmark.protocol import Protocol, protocols
from brainscan.benchmark.result import Predictions, Result, Row
from brainscan.benchmark.run import run

__all__ = ["Predictions", "Preset", "Protocol", "Result", "Row", "presets", "protocols", "run"]
