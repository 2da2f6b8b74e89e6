"""The first answer: seconds from the start of a process to what `brainscan predict` says.

    python -m benchmarks.first_answer --model model.brainscan --scan scan.png
    python -m benchmarks first_answer

Without a bundle one is trained on the phantom, as `brainscan train phantom` does, in a few minutes.
The first run, which compiles, is not counted.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2

import brainscan as bs
from benchmarks.timing import caption, machine, spread, write

RUNS = 7


def main() -> None:
    """Measure, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, help="a bundle")
    parser.add_argument("--scan", type=Path, help="what is asked about")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        model, scan = options.model, options.scan
        if model is None:
            model = Path(name) / "model.brainscan"
            run("train", "phantom", "--out", str(model))
        if scan is None:
            scan = Path(name) / "scan.png"
            cv2.imwrite(str(scan), bs.datasets.load("phantom", n=2)[0])
        seconds = [run("predict", str(scan), "--model", str(model)) for _ in range(1 + RUNS)]
        kind = bs.predict.Bundle.load(model).card.name
    result = {
        "machine": machine(),
        "model": kind,
        "seconds_with_compilation": seconds[0],
        "seconds": seconds[1:],
    }
    write("first_answer", result, table(result))


def run(*arguments: str) -> float:
    """Return the seconds that a command takes in a process of its own."""
    begin = time.perf_counter()
    command = (sys.executable, "-m", "brainscan", *arguments)
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begin


def table(result: dict[str, Any]) -> str:
    """Return the result in Markdown."""
    cells = (
        result["model"],
        str(len(result["seconds"])),
        f"{result['seconds_with_compilation']:.1f}",
        spread(result["seconds"], ".1f"),
    )
    lines = [
        caption(result["machine"], "The first answer of a process, seconds"),
        "",
        "| bundle | runs | first run, may compile | later runs |",
        "| --- | ---: | ---: | ---: |",
        f"| {' | '.join(cells)} |",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
