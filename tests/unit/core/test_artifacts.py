import json

import pytest

from brainscan._core.artifacts import read_json, write_atomic, write_json, write_text


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
