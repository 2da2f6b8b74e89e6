"""Figures of merit, with what they are worth."""

from brainscan.metrics.classification import accuracy, decide, roc_auc
from brainscan.metrics.intervals import Interval, wilson

__all__ = ["Interval", "accuracy", "decide", "roc_auc", "wilson"]
