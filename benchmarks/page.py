"""The web page under fifty uploads at once: all answered or told to wait, and its memory.

    python -m benchmarks page
    python -m benchmarks.page --bundle model.brainscan --files path/to/scans

The page runs in a process of its own, as `brainscan app` starts it. Fifty clients send a file each
at the same moment, and come again when they are told to; every round must end with fifty answers.
Its memory is read all along.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import brainscan as bs
from benchmarks.timing import caption, machine, write

CLIENTS, ROUNDS, WAITING = 50, 4, 8
LARGE = 40 * 2**20


def main() -> None:
    """Start the page, send the files, write what came of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path, help="in place of a small one that is trained here")
    parser.add_argument("--files", type=Path, help="a folder of scans, at any depth")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bundle = arguments.bundle or small_bundle(Path(folder))
        contents = scans(arguments.files)
        with Page(bundle) as page:
            page.watch("idle")
            rounds = [page.round(contents, f"round {number + 1}") for number in range(ROUNDS)]
            # Files at the limit of what is taken, and no scans: the most that can be in memory.
            large = page.round([bytes(LARGE)], "fifty files of 40 MiB that are no scans")
            memory = page.memory()
    result = {
        "machine": machine(),
        "clients": CLIENTS,
        "places": WAITING,
        "rounds": [*rounds, large],
        "memory_mib": memory,
    }
    write("page", result, table(result))


def small_bundle(folder: Path) -> Path:
    """Train a small network for use, on 60 slices of the phantom."""
    recipe = bs.train.Recipe(
        size=(64, 64), weights=None, head="global_average", trained="last_layer"
    )
    data = bs.datasets.load("phantom", n=60)
    path = folder / "small.brainscan"
    bs.predict.train(data, "small_cnn", recipe).save(path)
    return path


def scans(folder: Path | None) -> list[bytes]:
    """Return the files of a folder, or slices of the phantom as PNG."""
    if folder is not None:
        found = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        return [path.read_bytes() for path in found if path.suffix not in (".md", ".csv")]
    return [
        cv2.imencode(".png", image)[1].tobytes() for image in bs.datasets.load("phantom", n=CLIENTS)
    ]


class Page:
    """The page in a process of its own."""

    def __init__(self, bundle: Path) -> None:
        self.command = [sys.executable, "-m", "brainscan", "app", str(bundle), "--port", "0"]
        self.command += ["--waiting", str(WAITING)]
        self.seen: dict[str, float] = {}
        self.phase = "starting"

    def __enter__(self) -> "Page":
        self.process = subprocess.Popen(self.command, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        address = re.search(r"http://([^/]+)/", line)
        assert address is not None, line
        self.address = address[1]
        self._stop = threading.Event()
        self._watcher = threading.Thread(target=self._look)
        self._watcher.start()
        self.post(scans(None)[0])  # compiled
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._watcher.join()
        self.process.terminate()
        self.process.wait(20)

    def watch(self, phase: str) -> None:
        """Read the memory under another name from now on."""
        self.phase = phase
        time.sleep(1)

    def memory(self) -> dict[str, float]:
        """Return the most memory seen in each phase, in MiB."""
        return self.seen

    def round(self, contents: Sequence[bytes], name: str) -> dict[str, Any]:
        """Send a file from each client at once; return how each ended."""
        self.watch(name)
        gate = threading.Barrier(CLIENTS)

        def one(number: int) -> tuple[int, int, float]:
            gate.wait()
            start = time.perf_counter()
            for told in range(1000):
                status, retry = self.post(contents[number % len(contents)])
                if status != 503:
                    return status, told, time.perf_counter() - start
                time.sleep(retry)
            raise AssertionError("told to wait a thousand times")

        with ThreadPoolExecutor(CLIENTS) as pool:
            ended = list(pool.map(one, range(CLIENTS)))
        statuses = [status for status, _, _ in ended]
        return {
            "name": name,
            "statuses": {str(status): statuses.count(status) for status in sorted(set(statuses))},
            "told_to_wait": sum(told for _, told, _ in ended),
            "seconds": sorted(seconds for _, _, seconds in ended),
        }

    def post(self, content: bytes) -> tuple[int, float]:
        """Send a file; return the status and when to come again."""
        connection = HTTPConnection(self.address, timeout=300)
        headers = {"Content-Type": "application/octet-stream", "X-File-Name": "scan"}
        try:
            connection.request("POST", "/answer", content, headers)
            response = connection.getresponse()
            body = response.read()
            if response.status == 200:
                last = json.loads(body.splitlines()[-1])
                assert last["kind"] == "end", last
            return response.status, float(response.headers.get("Retry-After") or 0)
        finally:
            connection.close()

    def _look(self) -> None:
        status = Path(f"/proc/{self.process.pid}/status")
        while not self._stop.wait(0.05):
            found = re.search(r"VmRSS:\s+(\d+)", status.read_text())
            if found:
                mib = int(found[1]) / 1024
                self.seen[self.phase] = max(mib, self.seen.get(self.phase, 0.0))


def table(result: dict[str, Any]) -> str:
    """Return the result in Markdown."""
    lines = [
        caption(result["machine"], f"{CLIENTS} uploads at once, {WAITING} places"),
        "",
        "| what | ended with | told to wait | seconds: median, longest | most memory, MiB |",
        "| --- | --- | ---: | ---: | ---: |",
        f"| nothing sent | | | | {result['memory_mib']['idle']:.0f} |",
    ]
    for row in result["rounds"]:
        statuses = ", ".join(f"{count} x {status}" for status, count in row["statuses"].items())
        lines.append(
            f"| {row['name']} | {statuses} | {row['told_to_wait']} | "
            f"{np.median(row['seconds']):.1f}, {row['seconds'][-1]:.1f} | "
            f"{result['memory_mib'][row['name']]:.0f} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
