"""What a run was made with: machine, versions and the state of the code around it."""

import os
import platform
import subprocess
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


def git_state() -> dict[str, str | bool] | None:
    """Return the commit of the working directory, and whether files differ from it.

    None where there is no repository or no git.
    """
    commit, changes = _git("rev-parse", "HEAD"), _git("status", "--porcelain")
    return None if commit is None or changes is None else {"commit": commit, "dirty": bool(changes)}


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments], capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
