"""Time `datasets.audit` on made images: 10,000 PNG files, or more in memory.

    python tools/audit_speed.py                        # writes, reads and audits 10,000 files
    python tools/audit_speed.py --arrays 100000        # audits images in memory

Prints images a second and the highest memory of the process.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from brainscan.datasets import Dataset, audit, load_folder
from brainscan.datasets.phantom import phantom

SOURCES = 200


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--side", type=int, default=128, help="of an image, in pixels")
    parser.add_argument("--arrays", type=int, help="audit this many, without files")
    arguments = parser.parse_args()
    if arguments.arrays:
        audit_arrays(arguments.arrays)
    else:
        read_and_audit(arguments.images, arguments.side)


def read_and_audit(n: int, side: int) -> None:
    """Audit a temporary folder of PNG files, one in ten of them a turned copy."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("no", "yes"):
            (Path(folder) / name).mkdir()
        for i, image in enumerate(mixtures(n, side)):
            cv2.imwrite(f"{folder}/{('no', 'yes')[i % 2]}/{i:06}.png", image)
        start = time.perf_counter()
        data = load_folder(folder)
        report_time("load", n, start)
        start = time.perf_counter()
        report = audit(data, progress=False)
        report_time("audit", n, start)
    print(repr(report))


def audit_arrays(n: int) -> None:
    """Audit images in memory, 32x32 pixels, which leaves the reading of files out."""
    images = np.stack(list(mixtures(n, 32)))
    ids = tuple(map(str, range(n)))
    data = Dataset("arrays", images, np.arange(n) % 2, ids, np.arange(n), ("no", "yes"))
    start = time.perf_counter()
    audit(data)
    report_time("audit without files", n, start)


def mixtures(n: int, side: int) -> Iterator[np.ndarray]:
    """Yield phantoms in a pattern of light of their own; every tenth is the one before, turned."""
    sources = np.stack([cv2.resize(image, (side, side)) for image in phantom(n=SOURCES)])
    rng = np.random.default_rng(0)
    last = sources[0]
    for i in range(n):
        if i % 10 == 9:
            yield np.ascontiguousarray(np.rot90(last))
            continue
        light = cv2.resize(rng.uniform(0.2, 1.5, (7, 7)), (side, side))
        noise = rng.normal(0, 3, (side, side))
        last = np.clip(sources[rng.integers(SOURCES)] * light + noise, 0, 255).astype(np.uint8)
        yield last


def report_time(what: str, n: int, start: float) -> None:
    """Print what was done, how fast, and the memory."""
    seconds = time.perf_counter() - start
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what}: {seconds:.1f} s, {n / seconds:.0f} images/s, at most {megabytes:.0f} MB")


if __name__ == "__main__":
    main()
