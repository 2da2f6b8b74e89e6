"""What a run was made with: machine and versions."""

import os
import platform
from importlib.metadata import version

import jax

_PACKAGES = ("keras", "jax", "numpy", "scikit-learn", "scikit-image", "opencv-python-headless")


def environment() -> dict[str, str]:
    """Return the device, the system and the versions, as plain text."""
    device = jax.devices()[0]
    cores = f"{os.cpu_count()} CPU cores ({platform.machine()})"
    return {
        "device": cores if device.platform == "cpu" else f"{device.device_kind}, {cores}",
        "system": platform.platform(),
        "python": platform.python_version(),
        "brainscan": version("brainscan"),
        **{package: version(package) for package in _PACKAGES},
    }
