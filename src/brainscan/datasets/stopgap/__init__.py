"""Simulated brain slices with exact masks: the embedded data set."""

from brainscan.datasets.stopgap.loader import phantom
from brainscan.datasets.stopgap.simulate import Slice, simulate

__all__ = ["Slice", "phantom", "simulate"]
