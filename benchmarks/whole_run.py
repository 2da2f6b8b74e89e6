"""The grouped benchmark of the paper's six networks, 5 folds of 20 epochs, timed end to end.

    python -m benchmarks.whole_run path/to/brain_tumor_dataset --side-by-side 6

From random weights. Each network is a run of its own, in a process of its own: reading, cropping,
compiling, training and testing; --side-by-side says how many of them share the device.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import jax

import brainscan as bs
from benchmarks.timing import machine, made, write


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", default="phantom", help="a folder, or 'phantom'")
    parser.add_argument("--models", nargs="+", metavar="NAME")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--side-by-side", type=int, default=1, metavar="RUNS")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(run_one(options.data, options.one, options.epochs)))
        return
    names = options.models or list(bs.benchmark.presets["paper"].models)
    begin = time.perf_counter()
    with ThreadPoolExecutor(options.side_by_side) as pool:
        rows = list(pool.map(lambda name: in_a_process(options, name), names))
    result: dict[str, Any] = {
        "machine": machine(),
        "seconds": time.perf_counter() - begin,
        "side_by_side": options.side_by_side,
        "epochs": options.epochs,
        "rows": rows,
    }
    on_gpu = jax.default_backend() == "gpu"  # asked last: the runs need its memory
    write("whole_run-gpu" if on_gpu else "whole_run", result, table(result))


def in_a_process(options: argparse.Namespace, name: str) -> dict[str, Any]:
    """Run the benchmark of one network, from the start of its process to the end."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.whole_run", options.data]
    begin = time.perf_counter()
    done = subprocess.run(
        [*command, "--one", name, "--epochs", str(options.epochs)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={"XLA_PYTHON_CLIENT_PREALLOCATE": "false", **os.environ},
    )
    seconds = time.perf_counter() - begin
    return {"seconds": seconds, **json.loads(done.stdout.splitlines()[-1])}


def run_one(data: str, name: str, epochs: int) -> dict[str, Any]:
    """Return what one network's run took, and its accuracy."""
    recipe = replace(bs.benchmark.presets["paper"].recipe, weights=None, epochs=epochs)
    loaded = bs.datasets.load(data)
    (row,) = bs.benchmark.run(loaded, [name], "grouped", recipe, progress=False).rows
    if row.error:
        raise RuntimeError(row.error)
    return {
        "network": name,
        "compile_seconds": row.compile_seconds,
        "training_seconds": row.training_seconds,
        "images": len(loaded),
        "accuracy": [row.accuracy, row.accuracy_low, row.accuracy_high],
    }


def table(result: dict[str, Any]) -> str:
    """Return the result in Markdown."""
    what = f"Seconds of the grouped benchmark, 5 folds of {result['epochs']} epochs"
    lines = [
        f"{what}. {made(result['machine'])}",
        "",
        "| network | end to end, s | of these compiling | training | accuracy (95% interval) |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for row in result["rows"]:
        value, low, high = (100 * share for share in row["accuracy"])
        lines.append(
            f"| {row['network']} | {row['seconds']:.0f} | {row['compile_seconds']:.0f} | "
            f"{row['training_seconds']:.0f} | {value:.1f}% ({low:.1f} to {high:.1f}) |"
        )
    count, total = result["side_by_side"], result["seconds"]
    return "\n".join([*lines, "", f"All of them, {count} side by side: {total:.0f} s."]) + "\n"


if __name__ == "__main__":
    main()
