import shutil

import numpy as np
from PIL import Image

from brainscan.datasets.scan import Scanned, digest, scan


def test_the_size_and_a_thumbnail_are_kept_of_what_decodes(tmp_path):
    left_half = np.zeros((64, 96, 3), np.uint8)
    left_half[:, :48] = 200
    Image.fromarray(left_half).save(tmp_path / "a.png")
    (result,) = scan([tmp_path / "a.png"])
    assert isinstance(result, Scanned)
    assert result.size == (64, 96)
    np.testing.assert_allclose(result.thumbnail[:, :16], 200, atol=1e-3)
    np.testing.assert_allclose(result.thumbnail[:, 16:], 0, atol=1e-3)


def test_what_does_not_decode_gives_the_reason_in_its_place(tmp_path):
    Image.new("L", (5, 5)).save(tmp_path / "good.png")
    (tmp_path / "text.jpg").write_text("no image")
    (tmp_path / "empty.png").touch()
    Image.fromarray(np.full((4, 4), np.nan, np.float32)).save(tmp_path / "nan.tif")
    names = ("text.jpg", "good.png", "empty.png", "nan.tif", "absent.png")
    text, good, empty, nan, absent = scan([tmp_path / name for name in names])
    assert isinstance(good, Scanned)
    assert "text.jpg must be a PNG" in str(text)
    assert "empty.png must be an image file; it is empty" in str(empty)
    assert "nan.tif must hold finite pixels; got 16" in str(nan)
    assert "No such file" in str(absent)


def test_copies_have_one_digest(tmp_path):
    (tmp_path / "a").write_bytes(b"scan")
    (tmp_path / "b").write_bytes(b"scam")
    shutil.copy(tmp_path / "a", tmp_path / "c")
    assert digest(tmp_path / "a") == digest(tmp_path / "c") != digest(tmp_path / "b")
