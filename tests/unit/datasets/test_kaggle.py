import sys
from types import ModuleType

import numpy as np
import pytest

from brainscan.datasets.kaggle import HANDLE, kaggle253
from brainscan.datasets.load import load
from brainscan.datasets.scan import digest


def install(monkeypatch, dataset_download) -> None:
    """Stand in for kagglehub."""
    module = ModuleType("kagglehub")
    monkeypatch.setattr(module, "dataset_download", dataset_download, raising=False)
    monkeypatch.setitem(sys.modules, "kagglehub", module)


def test_the_download_goes_through_kagglehub(write_images, monkeypatch):
    asked = []
    root = write_images("no/a.png", "yes/b.png", "yes/c.png")

    def dataset_download(handle: str) -> str:
        asked.append(handle)
        return str(root)

    install(monkeypatch, dataset_download)
    data = load("kaggle253")
    assert asked == ["navoneel/brain-mri-images-for-brain-tumor-detection"]
    assert data.name == "kaggle253"
    assert data.class_counts == {"no": 1, "yes": 2}
    assert data.labels.tolist() == [0, 1, 1]
    assert data.licence == "unverified on Kaggle: do not redistribute"
    assert "Chakrabarty" in data.citation
    assert HANDLE in data.citation


def test_a_folder_on_disk_needs_no_kagglehub(write_images, monkeypatch):
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    root = write_images("brain_tumor_dataset/no/a.png", "brain_tumor_dataset/yes/b.png")
    assert kaggle253(path=root).ids == ("no/a.png", "yes/b.png")


def test_without_kagglehub_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    with pytest.raises(ImportError, match=r"pip install 'brainscan\[kaggle\]'"):
        load("kaggle253")


def test_a_failed_download_says_how_to_go_on(monkeypatch):
    def dataset_download(handle: str) -> str:
        raise OSError("no route to host")

    install(monkeypatch, dataset_download)
    with pytest.raises(ConnectionError, match=r"got no route to host.*load\('kaggle253', path="):
        load("kaggle253")


def test_the_papers_images_hold_the_duplicates_that_were_counted_by_hand(kaggle253):
    data = load("kaggle253", path=kaggle253)
    assert data.class_counts == {"no": 98, "yes": 155}
    assert data.class_names == ("no", "yes")
    assert data.unreadable == ()
    assert len(np.unique(data.groups)) in (209, 210)
    assert all(len(set(data.labels[data.groups == g])) == 1 for g in np.unique(data.groups))
    copies: dict[bytes, list[int]] = {}
    for i, name in enumerate(data.ids):
        copies.setdefault(digest(kaggle253 / name), []).append(i)
    identical = [members for members in copies.values() if len(members) > 1]
    assert len(identical) == 22
    assert sum(len(members) - 1 for members in identical) == 25
    assert all(len(set(data.groups[members])) == 1 for members in identical)
