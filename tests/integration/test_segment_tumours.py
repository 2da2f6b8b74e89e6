"""examples/segment_tumours.py: what is tested was never learnt from, also by earlier runs."""

import json
import sys

import pytest

from scripts import load_script

SMALL = ["--images=20", "--backbone=small_cnn", "--weights=none", "--size=32", "--batch=8"]


@pytest.fixture(scope="module")
def example():
    return load_script("examples/segment_tumours.py")


@pytest.fixture(scope="module")
def run(example):
    """Run the command line, and return the record that it wrote."""

    def run(out, *options):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["x", *SMALL, "--out", str(out), *map(str, options)])
            example.main()
        return json.loads((out / "figures.json").read_text())

    return run


@pytest.fixture(scope="module")
def folder(run, tmp_path_factory):
    """Two runs: one that chose its settings, and one that took them."""
    folder = tmp_path_factory.mktemp("runs")
    run(folder / "one", "--epochs", 2)
    chosen = folder / "one" / "figures.json"
    run(folder / "two", "--epochs", 1, "--network-seed", 1, "--settings", chosen)
    return folder


def test_a_run_takes_the_settings_of_another(folder):
    one, two = (json.loads((folder / name / "figures.json").read_text()) for name in ("one", "two"))
    for name in ("threshold", "cleaning", "tested"):
        assert two["run"][name] == one["run"][name]
    assert two["run"]["all_learnt_from"]
    assert not one["run"]["all_learnt_from"]
    assert "slices learnt from" in (folder / "two" / "segmentation.md").read_text()


def test_an_average_names_its_members(folder, run):
    files = [folder / name / "tumours.segmenter" for name in ("one", "two")]
    found = run(folder / "mean", "--average", *files)
    assert [member["network_seed"] for member in found["run"]["averaged"]] == [0, 1]
    assert "the mean of 2 networks" in (folder / "mean" / "segmentation.md").read_text()
    again = run(folder / "more", "--average", folder / "mean" / "tumours.segmenter", files[0])
    assert len(again["run"]["averaged"]) == 3
    before = found["chosen"]
    assert run(folder / "mean")["chosen"] == before  # measured again


def test_a_training_goes_on(folder, run):
    start = folder / "one" / "tumours.segmenter"
    found = run(folder / "on", "--epochs", 1, "--start", start)
    assert found["run"]["after"]["epochs"] == 2


@pytest.mark.parametrize(
    "options",
    [
        ("--average", "one/tumours.segmenter", "two/tumours.segmenter"),
        ("--settings", "one/figures.json"),
        ("--start", "one/tumours.segmenter"),
    ],
)
@pytest.mark.parametrize("other", [("--images", 30), ("--seed", 1)])
def test_other_test_images_are_refused(options, other, folder, run):
    paths = [folder / option if "/" in option else option for option in options]
    with pytest.raises(SystemExit, match=r"tested other images.*Give the data, --images and"):
        run(folder / "refused", *paths, *other)
    assert not (folder / "refused").exists()


def test_what_is_there_is_not_measured_on_other_images(folder, run):
    with pytest.raises(SystemExit, match="tested other images"):
        run(folder / "one", "--images", 30)


def test_what_cannot_be_used_is_said_before_anything_is_trained(folder, run, capsys):
    one, none = folder / "one" / "tumours.segmenter", folder / "none.segmenter"
    with pytest.raises(SystemExit, match=r"none\.segmenter must be a segmenter; there is none"):
        run(folder / "refused", "--average", one, none)
    (folder / "else.json").write_text("[]")
    for settings in ("else.json", "absent.json"):
        with pytest.raises(SystemExit, match=rf"{settings} must be what such a run wrote"):
            run(folder / "refused", "--settings", folder / settings)
    with pytest.raises(SystemExit, match="--decoder must be that of --start, unet; got deeplab"):
        run(folder / "refused", "--start", one, "--decoder", "deeplab_v3_plus")
    for options in (("--average", one), ("--average", one, one, "--start", one)):
        with pytest.raises(SystemExit):
            run(folder / "refused", *options)
        assert "two segmenters or more, and no --start" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run(folder / "two", "--average", one, one)
    assert "name another --out" in capsys.readouterr().err
    assert not (folder / "refused").exists()
