"""Kill a batch prediction, and the writing of a bundle, at random moments with SIGKILL.

    python -P tools/kill_predict.py --bundle model.brainscan --kills 50

After each kill the answers in the table must be a beginning of those of a run left alone, with none
less than before the kill, and no row twice (failures are tried again, and may come later); and the
bundle must be one of the two that were being written in turn, whole.
"""

import argparse
import json
import os
import random
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2

import brainscan as bs

# Imports once, then forks a process for each job: says its id, then its exit code.
SERVER = """
import json, os, sys, traceback
import brainscan as bs
from brainscan import predict

def table(bundle, scans, out):
    predict.predict_folder(predict.Predictor.load(bundle), scans, out, progress=False)

def write(bundle, other, out):
    bundles = [predict.Bundle.load(path) for path in (bundle, other)]
    print("writing", file=sys.stderr, flush=True)
    while True:
        for one in bundles:
            one.save(out)

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        try:
            job, *arguments = json.loads(line)
            {"table": table, "write": write}[job](*arguments)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.write(1, b"%d\\n" % child)
    os.write(1, b"%d\\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


class Server:
    """A process that has imported everything and forks one for each job."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )

    def run(self, *job: object, seconds: float = 600.0) -> bool:
        """Return whether a job ended by itself; one that takes longer is killed with SIGKILL."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{json.dumps([str(word) for word in job])}\n".encode())
        child = int(stdout.readline())
        ended, _, _ = select.select([stdout], [], [], seconds)
        if not ended:
            os.kill(child, signal.SIGKILL)
        code = int(stdout.readline())
        assert code in (0, -signal.SIGKILL), code
        return code == 0

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()


def answers(table: bytes) -> bytes:
    """Return the rows without an error."""
    return b"".join(row for row in table.splitlines(keepends=True) if row.endswith(b",\n"))


def kill_tables(
    server: Server, bundle: Path, scans: Path, folder: Path, kills: int, seed: int = 0
) -> dict[str, float]:
    """Kill predictions of a folder; return how many kills fell where."""
    server.run("table", bundle, scans, folder / "warm.csv")  # fills the compilation cache
    begin = time.monotonic()
    assert server.run("table", bundle, scans, folder / "whole.csv")
    seconds = time.monotonic() - begin
    expected = (folder / "whole.csv").read_bytes()
    assert (folder / "warm.csv").read_bytes() == expected
    rows = sorted(expected.splitlines())
    assert len(set(rows)) == len(rows)
    moments = random.Random(seed)
    done = runs = in_rows = half = resumed = 0
    out, before = folder / "run-0.csv", b""
    while done < kills:
        if server.run("table", bundle, scans, out, seconds=moments.uniform(0.05, 1) * seconds):
            assert sorted(out.read_bytes().splitlines()) == rows
            runs += 1
            out, before = folder / f"run-{runs}.csv", b""
            continue
        done += 1
        found = out.read_bytes() if out.exists() else b""
        whole = found[: found.rindex(b"\n") + 1] if b"\n" in found else b""
        assert set(whole.splitlines()) <= set(rows), "a row that a run left alone does not have"
        assert len(set(whole.splitlines())) == whole.count(b"\n"), "a row is there twice"
        assert answers(expected).startswith(answers(whole)), "an answer was passed over"
        assert answers(whole).startswith(answers(before)), "an answer was lost"
        resumed += bool(before)
        in_rows += 0 < len(whole) < len(expected)
        half += found != whole
        before = whole
    assert server.run("table", bundle, scans, out)
    assert sorted(out.read_bytes().splitlines()) == rows
    assert answers(out.read_bytes()) == answers(expected)
    left = [path.name for path in folder.iterdir() if path.name.startswith(".")]
    assert not left, left
    return {
        "kills": done,
        "within a table": in_rows,
        "within a row": half,
        "of a run gone on with": resumed,
        "tables finished": runs + 1,
        "seconds of one left alone": round(seconds, 1),
    }


def kill_bundles(
    server: Server, bundle: Path, other: Path, folder: Path, kills: int, seed: int = 0
) -> dict[str, int]:
    """Kill processes that write two bundles in turn; return what was there after the kills."""
    digests = []
    for path in (bundle, other):  # one of an older version is not written as it was read
        again = folder / f"again-{path.name}"
        bs.predict.Bundle.load(path).save(again)
        digests.append(bs.predict.Bundle.load(again).digest)
    assert digests[0] != digests[1]
    moments = random.Random(seed)
    out = folder / "written.brainscan"
    found = {"kills": 0, "none yet": 0, "the one": 0, "the other": 0, "left unfinished": 0}
    while found["kills"] < kills:
        assert not server.run("write", bundle, other, out, seconds=moments.uniform(0.5, 4.0))
        found["kills"] += 1
        found["left unfinished"] += any(p.name.startswith(".") for p in folder.iterdir())
        if not out.exists():
            found["none yet"] += 1
            continue
        digest = bs.predict.Bundle.load(out).digest
        assert digest in digests
        found["the one" if digest == digests[0] else "the other"] += 1
    return found


def write_scans(folder: Path, count: int) -> None:
    """Write simulated slices, and some files that can't be read."""
    data = bs.datasets.load("phantom", n=20)
    images = [cv2.imencode(".png", data[i])[1].tobytes() for i in range(len(data))]
    folder.mkdir(parents=True)
    for number in range(count):
        content = images[number % len(images)]
        cut = len(content) // 2 if number % 17 == 0 else None
        (folder / f"{number:05d}.png").write_bytes(content[:cut])


def main() -> None:
    """Run both, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--other", type=Path, required=True, help="Another bundle.")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--scans", type=int, default=2000)
    given = parser.parse_args()
    server = Server()
    try:
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            write_scans(folder / "scans", given.scans)
            (folder / "tables").mkdir()
            (folder / "bundles").mkdir()
            tables = kill_tables(
                server, given.bundle, folder / "scans", folder / "tables", given.kills
            )
            print(json.dumps({"tables": tables}), flush=True)
            bundles = kill_bundles(
                server, given.bundle, given.other, folder / "bundles", given.kills
            )
    finally:
        server.close()
    print(json.dumps({"bundles": bundles}))


if __name__ == "__main__":
    main()
