import json
import zipfile
from contextlib import suppress
from io import BytesIO

import numpy as np
import pytest

from brainscan.predict import archive
from brainscan.predict.archive import read_archive, write_archive

FILES = {"bundle.json": b"{}", "network.safetensors": bytes(range(256)) * 4}


@pytest.fixture
def path(tmp_path):
    write_archive(tmp_path / "a.brainscan", FILES)
    return tmp_path / "a.brainscan"


def rewritten(path, change, method=zipfile.ZIP_STORED):
    """Write the archive anew after ``change`` of its files, as somebody with a zip tool would."""
    with zipfile.ZipFile(path) as old:
        files = {name: old.read(name) for name in old.namelist()}
    change(files)
    with zipfile.ZipFile(path, "w", method) as new:
        for name, content in files.items():
            new.writestr(name, content)


def test_what_was_written_is_read(path):
    read = read_archive(path)
    assert dict(read.files) == FILES
    assert read.digest == write_archive(path.with_name("b"), FILES)  # the same bytes every time
    assert sorted(file.name for file in path.parent.iterdir()) == ["a.brainscan", "b"]


def test_any_zip_tool_opens_it(path):
    with zipfile.ZipFile(path) as opened:
        assert opened.testzip() is None
        assert opened.read("network.safetensors") == FILES["network.safetensors"]


def test_every_changed_byte_is_noticed_or_changes_nothing(path):
    whole = path.read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << (place % 8)
        path.write_bytes(damaged)
        with suppress(ValueError):
            assert dict(read_archive(path).files) == FILES


def test_every_truncation_is_refused(path):
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="must be a whole brainscan bundle"):
            read_archive(path)


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/passwd", "a/../../b", "C:\\x", "a\\b", "a b", "é.json", "A.json"]
)
def test_names_that_lead_elsewhere_are_refused(path, name):
    rewritten(path, lambda files: files.update({name: b"x"}))
    with pytest.raises(ValueError, match="file of the name|manifest"):
        read_archive(path)
    with pytest.raises(ValueError, match="plain name"):
        write_archive(path, {name: b""})


def test_a_bomb_is_refused_before_it_unpacks(path):
    rewritten(path, lambda f: f.update({"zeros.json": bytes(10**7)}), zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 10**5
    with pytest.raises(ValueError, match="compressed or encrypted"):
        read_archive(path)


def test_entries_that_share_their_bytes_are_refused(path):
    content = bytearray(path.read_bytes())
    # The size that the directory gives for the largest entry, a thousandfold.
    place = content.rindex(b"PK\x01\x02", 0, content.rindex(b"network.safetensors"))
    content[place + 20 : place + 28] = np.array([2**20, 2**20], "<u4").tobytes()
    path.write_bytes(content)
    with pytest.raises(ValueError, match="larger than itself"):
        read_archive(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.pop("manifest.json"), "no manifest"),
        (lambda f: f.pop("bundle.json"), "must list its files"),
        (lambda f: f.update({"more.json": b""}), "must list its files"),
        (lambda f: f.update({"bundle.json": b"[]"}), "bundle.json was changed"),
        (lambda f: f.update({"manifest.json": b"{"}), "no JSON"),
        (lambda f: f.update({"manifest.json": b"[" * 10**5}), "no JSON"),
        (lambda f: f.update({"manifest.json": b"{}"}), "something else"),
        (lambda f: f.update({"manifest.json": b"[]"}), "something else"),
    ],
)
def test_what_does_not_fit_its_manifest_is_refused(path, change, message):
    rewritten(path, change)
    with pytest.raises(ValueError, match=message):
        read_archive(path)


def test_a_later_format_asks_for_a_later_version(path):
    def later(files):
        manifest = json.loads(files["manifest.json"])
        files["manifest.json"] = json.dumps(manifest | {"version": 2}).encode()

    rewritten(path, later)
    with pytest.raises(ValueError, match="has format 2, .* reads 1: install a later one"):
        read_archive(path)


def test_other_files_are_refused(path):
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as other:
        other.writestr("word.xml", "text")
    for content in (b"", b"PK", b"\x89PNG\r\n\x1a\n", b"#!/bin/sh\n", buffer.getvalue()):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="must be a whole brainscan bundle"):
            read_archive(path)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_archive(path.with_name("nowhere"))


def test_one_too_large_is_not_read(path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_BYTES", 100)
    with pytest.raises(ValueError, match="more than 100"):
        read_archive(path)


def test_a_failed_write_leaves_the_old_one(path, monkeypatch):
    before = path.read_bytes()
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        write_archive(path, {"other.json": b""})
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
