"""Time functions in turns, so that what else the machine does slows all of them alike."""

import json
import os
import platform
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
import numpy as np

RESULTS = Path(__file__).parent / "results"


def first_call(function: Callable[[], Any]) -> float:
    """Return the seconds of a call that also compiles."""
    start = time.perf_counter()
    jax.block_until_ready(function())
    return time.perf_counter() - start


def take_turns(functions: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of every call; all of them are to be warm."""
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for number in range(1, rounds + 1):
        print(f"round {number} of {rounds}", file=sys.stderr, flush=True)
        for name, function in functions.items():
            seconds[name].append(first_call(function))
    return seconds


def ratio(slow: list[float], fast: list[float]) -> dict[str, float]:
    """Return the median and the quartiles of the ratios of neighbouring calls."""
    ratios = np.divide(slow, fast)
    low, middle, high = np.quantile(ratios, [0.25, 0.5, 0.75])
    return {"median": float(middle), "low": float(low), "high": float(high)}


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    packages = ("brainscan", "jax", "jaxlib", "keras", "numba", "numpy", "scikit-image")
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "python": platform.python_version(),
        "devices": [device.device_kind for device in jax.devices()],
        "xla_flags": os.environ.get("XLA_FLAGS", ""),
        "versions": {name: version(name) for name in packages},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "")


def caption(facts: dict[str, Any], what: str) -> str:
    """Return the line above a table of many calls: what it shows, and how it was made."""
    return f"{what}: medians (quartiles). {made(facts)}"


def made(facts: dict[str, Any]) -> str:
    """Return when, where and with what something was measured."""
    versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    accelerators = [device for device in facts["devices"] if "cpu" not in device.lower()]
    where = ", ".join([*accelerators, facts["processor"]])
    load = f"{facts['cores']} cores, load {facts['load'][0]:.1f}"
    flags = f"; XLA_FLAGS={facts['xla_flags']}" if facts.get("xla_flags") else ""
    return f"{facts['date']}, {where}, {load}; {versions}{flags}."


def spread(values: list[float], form: str) -> str:
    """Return the median and the quartiles."""
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return f"{middle:{form}} ({low:{form}} to {high:{form}})"


def rates_table(
    result: dict[str, Any], what: str, peer: str, seconds_an_image: dict[str, list[float]]
) -> str:
    """Return images a second of brainscan and a peer, and their ratio, in Markdown."""
    ours, theirs = (
        spread([1 / s for s in seconds_an_image[who]], ".0f") for who in ("brainscan", peer)
    )
    share = "{median:.0f} ({low:.0f} to {high:.0f})".format(**result["ratio"])
    lines = [
        caption(result["machine"], f"{what}, images a second"),
        "",
        f"| brainscan | {peer} | ratio |",
        "| ---: | ---: | ---: |",
        f"| {ours} | {theirs} | {share} |",
    ]
    return "\n".join(lines) + "\n"


def write(name: str, result: dict[str, Any], table: str) -> None:
    """Write a result as JSON and as a Markdown table."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
    (RESULTS / f"{name}.md").write_text(table)
    print(table)
