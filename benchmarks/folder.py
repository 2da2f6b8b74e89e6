"""Predict a folder of 100,000 files: files a second, and memory as it goes.

    python -m benchmarks folder
    python -m benchmarks.folder --files 5000

The files are slices of the phantom, each turned, scaled and toned in its own way, as JPEG. What is
measured is `predict_folder` with a small network, so that reading, checking and cropping are most
of the work; beside it the rate at which OpenCV decodes the same files, with as many threads.
"""

import argparse
import re
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import brainscan as bs
from benchmarks.timing import caption, machine, write
from brainscan._core.threads import THREADS

FILES, DECODED = 100_000, 5_000


class Memory:
    """A thread that notes this process's resident memory, in MiB, every half second."""

    def __init__(self) -> None:
        self.found: list[float] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._done.wait(0.5):
            self.found.append(resident())

    def peaks(self, parts: int = 4) -> list[float]:
        """Return the highest figure of each part of the time."""
        return [float(part.max()) for part in np.array_split(self.found, parts) if len(part)]


def resident() -> float:
    """Return this process's resident memory in MiB."""
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024


def main() -> None:
    """Write the files, measure, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=FILES)
    count = parser.parse_args().files
    cv2.setNumThreads(1)  # the threads are ours
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        predictor = bs.predict.Predictor.load(train(folder / "small.brainscan"))
        paths = write_files(folder / "scans", count)
        predictor(cv2.imread(str(paths[0]), cv2.IMREAD_GRAYSCALE))  # compiles
        before = resident()
        decoding = [decoded(paths[:DECODED])]
        with Memory() as memory:
            begin = time.perf_counter()
            found = bs.predict.predict_folder(predictor, folder / "scans", folder / "table.csv")
            seconds = time.perf_counter() - begin
        decoding.append(decoded(paths[:DECODED]))
        rows = sum(1 for _ in (folder / "table.csv").open()) - 2
    result = {
        "machine": machine(),
        "files": count,
        "rows": rows,
        "failed": len(found.failed),
        "seconds": seconds,
        "files_a_second": count / seconds,
        "opencv_decodes_a_second": decoding,
        "mib_before": before,
        "mib_peak_of_each_quarter": memory.peaks(),
    }
    write("folder", result, table(result))


def train(path: Path) -> Path:
    """Write a bundle of a small network that learnt a little."""
    recipe = replace(bs.benchmark.presets["scratch"].recipe, epochs=1, size=(32, 32))
    data = bs.datasets.load("phantom", n=40)
    bs.predict.train(data, "small_cnn", recipe, progress=False).save(path)
    return path


def write_files(folder: Path, count: int) -> list[Path]:
    """Write different slices, a thousand a folder."""
    slices = list(bs.datasets.load("phantom", n=200))
    rng = np.random.default_rng(0)
    paths = []
    for number in range(count):
        image = slices[number % len(slices)]
        height, width = image.shape
        turn = cv2.getRotationMatrix2D(
            (width / 2, height / 2), rng.uniform(-180, 180), rng.uniform(0.7, 1.1)
        )
        tones = (255 * (np.arange(256) / 255) ** np.exp(rng.uniform(-0.5, 0.5))).astype(np.uint8)
        path = folder / f"{number // 1000:03d}" / f"{number:06d}.jpg"
        if number % 1000 == 0:
            path.parent.mkdir(parents=True)
        cv2.imwrite(str(path), cv2.LUT(cv2.warpAffine(image, turn, (width, height)), tones))
        paths.append(path)
    return paths


def decoded(paths: list[Path]) -> float:
    """Return the files that OpenCV decodes a second."""

    def decode(path: Path) -> int:
        content = np.frombuffer(path.read_bytes(), np.uint8)
        return cv2.imdecode(content, cv2.IMREAD_UNCHANGED).ndim

    begin = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        count = sum(1 for _ in pool.map(decode, paths))
    return count / (time.perf_counter() - begin)


def table(result: dict[str, Any]) -> str:
    """Return the result in Markdown."""
    peaks = ", ".join(f"{peak:.0f}" for peak in result["mib_peak_of_each_quarter"])
    low, high = sorted(result["opencv_decodes_a_second"])
    cells = (
        f"{result['files']:,}",
        str(result["failed"]),
        f"{result['files_a_second']:.0f}",
        f"{low:.0f} to {high:.0f}",
        f"{result['mib_before']:.0f}",
        peaks,
    )
    lines = [
        caption(result["machine"], "A folder of files, predicted"),
        "",
        "| files | failed | files a second | OpenCV decodes a second | MiB before | each quarter |",
        "| ---: | ---: | ---: | ---: | ---: | --- |",
        f"| {' | '.join(cells)} |",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
