"""Mutate a bundle, and see that it is refused with a reason, or read as what it was.

    python -P tools/fuzz_bundles.py --bundle tests/data/bundle-format-1.brainscan --count 100000

Most mutations are of the file as it is, as damage would make them. One in fifty changes a part
inside and gives it a new manifest, as somebody who means harm would: then anything may be read, but
nothing may happen other than an answer or a ValueError, within two seconds.
"""

import argparse
import json
import random
import resource
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path

from brainscan.predict import Bundle
from brainscan.predict.archive import read_archive, write_archive

_WORDS = (b"0", b"-1", b"1e9", b"null", b"[]", b"{}", b'"Lambda"', b'"os"', b"NaN", b"99999999999")


def mutated(content: bytes, rng: random.Random) -> bytes:
    """Return bytes with flips, cuts, copies or words put in."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 8))):
        place = rng.randrange(len(data) or 1)
        kind = rng.randrange(5)
        if kind == 0 and data:
            data[place] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del data[place : place + rng.randrange(1, 64)]
        elif kind == 2:
            start = rng.randrange(len(data) or 1)
            data[place:place] = data[start : start + rng.randrange(1, 64)]
        elif kind == 3:
            del data[place:]
        else:
            data[place : place + rng.randrange(8)] = rng.choice(_WORDS)
    return bytes(data)


def main() -> None:
    """Run, and print what became of the mutations."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    whole = given.bundle.read_bytes()
    kept = read_archive(given.bundle)
    with zipfile.ZipFile(given.bundle) as archive:
        parts = {n: archive.read(n) for n in archive.namelist() if n != "manifest.json"}
    found: Counter[str] = Counter()
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mutated.brainscan"
        Bundle.load(given.bundle)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for number in range(given.count):
            inside = number % 50 == 0
            if inside:
                name = rng.choice(sorted(parts))
                write_archive(path, parts | {name: mutated(parts[name], rng)})
            else:
                path.write_bytes(mutated(whole, rng))
            begin = time.perf_counter()
            try:
                if inside:
                    Bundle.load(path)
                else:
                    assert read_archive(path).files == kept.files
                found["inside, read" if inside else "whole, read as it was"] += 1
            except ValueError:
                found["inside, refused" if inside else "whole, refused"] += 1
            slowest = max(slowest, time.perf_counter() - begin)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    counts = dict(sorted(found.items()))
    figures = {"slowest_s": round(slowest, 2), "memory_mb": (after - before) // 1024}
    print(json.dumps(counts | figures, indent=2))


if __name__ == "__main__":
    main()
