import numpy as np
import pytest

from brainscan.datasets.dataset import Dataset
from brainscan.datasets.load import load
from brainscan.datasets.registry import loaders, names, register


@pytest.fixture
def registered():
    @register("test_ward")
    def ward(n: int = 2) -> Dataset:
        images = [np.full((4, 4), i, np.uint8) for i in range(n)]
        labels = np.arange(n) % 2
        return Dataset(
            "ward", images, labels, tuple(map(str, range(n))), np.arange(n), ("no", "yes")
        )

    yield ward
    del loaders._entries["test_ward"]


def test_a_registered_name_calls_its_loader_with_the_options(registered):
    assert "test_ward" in names()
    assert len(load("test_ward")) == 2
    assert len(load("test_ward", n=6)) == 6


def test_a_name_taken_twice_is_refused(registered):
    with pytest.raises(ValueError, match="'test_ward' is registered already"):
        register("test_ward")(registered)


def test_an_existing_folder_is_read_as_path_and_as_string(write_images):
    root = write_images("no/a.png", "yes/b.png")
    for place in (root, str(root)):
        data = load(place)
        assert data.ids == ("no/a.png", "yes/b.png")
        assert data.name == "scans"


def test_a_folder_is_found_by_a_bare_relative_name(write_images, monkeypatch):
    monkeypatch.chdir(write_images("no/a.png", "yes/b.png").parent)
    assert len(load("scans")) == 2
    monkeypatch.chdir("scans")
    assert load(".").name == "scans"


def test_options_reach_the_folder_loader(write_images):
    root = write_images("no/a.png", "yes/b.png")
    assert load(root, classes=("yes", "no")).class_names == ("yes", "no")


def test_a_registered_name_wins_over_a_folder_of_that_name(registered, tmp_path, monkeypatch):
    (tmp_path / "test_ward").mkdir()
    monkeypatch.chdir(tmp_path)
    assert load("test_ward").name == "ward"


@pytest.mark.parametrize("kind", [str, lambda path: path])
def test_a_missing_path_says_that_there_is_no_folder(tmp_path, kind):
    with pytest.raises(FileNotFoundError, match=r"must be an existing folder; there is none at"):
        load(kind(tmp_path / "absent"))


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "scans.zip").write_bytes(b"PK")
    with pytest.raises(FileNotFoundError, match=r"it is a file at .*scans\.zip"):
        load(tmp_path / "scans.zip")


def test_an_unknown_name_offers_the_nearest_and_a_folder(registered):
    with pytest.raises(ValueError, match=r"Did you mean 'test_ward'\?.*A folder of images would"):
        load("test_wrd")


def test_the_empty_name_does_not_read_the_working_folder(write_images, monkeypatch):
    monkeypatch.chdir(write_images("no/a.png", "yes/b.png"))
    with pytest.raises(ValueError, match="got ''"):
        load("")


def test_an_option_that_the_loader_does_not_take(registered):
    with pytest.raises(ValueError, match=r"load\('test_ward'\) takes the options n; .*'labels'"):
        load("test_ward", labels="x.csv")


@pytest.mark.parametrize("value", [None, 3])
def test_neither_name_nor_path(value):
    with pytest.raises(
        TypeError, match=f"a registered name or the path .* got {type(value).__name__}"
    ):
        load.__wrapped__(value)
