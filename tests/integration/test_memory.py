"""A run of many folds needs no more memory than one of few."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import os
from dataclasses import replace
import brainscan as bs
from brainscan.benchmark.store import Store

def resident(self, model, fold, outcome):
    pages = int(open("/proc/self/statm").read().split()[1])
    print(pages * os.sysconf("SC_PAGE_SIZE"), flush=True)

Store.save_fold = resident
data = bs.datasets.load("phantom", n=80)
recipe = replace(bs.benchmark.presets["scratch"].recipe, epochs=2, size=(64, 64))
splits = bs.datasets.grouped_folds(data, folds=10)
bs.benchmark.run(data, ["small_cnn"], protocol=splits, recipe=recipe, progress=False)
"""


@pytest.mark.slow
@pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="reads resident memory from Linux's /proc"
)
def test_resident_memory_after_fold_10_is_within_a_tenth_of_fold_2():
    environment = {**os.environ, "MALLOC_ARENA_MAX": "2"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    resident = [int(line) for line in done.stdout.split()]
    assert len(resident) == 10
    assert resident[9] < 1.1 * resident[1], resident
