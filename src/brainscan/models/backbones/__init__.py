"""The backbones: one source file, or one row of a table, each."""

from brainscan.models.backbones import applications, efficientnet_lite, small_cnn
from brainscan.models.backbones.registry import Backbone, info, names, register

__all__ = [
    "Backbone",
    "applications",
    "efficientnet_lite",
    "info",
    "names",
    "register",
    "small_cnn",
]
