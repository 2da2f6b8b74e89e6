"""The backbones: one source file, or one row of a table, each."""

from brainscan.models.backbones import applications, efficientnet_lite, googlenet, small_cnn
from brainscan.models.backbones.registry import Backbone, info, names, register

__all__ = [
    "Backbone",
    "applications",
    "efficientnet_lite",
    "googlenet",
    "info",
    "names",
    "register",
    "small_cnn",
]
