"""A benchmark that is killed at any moment goes on from its folder, and ends as one left alone."""

import json
import random
import signal
import subprocess
import sys
import time

import pytest

KILLS = 20
SCRIPT = """
import sys
from dataclasses import replace
import brainscan as bs

recipe = bs.benchmark.presets["quick"].recipe
bs.benchmark.run(
    bs.datasets.load("phantom", n=30),
    models=["knn", "small_cnn", "svm"],
    recipe=replace(recipe, epochs=2, size=(32, 32), batch_size=8),
    folder=sys.argv[1],
    progress=False,
)
"""


def start(folder):
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(folder):
    process = start(folder)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors


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
def test_killed_at_random_moments_and_resumed(tmp_path):
    finish(tmp_path / "warm")  # fills the compilation cache, so that the time below is typical
    begin = time.monotonic()
    finish(tmp_path / "whole")
    seconds = time.monotonic() - begin
    expected = outcome(tmp_path / "whole")
    moments = random.Random(0)
    folder, runs, kills, mid_run = tmp_path / "run-0", 0, 0, 0
    while kills < KILLS:
        process = start(folder)
        try:
            process.communicate(timeout=moments.uniform(0.25, 1) * seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            kills += 1
            mid_run += (folder / "settings.json").is_file()
            continue
        assert process.returncode == 0
        assert outcome(folder) == expected
        runs += 1
        folder = tmp_path / f"run-{runs}"
    finish(folder)
    assert outcome(folder) == expected
    assert not [path for path in folder.rglob(".*") if path.is_file()]
    assert mid_run >= KILLS // 4
