"""A benchmark that is killed at any moment goes on from its folder, and ends as one left alone."""

import json
import os
import random
import select
import signal
import subprocess
import sys
import time

import pytest

KILLS = 20
# Imports once, then forks a process for each run asked for: says its id, then its exit code.
SERVER = """
import os, sys, traceback
from dataclasses import replace
import brainscan as bs
import brainscan.benchmark.report, brainscan.benchmark.figures  # slow to import

def run(folder):
    recipe = replace(bs.benchmark.presets["scratch"].recipe, epochs=2, size=(32, 32), batch_size=8)
    data = bs.datasets.load("phantom", n=20)
    splits = bs.datasets.grouped_folds(data, folds=2)
    models = ["knn", "small_cnn"]
    bs.benchmark.run(data, models, splits, recipe, folder=folder, progress=False)

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        try:
            run(line.strip())
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.write(1, b"%d\\n" % child)
    os.write(1, b"%d\\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


class Server:
    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )

    def run(self, folder, seconds=300.0):
        """Return whether a run ended by itself; one that takes longer is killed with SIGKILL."""
        self.process.stdin.write(f"{folder}\n".encode())
        child = int(self.process.stdout.readline())
        ended, _, _ = select.select([self.process.stdout], [], [], seconds)
        if not ended:
            os.kill(child, signal.SIGKILL)
        code = int(self.process.stdout.readline())
        assert code in (0, -signal.SIGKILL)
        return code == 0


@pytest.fixture
def server():
    server = Server()
    yield server
    server.process.kill()
    server.process.communicate()


def outcome(folder):
    """Return all that a run found, without what a clock said."""
    texts = {
        str(path.relative_to(folder)): path.read_text()
        for pattern in ("metrics.csv", "predictions/*.csv")
        for path in sorted(folder.glob(pattern))
    }
    result = json.loads((folder / "result.json").read_text())
    timed = ("ms_per_step", "compile_seconds", "training_seconds")
    rows = [{k: v for k, v in row.items() if k not in timed} for row in result["rows"]]
    epochs = [
        [{k: v for k, v in epoch.items() if k != "seconds"} for epoch in history["epochs"]]
        for histories in result["histories"].values()
        for history in histories
    ]
    return texts, rows, epochs, result["predictions"], result["validations"]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks processes, which this system cannot")
def test_killed_at_random_moments_and_resumed(server, tmp_path):
    assert server.run(tmp_path / "warm")  # fills the compilation cache
    begin = time.monotonic()
    assert server.run(tmp_path / "whole")
    seconds = time.monotonic() - begin
    expected = outcome(tmp_path / "whole")
    assert outcome(tmp_path / "warm") == expected  # bit for bit, in another process
    moments = random.Random(0)
    folder, runs, kills, mid_run = tmp_path / "run-0", 0, 0, 0
    while kills < KILLS:
        if not server.run(folder, moments.uniform(0.05, 1) * seconds):
            kills += 1
            mid_run += (folder / "settings.json").is_file()
            continue
        assert outcome(folder) == expected
        runs += 1
        folder = tmp_path / f"run-{runs}"
    assert server.run(folder)
    assert outcome(folder) == expected
    assert not [path for path in folder.rglob(".*") if path.is_file()]
    assert mid_run >= KILLS // 2


SEGMENTATION = """
import os, signal, sys
from dataclasses import replace
import numpy as np
import brainscan as bs
from brainscan.benchmark.contender import Training

folder = sys.argv[1]

@bs.benchmark.segmenters.register("bright")
class Bright(bs.benchmark.MaskContender):
    def __init__(self, inputs, recipe, seed):
        self.folds = 0
    def train(self, split, seed, advance):
        print("trained", seed)
        return Training(0.0)
    def probabilities(self, images):
        if sys.argv[2] == str(self.folds):  # no constant of the code: the run stays the same
            sys.stdout.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        self.folds += 1
        return (images[..., 0] > 150).astype(np.float32)

recipe = replace(bs.train.SEGMENT, size=(64, 64))
data = bs.datasets.load("phantom", n=20)
splits = bs.datasets.grouped_folds(data, folds=3)
bs.benchmark.run_segmentation(data, ["bright"], splits, recipe, folder=folder, progress=False)
"""


def segmentation(folder, killed_in):
    """Run it in a process that is killed in its first, second, ... fold, or in none."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SEGMENTATION, str(folder), killed_in],
        capture_output=True,
        text=True,
    )


def test_a_segmentation_that_is_killed_goes_on_from_its_folder(tmp_path):
    assert segmentation(tmp_path / "whole", "none").returncode == 0
    cut = segmentation(tmp_path / "cut", "1")
    assert cut.returncode == -signal.SIGKILL
    assert cut.stdout.split() == ["trained", "0", "trained", "1"]
    assert not (tmp_path / "cut/result.json").exists()
    resumed = segmentation(tmp_path / "cut", "none")
    assert resumed.returncode == 0, resumed.stderr
    assert resumed.stdout.split() == ["trained", "1", "trained", "2"]
    for name in ("metrics.csv", "predictions/bright.csv"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    masks = sorted(
        path.relative_to(tmp_path / "cut") for path in tmp_path.glob("cut/masks/**/*.png")
    )
    assert len(masks) == 20
    for name in masks:
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
