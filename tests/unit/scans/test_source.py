import os

import pytest

from brainscan import scans


def test_nothing_at_the_path(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"^scan must be a file or a folder that exists"):
        scans.read(tmp_path / "absent.png")


def test_the_path_is_not_repeated(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        scans.read(tmp_path / "Doe_Jane_1970.dcm")
    assert "Doe" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("content", [b"", b"no scan at all", b"\x1f\x8b\x08" + bytes(40)])
def test_other_content_is_refused(content):
    with pytest.raises(ValueError, match=r"^scan must be a"):
        scans.read(content)


def test_the_name_is_the_callers():
    with pytest.raises(ValueError, match=r"^the third upload must be a file with content"):
        scans.read(b"", name="the third upload")


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="its path leads to something else"):
        scans.read(tmp_path / "pipe")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read any file")
def test_a_file_that_may_not_be_read(tmp_path):
    (tmp_path / "a.png").touch(0)
    with pytest.raises(ValueError, match="the system says Permission denied"):
        scans.read(tmp_path / "a.png")


@pytest.mark.parametrize(("kind", "extra"), [("dicom", "dicom"), ("nifti", "nifti")])
def test_what_is_not_installed_is_named_with_its_extra(kind, extra, monkeypatch):
    import sys

    import scan_files

    content = next(getattr(scan_files, f"{kind}s")())[1]
    for name in [name for name in sys.modules if name.split(".")[0] in ("pydicom", "nibabel")]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("pydicom", "pydicom.pixels", "nibabel"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=rf"pip install 'brainscan\[{extra}\]'"):
        scans.read(content)
