"""What a run was made with: machine, versions, weights and the state of the code around it."""

import os
import platform
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version

import jax

from brainscan import models
from brainscan.models.weights import find_weights
from brainscan.train import Recipe

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


def weights_files(names: Sequence[str], recipe: Recipe) -> dict[str, str]:
    """Return the SHA-256 of the file that each network's weights are read from, where there is one.

    A missing file is the model's to report.

    Args:
        names: of models; those of no backbone are passed over.
        recipe: says which weights.
    """
    found: dict[str, str] = {}
    for name in names:
        if name in models.names():
            with suppress(FileNotFoundError):
                path = find_weights(models.info(name), recipe.weights)
                if path is not None:
                    found[name] = sha256(path.read_bytes()).hexdigest()
    return found


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments], capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
