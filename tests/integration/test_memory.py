"""Much work needs no more memory than little."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from brainscan._backend import _blocks_to_ask_for

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


CALLS = """
import os
import numpy as np
import brainscan as bs
from brainscan.predict.scorer import Scorer

def resident():
    pages = int(open("/proc/self/statm").read().split()[1])
    print(pages * os.sysconf("SC_PAGE_SIZE"), flush=True)

model = bs.models.build("small_cnn", (32, 32, 3), weights=None, head="global_average", seed=0)
recipe = bs.train.Recipe(weights=None, size=(32, 32))
trainer = bs.train.Trainer(model, recipe)
scorer = Scorer(model, flips=False)
rng = np.random.default_rng(0)
images = rng.integers(0, 256, (40, 32, 32, 3), np.uint8)
for call in range(1000):
    trainer.scores(images[: rng.integers(1, 41)])
    scorer(images[: rng.integers(1, 41)])
    if call in (99, 999):
        resident()
"""

LARGE_PAGES = """
import brainscan.models
mappings = open("/proc/self/smaps").read().split("VmFlags:")[1:]
flags = [mapping.splitlines()[0].split() for mapping in mappings]
print(sum("hg" in some for some in flags))
print(int(open("/proc/self/statm").read().split()[1]))
"""

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="reads resident memory from Linux's /proc"
)


AS_IT_COMES, AS_THE_USER_SET_IT = {}, {"MALLOC_ARENA_MAX": "2"}


def printed(script, allocator):
    others = {name: value for name, value in os.environ.items() if "MALLOC_" not in name}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=others | allocator
    )
    assert done.returncode == 0, done.stderr
    return [int(line) for line in done.stdout.split()]


@pytest.mark.slow
def test_resident_memory_after_fold_10_is_within_a_tenth_of_fold_2():
    resident = printed(SCRIPT, AS_IT_COMES)
    assert len(resident) == 10
    assert resident[9] < 1.1 * resident[1], resident


@pytest.mark.parametrize("allocator", [AS_IT_COMES, AS_THE_USER_SET_IT])
def test_resident_memory_is_flat_over_1000_predictions_of_changing_batch_sizes(allocator):
    early, late = printed(CALLS, allocator)
    assert late < early + 5_000_000, (early, late)


def test_memory_is_asked_for_in_large_pages_without_taking_any_unless_the_user_set_it():
    if not _blocks_to_ask_for() or not ctypes.CDLL(None).mallopt(-3, 2**30):
        pytest.skip("needs large pages, address space without limit, and a glibc of 2.35 or newer")
    asked, resident = printed(LARGE_PAGES, AS_IT_COMES)
    none, usual = printed(LARGE_PAGES, AS_THE_USER_SET_IT)
    assert asked > none
    assert resident < usual + 25_000, "of 4 kB: 100 MB"
