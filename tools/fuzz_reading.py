"""Damage whole files in every way a disk, a network or an attacker might, and read them.

nice python tools/fuzz_reading.py                    # 100,000 files, one worker; writes the page
nice python tools/fuzz_reading.py 20000 --workers 2  # a look; the result is printed

A run that was stopped goes on where it was, unless the code that reads has changed meanwhile.

Each file must give an answer or a documented exception, in time and in bounded memory; and a file
that was cut short must give an error, unless what it gives is what the whole file gives. Files are
read in a process of their own, so that a crash in native code is seen, counted and gone on from.
"""

import argparse
import contextlib
import datetime as dt
import json
import multiprocessing as mp
import os
import platform
import random
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import scan_files  # noqa: E402
from brainscan import scans  # noqa: E402
from brainscan._core.artifacts import read_json, write_json  # noqa: E402

PAGE = ROOT / "docs/explanation/damaged-files.md"
DATA = Path(os.environ.get("BRAINSCAN_TEST_DATA", ROOT.parent / "shared" / "data"))
SEED = 20250101
FILES = 100_000
LIMITS = scans.Limits(
    file_bytes=16 * 2**20, pixels=2_000_000, slices=300, unpacked_bytes=32 * 2**20
)
"""Smaller than the defaults, so that the time is spent on damage and not on large files."""
SECONDS = 2.0
MEMORY_MIB = 256
STUCK_SECONDS = 60
NOT_BEGUN = -1
TOLD_EVERY = 200
DOCUMENTED = (ValueError,)
"""All files are bytes of formats whose extras are installed: no other error is right."""


class Hang(BaseException):
    """A call took longer than it may; no handler of an ordinary exception stops it."""


@dataclass
class Tally:
    """What came of the files.

    Args:
        outcomes: how many files of a format, damaged in one way, ended in one way.
        violations: what must never happen: the number of the file and what it was.
        slowest: the processor seconds of the slowest call, and the number of its file.
        peak_mib: the most memory that reading took beyond what the process had before.
        next: the first file of each worker that is not counted here.
    """

    outcomes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    violations: list[tuple[int, str]] = field(default_factory=list)
    slowest: tuple[float, int] = (0.0, -1)
    peak_mib: float = 0.0
    next: list[int] = field(default_factory=list)


def seeds() -> list[tuple[str, bytes]]:
    """Return whole files: made in memory, and small real ones where they are present."""
    made = [*scan_files.pictures(), *scan_files.dicoms(), *scan_files.niftis()]
    return made + list(real_files())


def real_files() -> Iterator[tuple[str, bytes]]:
    """Yield some of the real files, named by their formats alone."""
    pictures = sorted(DATA.glob("kaggle253/*/*"), key=lambda path: (path.stat().st_size, path.name))
    for path in pictures[:40:4]:
        content = path.read_bytes()
        yield {b"\x89": "png", b"\xff": "jpeg"}.get(content[:1], "other") + " real", content
    for name in ("volumes/multiframe.dcm", "volumes/dicom_series/0096.dcm"):
        if (DATA / name).is_file():
            yield "dicom real", (DATA / name).read_bytes()
    if (DATA / "volumes/t1_mask.nii.gz").is_file():
        yield "nifti real", (DATA / "volumes/t1_mask.nii.gz").read_bytes()


def flip_bits(content: bytearray, rng: random.Random, _: bytes) -> bytearray:
    """Flip up to 16 bits."""
    for _ in range(rng.randint(1, 16)):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return content


def flip_header(content: bytearray, rng: random.Random, _: bytes) -> bytearray:
    """Flip bits where headers are."""
    for _ in range(rng.randint(1, 8)):
        content[rng.randrange(min(len(content), 512))] ^= 1 << rng.randrange(8)
    return content


def set_numbers(content: bytearray, rng: random.Random, _: bytes) -> bytearray:
    """Write extreme numbers over one or two places."""
    for _ in range(rng.randint(1, 2)):
        at = rng.randrange(len(content))
        number = rng.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\x80"))
        width = rng.choice((1, 2, 4))
        content[at : at + width] = number[:width]
    return content


def cut(content: bytearray, rng: random.Random, _: bytes) -> bytearray:
    """Cut the file short."""
    return content[: rng.randrange(len(content))]


def splice(content: bytearray, rng: random.Random, other: bytes) -> bytearray:
    """Put the beginning of another file before the rest of this one."""
    at = rng.randrange(min(len(content), len(other)))
    return bytearray(other[:at]) + content[at:]


def swap(content: bytearray, rng: random.Random, _: bytes) -> bytearray:
    """Exchange two stretches."""
    size = rng.randint(1, max(1, len(content) // 4))
    a, b = sorted(rng.randrange(max(1, len(content) - size)) for _ in range(2))
    b = max(b, a + size)
    moved = content[b : b + size]
    return content[:a] + moved + content[a + size : b] + content[a : a + size] + content[b + size :]


def remove(content: bytearray, rng: random.Random, _: bytes) -> bytearray:
    """Leave a stretch out."""
    a = rng.randrange(len(content))
    return content[:a] + content[a + rng.randint(1, 64) :]


def repeat(content: bytearray, rng: random.Random, _: bytes) -> bytearray:
    """Write a stretch twice."""
    a = rng.randrange(len(content))
    b = min(len(content), a + rng.randint(1, 256))
    return content[:b] + content[a:b] + content[b:]


def mend_png(content: bytes) -> bytes:
    """Give the chunks of a damaged PNG file right checksums again, as far as they can be found."""
    mended, at = bytearray(content), 8
    while at + 12 <= len(mended):
        end = at + 12 + int.from_bytes(mended[at : at + 4], "big")
        if end > len(mended):
            break
        mended[end - 4 : end] = crc32(mended[at + 4 : end - 4]).to_bytes(4, "big")
        at = end
    return bytes(mended)


DAMAGES = (flip_bits, flip_header, set_numbers, cut, cut, splice, swap, remove, repeat)


def damaged(number: int, files: list[tuple[str, bytes]]) -> tuple[int, str, bytes]:
    """Return which seed this file is made of, how it is damaged, and its bytes."""
    rng = random.Random(f"{SEED} {number}")
    chosen = rng.randrange(len(files))
    name, whole = files[chosen]
    damage = rng.choice(DAMAGES)
    other = rng.choice(files)[1]
    content = bytes(damage(bytearray(whole), rng, other))
    if name.startswith("png") and damage is not cut and rng.random() < 0.7:
        content = mend_png(content)  # or the checksums would refuse it before anything else
    return chosen, damage.__name__, content


def outcome(content: bytes, whole: scans.Scan | None, damage: str) -> tuple[str, str | None]:
    """Read a file; return how that ended, and what is wrong with it, if anything is."""
    try:
        scan = scans.read(content, limits=LIMITS)
    except DOCUMENTED as error:
        message = str(error)
        if any(part in message for part in scan_files.SHOWN_PHI):
            return "refused", f"the error names the patient: {message}"
        if "must fit into memory" in message:
            return "refused", f"refused only when memory ran out: {message}"
        return "refused", None
    except Hang:
        return "hang", f"longer than {SECONDS} s of processor time"
    except Exception as error:  # noqa: BLE001  what is not documented is what is looked for
        return "other error", f"{type(error).__name__}: {error}"
    if any(part in repr(scan) for part in scan_files.SHOWN_PHI):
        return "read", "the scan's text names the patient"
    same = whole is not None and same_slices(scan, whole)
    if damage == "cut" and not same:
        return "read", "an answer from a file that was cut short, unlike that of the whole file"
    return ("read, as the whole file" if same else "read, changed"), None


def same_slices(one: scans.Scan, other: scans.Scan) -> bool:
    """Tell whether two scans have the same slices."""
    return len(one.slices) == len(other.slices) and all(
        a.shape == b.shape and bool((a == b).all())
        for a, b in zip(one.slices, other.slices, strict=True)
    )


def work(numbers: range, skipped: frozenset[int], at: Any, pipe: Any) -> None:
    """Read files in this process; tell which one is being read, and now and then the tally."""
    signal.signal(signal.SIGPROF, raise_hang)
    files = seeds()
    wholes = [read_whole(content) for _, content in files]
    before = peak_mib()
    tally = Tally()
    for number in numbers:
        if number in skipped:
            continue
        at.value = number
        chosen, damage, content = damaged(number, files)
        begin = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            ended, wrong = outcome(content, wholes[chosen], damage)
        except Hang:  # it came between two calls
            ended, wrong = "hang", f"longer than {SECONDS} s of processor time"
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        tally.slowest = max(tally.slowest, (time.process_time() - begin, number))
        grown = peak_mib() - before
        if grown > MEMORY_MIB and tally.peak_mib <= MEMORY_MIB:
            wrong = wrong or f"took more than {MEMORY_MIB} MiB"
        tally.peak_mib = max(tally.peak_mib, grown)
        kind = files[chosen][0].split()[0]
        tally.outcomes[kind, damage, ended] += 1
        if wrong:
            tally.violations.append((number, f"{files[chosen][0]}, {damage}: {wrong}"))
        if (number // numbers.step) % TOLD_EVERY == 0:
            tally.next = [number + numbers.step]
            pipe.send(tally)
            tally = Tally(slowest=tally.slowest, peak_mib=tally.peak_mib)
    tally.next = [numbers.stop]
    pipe.send(tally)


def raise_hang(*_: object) -> None:
    """Stop a call that takes too long."""
    raise Hang


def read_whole(content: bytes) -> scans.Scan | None:
    """Read a whole file as the damaged ones are; None where the limits refuse it."""
    try:
        return scans.read(content, limits=LIMITS)
    except ValueError:
        return None


def peak_mib() -> float:
    """Return the most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fuzz(files: int, workers: int, state: Path | None = None) -> Tally:
    """Read so many damaged files in worker processes, each restarted after a crash.

    Args:
        files: how many.
        workers: the processes.
        state: where to keep how far it is, and to go on from if it is of the same run.
    """
    run = {"seed": SEED, "files": files, "workers": workers, "code": code_digest()}
    total = resumed(state, run) or Tally(next=list(range(workers)))
    lanes = [Lane(first, files, workers) for first in total.next]
    while True:
        told = [lane.step(total) for lane in lanes]
        total.next = [lane.next for lane in lanes]
        if state is not None and any(told):
            save(state, run, total)
        if all(lane.next >= files for lane in lanes):
            return total
        time.sleep(0.05)


class Lane:
    """A worker process, and those that follow it when it dies."""

    def __init__(self, first: int, files: int, workers: int) -> None:
        self.next, self.stop, self.stride = first, files, workers
        self.skipped: frozenset[int] = frozenset()
        self.context = mp.get_context("spawn")
        if first < files:
            self.start()

    def start(self) -> None:
        """Start a process at the first file that is not counted yet."""
        self.at = self.context.Value("l", NOT_BEGUN)
        self.pipe, end = self.context.Pipe(duplex=False)
        numbers = range(self.next, self.stop, self.stride)
        self.process = self.context.Process(
            target=work, args=(numbers, self.skipped, self.at, end), daemon=True
        )
        self.process.start()
        end.close()
        self.seen, self.since = NOT_BEGUN, time.monotonic()

    def step(self, total: Tally) -> bool:
        """Take what the process tells; return whether it told anything."""
        if self.next >= self.stop:
            return False
        told = False
        with contextlib.suppress(EOFError):
            while self.pipe.poll():
                part = self.pipe.recv()
                add(total, part)
                (self.next,) = part.next
                told = True
        if self.next >= self.stop:
            self.process.join()
        else:
            self.watch(total)
        return told

    def watch(self, total: Tally) -> None:
        """Count a crash, or a file that the process does not come back from, and go on after it."""
        if self.at.value != self.seen:
            self.seen, self.since = self.at.value, time.monotonic()
        stuck = self.seen != NOT_BEGUN and time.monotonic() - self.since > STUCK_SECONDS
        if not stuck and self.process.is_alive():
            return
        self.process.kill()
        self.process.join()
        if self.at.value == NOT_BEGUN:
            raise RuntimeError("the worker process must start; it died before the first file.")
        how = "stuck in native code" if stuck else f"crash, exit code {self.process.exitcode}"
        total.outcomes["any", "any", "crash"] += 1
        total.violations.append((self.at.value, how))
        self.skipped |= {self.at.value}
        self.start()


def add(total: Tally, part: Tally) -> None:
    """Add what a worker tells."""
    total.outcomes += part.outcomes
    total.violations += part.violations
    total.slowest = max(total.slowest, part.slowest)
    total.peak_mib = max(total.peak_mib, part.peak_mib)


def code_digest() -> str:
    """Return a hash of the code that reads and of the code that damages."""
    source = ROOT / "src/brainscan"
    reading = (source / "_core" / name for name in ("reading.py", "tiff.py", "whole.py"))
    paths = [*sorted((source / "scans").glob("*.py")), *reading, Path(scan_files.__file__)]
    content = b"".join(path.read_bytes() for path in [*paths, Path(__file__)])
    return sha256(content).hexdigest()[:16]


def save(state: Path, run: dict[str, Any], tally: Tally) -> None:
    """Keep how far a run is."""
    record = run | vars(tally) | {"outcomes": [[*k, n] for k, n in tally.outcomes.items()]}
    write_json(state, record)


def resumed(state: Path | None, run: dict[str, Any]) -> Tally | None:
    """Return how far this run was when it was stopped; None for another run."""
    if state is None or not state.is_file():
        return None
    kept = read_json(state)
    if any(kept.pop(name) != value for name, value in run.items()):
        return None
    kept["outcomes"] = Counter({tuple(key): count for *key, count in kept["outcomes"]})
    kept["slowest"] = tuple(kept["slowest"])
    kept["violations"] = [tuple(each) for each in kept["violations"]]
    return Tally(**kept)


def to_json(tally: Tally, files: int, workers: int) -> dict[str, Any]:
    """Return the result as a record that says what made it."""
    packages = (
        "pillow",
        "opencv-python-headless",
        "pydicom",
        "pylibjpeg-openjpeg",
        "pyjpegls",
        "simplejpeg",
    )
    return {
        "date": dt.date.today().isoformat(),
        "seed": SEED,
        "files": files,
        "workers": workers,
        "code": code_digest(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in (*packages, "nibabel", "numpy")},
        "limits": repr(LIMITS),
        "seeds": len(seeds()),
        "real_seeds": len(list(real_files())),
        "outcomes": [[*key, count] for key, count in sorted(tally.outcomes.items())],
        "violations": [list(each) for each in tally.violations],
        "slowest_seconds": round(tally.slowest[0], 3),
        "peak_mib": round(tally.peak_mib, 1),
    }


def to_markdown(result: dict[str, Any]) -> str:
    """Return the page of the docs."""
    rows: Counter[tuple[str, str]] = Counter()
    for kind, _, ended, count in result["outcomes"]:
        rows[kind, ended] += count
    endings = ("refused", "read, as the whole file", "read, changed")
    kinds = sorted({kind for kind, _ in rows} - {"any"})
    lines = ["| format | files | " + " | ".join(endings) + " |", "| --- |" + " ---: |" * 4]
    for kind in kinds:
        counts = [rows[kind, ended] for ended in endings]
        lines.append(f"| {kind} | {sum(counts):,} | " + " | ".join(f"{n:,}" for n in counts) + " |")
    crashed = rows["any", "crash"]
    cuts = [(ended, n) for _, damage, ended, n in result["outcomes"] if damage == "cut"]
    holes = [
        (ended, n)
        for kind, damage, ended, n in result["outcomes"]
        if (kind, damage) == ("jpeg", "remove")
    ]
    versions = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    return TEXT.format(
        files=f"{result['files']:,}",
        table="\n".join(lines),
        crashes=crashed,
        cut=f"{sum(n for _, n in cuts):,}",
        cut_refused=f"{sum(n for ended, n in cuts if ended == 'refused'):,}",
        holed=f"{sum(n for _, n in holes):,}",
        holed_read=f"{sum(n for ended, n in holes if ended != 'refused'):,}",
        violations=len(result["violations"]),
        slowest=f"{result['slowest_seconds']:.2f}",
        peak=f"{result['peak_mib']:.0f}",
        bound=MEMORY_MIB,
        seconds=f"{SECONDS:.0f}",
        seeds=result["seeds"],
        real=result["real_seeds"],
        limits=result["limits"],
        made=f"{result['date']}, seed {result['seed']}, {result['machine']}, {versions}",
    )


TEXT = """# Damaged files

`brainscan.scans.read` gets files from disks, networks and strangers. This page shows what it does
with {files} files that were damaged on purpose: {seeds} whole files of every format ({real} of them
real) had bits flipped, headers flipped and spliced with those of other files, extreme numbers
written in, stretches swapped, removed and repeated, and were cut short. PNG files got right
checksums again in most cases, since the wrong ones alone would refuse them.

{table}

- Crashes of native code (each file is read in a process that may die): {crashes}.
- Errors that are not documented, calls over {seconds} s, memory beyond {bound} MiB, patients named
  in an error, answers from a file that was cut short: {violations}.
- The slowest call took {slowest} s of processor time; the peak of memory rose by {peak} MiB.

"Read, as the whole file" are those whose damage did not touch the pixels: metadata, padding, what
follows the pixels. "Read, changed" are those whose damage leaves a file that is valid and says
something else: plain formats (BMP, uncompressed TIFF, DICOM and NIfTI) have no checksums, so a
flipped bit in a pixel can't be seen, and a JPEG file with another bit is another JPEG file.

Of {cut} files that were cut short, {cut_refused} were refused; an answer would be let pass only
where it is that of the whole file. Of {holed} JPEG files that lack a stretch of up to 64 bytes,
{holed_read} gave an answer all the same: what is left decodes to its end, and JPEG has no checksum.
In no other format does a hole pass so often.

The limits were smaller than the defaults, so that the time is spent on damage and not on large
files: `{limits}`.

Made by `tools/fuzz_reading.py`: {made}.
"""


def main() -> None:
    """Fuzz, and write the page and the record, or print them for a smaller number of files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=int, nargs="?", default=FILES)
    parser.add_argument("--workers", type=int, default=1, choices=(1, 2))
    chosen = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    state = Path(tempfile.gettempdir()) / f"fuzz_reading_{chosen.files}_{chosen.workers}.json"
    tally = fuzz(chosen.files, chosen.workers, state)
    result = to_json(tally, chosen.files, chosen.workers)
    text = json.dumps(result, indent=1)
    for number, what in tally.violations[:50]:
        print(number, what)
    if chosen.files < FILES:
        record = Path(tempfile.gettempdir()) / "fuzz_reading.json"
    else:
        record = ROOT / "benchmarks/results/fuzz_reading.json"
        PAGE.write_text(to_markdown(result), encoding="utf-8")
    record.parent.mkdir(exist_ok=True)
    record.write_text(text + "\n", encoding="utf-8")
    print(to_markdown(result))


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()
