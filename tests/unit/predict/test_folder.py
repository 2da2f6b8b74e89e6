import csv
import os
import threading
from dataclasses import replace

import cv2
import numpy as np
import pytest

from brainscan.predict import Predictor, predict_folder, scans_in
from brainscan.predict import folder as module
from brainscan.predict.reading import Slice
from bundles import head


@pytest.fixture
def scans(tmp_path):
    root = tmp_path / "scans"
    (root / "deep/er").mkdir(parents=True)
    for number, name in enumerate(("b.png", "a.png", "deep/c.PNG", "deep/er/d.jpg")):
        cv2.imwrite(str(root / name), head(number))
    (root / "broken.png").write_bytes((root / "a.png").read_bytes()[:100])
    (root / "empty.jpg").touch()
    (root / "notes.txt").write_text("not a scan")
    (root / ".hidden.png").touch()
    return root


def rows(path):
    with path.open(encoding="utf-8", errors="surrogateescape") as file:
        assert "For research use only" in next(file)
        return list(csv.DictReader(file))


def answers(table):
    return [line for line in table.splitlines(keepends=True) if line.endswith(b",\n")]


def run(predictor, scans, out):
    return predict_folder(predictor, scans, out, progress=False)


def test_a_row_a_scan_and_the_reason_for_each_failure(predictor, scans, tmp_path):
    result = run(predictor, scans, tmp_path / "out.csv")
    found = rows(result.path)
    names = ["a.png", "b.png", "broken.png", "deep/c.PNG", "deep/er/d.jpg", "empty.jpg"]
    assert [row["scan"] for row in found] == names
    assert (result.scans, result.read_back) == (6, 0)
    assert set(result.failed) == {"broken.png", "empty.jpg"}
    for row in found:
        if row["scan"] in result.failed:
            assert row["error"] == result.failed[row["scan"]]
            assert row["probability"] == row["answer"] == ""
        else:
            expected = predictor(scans / row["scan"])
            assert float(row["probability"]) == pytest.approx(expected.probability, abs=1e-5)
            assert row["low"] == row["high"] == ""  # this bundle has no interval
            assert row["decision"] == expected.decision
            assert row["answer"] == (expected.answer or "can't tell")


def test_a_row_has_the_ends_of_the_interval(bundle, scans, tmp_path):
    saved = replace(bundle, temperature_interval=(1.0, 3.0)).save(tmp_path / "known.brainscan")
    run(Predictor(saved), scans, tmp_path / "out.csv")
    row = rows(tmp_path / "out.csv")[0]
    expected = Predictor(saved)(scans / row["scan"])
    assert (float(row["low"]), float(row["high"])) == pytest.approx(expected.interval, abs=1e-5)


def test_it_names_the_bundle(predictor, scans, tmp_path):
    run(predictor, scans, tmp_path / "out.csv")
    first = (tmp_path / "out.csv").read_text().splitlines()[0]
    assert predictor.bundle.digest in first
    other = predictor.bundle.save(tmp_path / "other.brainscan")
    assert run(Predictor(other), scans, tmp_path / "out.csv").read_back == 4


def test_a_table_cut_at_any_byte_is_gone_on_with(predictor, scans, tmp_path):
    out = tmp_path / "out.csv"
    run(predictor, scans, out)
    whole = out.read_bytes()
    begin = len(b"".join(whole.splitlines(keepends=True)[:2]))
    for length in [*range(begin, len(whole), 23), len(whole) - 1, len(whole)]:
        out.write_bytes(whole[:length])
        result = run(predictor, scans, out)
        assert sorted(out.read_bytes().splitlines()) == sorted(whole.splitlines())
        assert answers(out.read_bytes()) == answers(whole)
        assert result.read_back == len(answers(whole[:length]))
        assert set(result.failed) == {"broken.png", "empty.jpg"}


def test_the_next_scans_are_read_while_the_device_works(predictor, tmp_path, monkeypatch):
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for number, path in enumerate(paths):
        cv2.imwrite(str(path), head(number))
    monkeypatch.setattr(module, "_BLOCK", 1)
    monkeypatch.setattr(module, "_AHEAD", 0)
    second_is_read = threading.Event()
    read_slices, predict = module.read_slices, Predictor.predict

    def read(file, name):
        if name == paths[1].name:
            second_is_read.set()
        return read_slices(file, name)

    def work(self, cropped):
        assert second_is_read.wait(30)
        return predict(self, cropped)

    monkeypatch.setattr(module, "read_slices", read)
    monkeypatch.setattr(Predictor, "predict", work)
    assert run(predictor, paths, tmp_path / "out.csv").failed == {}


def test_what_is_done_is_not_read_again(predictor, scans, tmp_path, monkeypatch):
    for name in ("broken.png", "empty.jpg"):
        (scans / name).unlink()
    run(predictor, scans, tmp_path / "out.csv")
    before = (tmp_path / "out.csv").read_bytes()
    monkeypatch.setattr(module, "read_slices", None)
    assert run(predictor, scans, tmp_path / "out.csv").read_back == 4
    assert (tmp_path / "out.csv").read_bytes() == before


def test_the_answer_for_another_file_of_the_same_name_is_refused(predictor, scans, tmp_path):
    other, out = tmp_path / "other", tmp_path / "out.csv"
    other.mkdir()
    cv2.imwrite(str(other / "a.png"), head(7))
    run(predictor, scans, out)
    whole = out.read_bytes()
    out.write_bytes(whole[:-1])
    with pytest.raises(ValueError, match=r"names of 1, such as 'a.png'. Choose another file"):
        run(predictor, other, out)
    assert out.read_bytes() == whole[:-1]


def test_a_copy_of_the_folder_is_gone_on_with(predictor, scans, tmp_path):
    run(predictor, scans, tmp_path / "out.csv")
    assert run(predictor, scans.rename(tmp_path / "moved"), tmp_path / "out.csv").read_back == 4


def test_a_file_that_was_replaced_has_a_new_answer_once_its_row_is_deleted(
    predictor, scans, tmp_path
):
    out = tmp_path / "out.csv"
    run(predictor, scans, out)
    old = rows(out)[0]
    cv2.imwrite(str(scans / "a.png"), head(7))
    with pytest.raises(ValueError, match="delete its rows for a new answer"):
        run(predictor, scans, out)
    lines = out.read_bytes().splitlines(keepends=True)
    out.write_bytes(b"".join(line for line in lines if not line.startswith(b"a.png,")))
    assert run(predictor, scans, out).read_back == 3
    (new,) = (row for row in rows(out) if row["scan"] == "a.png")
    assert float(new["probability"]) == pytest.approx(
        predictor(scans / "a.png").probability, abs=1e-5
    )
    assert new["content"] != old["content"]


def test_a_folder_with_a_series_is_compared_too(predictor, tmp_path, monkeypatch):
    series = tmp_path / "series"
    series.mkdir()
    for number in range(2):
        (series / f"{number}.dcm").write_bytes(bytes(128) + b"DICM" + bytes([number]))
    monkeypatch.setattr(module, "read_slices", lambda path: iter([Slice(head(0), str(path))]))
    assert run(predictor, [series], tmp_path / "out.csv").failed == {}
    (series / "notes.txt").write_text("of no account")
    assert run(predictor, [series], tmp_path / "out.csv").read_back == 1
    (series / "1.dcm").write_bytes(bytes(128) + b"DICM" + b"other")
    with pytest.raises(ValueError, match="rows of other content"):
        run(predictor, [series], tmp_path / "out.csv")


def test_a_series_that_changes_while_it_is_read_has_no_answer(predictor, tmp_path, monkeypatch):
    def read(path):
        (path / "1.dcm").write_bytes(bytes(128) + b"DICM")
        yield Slice(head(0), str(path))

    (tmp_path / "series").mkdir()
    monkeypatch.setattr(module, "read_slices", read)
    result = run(predictor, [tmp_path / "series"], tmp_path / "out.csv")
    assert "series must stay as it is while it is read" in str(result.failed)


def test_a_row_whose_file_cannot_be_compared_is_left_and_no_answer(
    predictor, scans, tmp_path, monkeypatch
):
    def away(path):
        raise PermissionError(13, "Permission denied", str(path))

    out = tmp_path / "out.csv"
    run(predictor, [scans / "a.png"], out)
    before = out.read_bytes()
    monkeypatch.setattr(module, "content_of", away)
    result = run(predictor, [scans / "a.png"], out)
    assert (result.scans, result.read_back) == (1, 0)
    assert "Permission denied" in result.failed[str(scans / "a.png")]
    assert out.read_bytes() == before


def test_failures_are_tried_again_and_answers_are_not(predictor, scans, tmp_path, monkeypatch):
    out = tmp_path / "out.csv"
    run(predictor, scans, out)
    before = answers(out.read_bytes())
    cv2.imwrite(str(scans / "broken.png"), head(5))
    read, asked = module.read_slices, []
    monkeypatch.setattr(
        module, "read_slices", lambda file, name: asked.append(name) or read(file, name)
    )
    result = run(predictor, scans, out)
    assert sorted(asked) == ["broken.png", "empty.jpg"]
    assert (result.read_back, set(result.failed)) == (4, {"empty.jpg"})
    assert answers(out.read_bytes())[:4] == before
    assert [row["scan"] for row in rows(out)[4:]] == ["broken.png", "empty.jpg"]
    assert len(answers(out.read_bytes())) == 5
    assert run(predictor, scans, out).read_back == 5


def test_the_failures_of_other_scans_stay(predictor, scans, tmp_path):
    out = tmp_path / "out.csv"
    run(predictor, scans, out)
    before = out.read_bytes()
    result = run(predictor, [scans / "b.png"], out)
    assert (result.scans, result.failed) == (1, {})
    assert out.read_bytes().startswith(before)


def test_a_kill_while_failures_are_dropped_loses_nothing(predictor, scans, tmp_path, monkeypatch):
    out = tmp_path / "out.csv"
    run(predictor, scans, out)
    before = out.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda file: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run(predictor, scans, out)
    assert out.read_bytes() == before


def test_scans_that_were_added_are_added(predictor, scans, tmp_path):
    run(predictor, scans, tmp_path / "out.csv")
    cv2.imwrite(str(scans / "aa.png"), head(9))
    result = run(predictor, scans, tmp_path / "out.csv")
    assert (result.scans, result.read_back) == (7, 4)
    assert [row["scan"] for row in rows(result.path)[4:]] == ["aa.png", "broken.png", "empty.jpg"]


@pytest.mark.parametrize(
    "content", ["", "scan,probability\n", "# brainscan predictions by another"]
)
def test_another_file_is_left_alone(predictor, scans, tmp_path, content):
    out = tmp_path / "out.csv"
    out.write_text(content)
    with pytest.raises(
        ValueError, match="must be new, or a file of predictions by the same bundle"
    ):
        run(predictor, scans, out)
    assert out.read_text() == content


def test_a_table_of_an_older_version_is_left_alone(predictor, scans, tmp_path):
    out = tmp_path / "out.csv"
    run(predictor, scans, out)
    content = out.read_text().replace(",content,", ",")
    out.write_text(content)
    with pytest.raises(ValueError, match="Tables of older versions"):
        run(predictor, scans, out)
    assert out.read_text() == content


def test_a_row_of_other_columns_is_refused(predictor, scans, tmp_path):
    out = tmp_path / "out.csv"
    run(predictor, scans, out)
    with out.open("a") as file:
        file.write("1,2,3\n")
    with pytest.raises(ValueError, match="columns in each row; got 3"):
        run(predictor, scans, out)


FORMULAS = ("=1+1.png", "+1.png", "-1.png", "@SUM(1).png", "\t=1.png", "\\=1+1.png")
NAMES = ("com,ma.png", 'quo"te.png', "new\nline.png", "back\\slash.png", "ümlaut.png", *FORMULAS)


def test_names_of_any_kind(predictor, tmp_path):
    root = tmp_path / "scans"
    root.mkdir()
    content = cv2.imencode(".png", head(0))[1].tobytes()
    for name in NAMES:
        (root / name).write_bytes(content)
    with open(os.fsencode(root) + b"/\xff.png", "wb") as file:  # noqa: PTH123  no text, so no Path
        file.write(content)
    out = tmp_path / "out.csv"
    run(predictor, root, out)
    before = out.read_bytes()
    assert before.count(b"\n") == 2 + len(NAMES) + 1
    found = {row["scan"] for row in rows(out)}
    assert {"com,ma.png", "new\\nline.png", "\udcff.png", "\\=1+1.png", "\\\\=1+1.png"} <= found
    assert not any(name.startswith(("=", "+", "-", "@", "\t")) for name in found)
    assert run(predictor, root, out).read_back == len(NAMES) + 1
    assert out.read_bytes() == before


def test_a_volume_of_which_slices_are_missing_is_done_again(
    predictor, scans, tmp_path, monkeypatch
):
    def three(file, name):
        parts = list(read(file, name))
        return [module.replace(part, number=i, of=3) for part in parts for i in (1, 2, 3)]

    read = module.read_slices
    monkeypatch.setattr(module, "read_slices", three)
    out = tmp_path / "out.csv"
    run(predictor, scans, out)
    whole = out.read_bytes()
    lines = whole.splitlines(keepends=True)
    out.write_bytes(b"".join(lines[:-3]))  # one slice of three, and the failure
    run(predictor, scans, out)
    assert sorted(out.read_bytes().splitlines()) == sorted(whole.splitlines())


def test_a_decoder_that_fails_in_its_own_way_is_a_reason(predictor, scans, tmp_path, monkeypatch):
    def broken(file, name):
        raise ZeroDivisionError("odd")

    monkeypatch.setattr(module, "read_slices", broken)
    result = run(predictor, scans, tmp_path / "out.csv")
    assert set(result.failed.values()) == {"ZeroDivisionError: odd"}
    assert len(rows(result.path)) == 6


def test_more_scans_than_a_block(predictor, tmp_path):
    root = tmp_path / "many"
    root.mkdir()
    for i in range(150):
        cv2.imwrite(str(root / f"{i:03d}.png"), head(i % 20))
    found = rows(run(predictor, root, tmp_path / "out.csv").path)
    assert [row["scan"] for row in found] == sorted(path.name for path in root.iterdir())
    assert found[3]["probability"] == found[23]["probability"]


def test_paths_in_place_of_a_folder(predictor, scans, tmp_path):
    paths = [scans / "b.png", scans / "a.png"]
    found = rows(run(predictor, paths, tmp_path / "out.csv").path)
    assert [row["scan"] for row in found] == [str(path) for path in paths]


def test_progress_says_how_far_and_what_failed(predictor, scans, tmp_path, capsys):
    predict_folder(predictor, scans, tmp_path / "out.csv")
    shown = " ".join(capsys.readouterr().err.split())
    assert "no answer for broken.png" in shown
    assert "6 of 6 scans" in shown


def test_mistakes(predictor, bundle, tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        run(predictor, tmp_path / "nowhere", tmp_path / "out.csv")
    with pytest.raises(ValueError, match="folder must hold a scan"):
        run(predictor, tmp_path, tmp_path / "out.csv")
    with pytest.raises(ValueError, match="loaded from a file"):
        run(Predictor(bundle), tmp_path, tmp_path / "out.csv")


def test_scans_in_passes_over_links_to_folders(scans):
    (scans / "loop").symlink_to(scans)
    assert len(scans_in(scans)) == 6
    assert scans_in(scans / "a.png") == [scans / "a.png"]
    assert np.all([path.is_file() for path in scans_in(scans)])
