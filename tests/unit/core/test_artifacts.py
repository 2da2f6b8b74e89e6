import json
import os
from errno import ENOSPC, EROFS
from pathlib import Path

import pytest

from brainscan._core.artifacts import (
    read_json,
    require_folder,
    require_output,
    write_atomic,
    write_json,
    write_text,
)


def test_text_is_written_as_utf8_in_a_folder_made_for_it(tmp_path):
    path = write_text(tmp_path / "new" / "deep" / "a.txt", "90° ± 2\n")
    assert path == tmp_path / "new" / "deep" / "a.txt"
    assert path.read_bytes() == "90° ± 2\n".encode()


def test_json_goes_round(tmp_path):
    value = {"a": [1, 2.5, None, True], "ü": "x"}
    path = write_json(tmp_path / "a.json", value)
    assert read_json(path) == value
    assert json.loads(path.read_text()) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_what_json_cannot_hold_leaves_the_old_file(tmp_path, value):
    path = write_json(tmp_path / "a.json", 1)
    with pytest.raises((ValueError, TypeError)):
        write_json(path, {"a": value})
    assert read_json(path) == 1


def test_a_write_that_fails_half_way_leaves_the_old_file_and_nothing_else(tmp_path):
    path = write_text(tmp_path / "a.txt", "old")

    def fail(temporary):
        temporary.write_text("ne")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomic(path, fail)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_old_file_is_whole_while_the_new_one_is_written(tmp_path):
    path = write_text(tmp_path / "a.keras", "old")
    seen = []

    def write(temporary):
        temporary.write_text("new")
        seen.append((path.read_text(), temporary.suffix, temporary.parent))

    write_atomic(path, write)
    assert seen == [("old", ".keras", tmp_path)]
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_damaged_json_file_is_named(tmp_path):
    (tmp_path / "a.json").write_text('{"a": ')
    with pytest.raises(ValueError, match=r"a\.json' must be a whole JSON file; Expecting value"):
        read_json(tmp_path / "a.json")


def test_a_path_that_is_a_folders_is_refused_in_words(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(IsADirectoryError, match="must be a file to write; there is a folder"):
        write_text(tmp_path / "a", "text")
    assert list(tmp_path.rglob("*")) == [tmp_path / "a"]


@pytest.mark.parametrize("below", ["a.txt", "deep/a.txt"])
def test_a_file_in_the_way_is_told_in_words(tmp_path, below):
    write_text(tmp_path / "file", "kept")
    with pytest.raises(OSError, match=r"must be a folder, or be made one; there is a file") as told:
        write_text(tmp_path / "file" / below, "text")
    assert str((tmp_path / "file" / below).parent) in str(told.value)
    assert "unfinished" not in str(told.value)
    assert (tmp_path / "file").read_text() == "kept"


def test_a_folder_that_takes_no_files_is_named_with_the_file(tmp_path, monkeypatch):
    def refuse(self, **options):
        raise OSError(EROFS, os.strerror(EROFS), str(self))

    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(OSError, match=r"of 'a\.txt' must be a folder that takes files") as told:
        require_output(tmp_path / "new" / "a.txt")
    assert "Read-only file system" in str(told.value)
    assert "unfinished" not in str(told.value)
    with pytest.raises(OSError, match="must be a folder that takes files"):
        require_folder(tmp_path)


def test_a_look_leaves_nothing_but_the_folder(tmp_path):
    assert require_output(tmp_path / "new" / "a.txt") == tmp_path / "new" / "a.txt"
    assert require_folder(tmp_path / "other") == tmp_path / "other"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["new", "other"]


def test_what_fails_in_writing_names_the_path_that_was_asked_for(tmp_path):
    def full(temporary):
        temporary.write_text("ha")
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    with pytest.raises(OSError, match=r"a\.txt' must be a file that can be written.*Free some"):
        write_atomic(tmp_path / "a.txt", full)
    with pytest.raises(FileNotFoundError, match=r"a\.png' must be a file") as told:
        write_atomic(tmp_path / "a.png", lambda temporary: None)
    assert "unfinished" not in str(told.value)
    assert list(tmp_path.iterdir()) == []


def test_an_error_about_another_file_stays_as_it_is(tmp_path):
    with pytest.raises(FileNotFoundError) as told:
        write_atomic(tmp_path / "a.txt", lambda temporary: (tmp_path / "gone").read_text())
    assert told.value.filename == str(tmp_path / "gone")
