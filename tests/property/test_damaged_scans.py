"""A short run of `tools/fuzz_reading.py`: some hundreds of damaged files."""

import importlib
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools/fuzz_reading.py"
FILES = 600


@pytest.fixture(scope="module")
def fuzzer():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(TOOL.parent))  # the worker process looks there too
        yield importlib.import_module("fuzz_reading")
        del sys.modules["fuzz_reading"]


def test_damaged_files_are_read_or_refused(fuzzer):
    tally = fuzzer.fuzz(FILES, workers=1)
    assert tally.violations == []
    assert sum(tally.outcomes.values()) == FILES
    assert {ended for _, _, ended in tally.outcomes} <= {
        "refused",
        "read, as the whole file",
        "read, changed",
    }
    assert {kind for kind, _, _ in tally.outcomes} == {
        *("bmp", "dicom", "jpeg", "nifti", "png", "tiff", "webp")
    }


def test_the_fuzzer_would_see_what_must_not_happen(fuzzer, monkeypatch):
    whole = fuzzer.scan_files.encoded(fuzzer.scan_files.textured(8, 9), "PNG")
    read = fuzzer.scans.read(whole)

    def answer(what):
        monkeypatch.setattr(fuzzer.scans, "read", what)
        return fuzzer.outcome(b"", None, "cut")[1]

    def fail(error):
        def raises(*_, **__):
            raise error

        return raises

    assert "an answer from a file that was cut short" in answer(lambda *_, **__: read)
    assert "KeyError" in answer(fail(KeyError("x")))
    assert "names the patient" in answer(fail(ValueError(fuzzer.scan_files.MARKER)))
    assert "memory ran out" in answer(fail(ValueError("must fit into memory")))
    assert "processor time" in answer(fail(fuzzer.Hang()))


def test_a_run_that_was_stopped_goes_on(fuzzer, tmp_path):
    state, run = tmp_path / "state.json", {"seed": 1, "files": 90}
    tally = fuzzer.Tally(slowest=(0.5, 7), peak_mib=3.5, next=[40, 41], violations=[(9, "crash")])
    tally.outcomes["png", "cut", "refused"] = 12
    assert fuzzer.resumed(state, run) is None
    fuzzer.save(state, run, tally)
    assert fuzzer.resumed(state, run) == tally
    assert fuzzer.resumed(state, run | {"files": 91}) is None
