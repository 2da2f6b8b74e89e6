"""Simulated brain slices with exact masks: the embedded data set."""

from brainscan.datasets.phantom.loader import phantom
from brainscan.datasets.phantom.simulate import Slice, simulate

__all__ = ["Slice", "phantom", "simulate"]
