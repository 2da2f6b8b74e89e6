import struct

import cv2
import numpy as np
import pytest
from PIL import Image

import scan_files
from brainscan._core.reading import decode_image, decode_pages
from brainscan._core.tiff import page_pixels

GRAY = scan_files.textured(24, 32)
COLOUR = scan_files.textured(24, 32, 3).astype(np.float32)


@pytest.mark.parametrize("options", [{}, {"big_tiff": True}, {"compression": "tiff_lzw"}])
def test_the_pixels_of_each_page(options):
    pages = [Image.fromarray(GRAY[:, :width].copy()) for width in (32, 20, 10)]
    content = scan_files.encoded(
        pages[0], "TIFF", save_all=True, append_images=pages[1:], **options
    )
    assert page_pixels(content, most=10) == [24 * 32, 24 * 20, 24 * 10]
    assert page_pixels(content, most=2) == [24 * 32, 24 * 20]


def directory(*entries: tuple[int, int, int, int]) -> bytes:
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + body + bytes(4)


def test_tiles_and_many_samples_count():
    size = ((256, 4, 1, 10), (257, 4, 1, 10))
    assert page_pixels(directory(*size), 1) == [100]
    assert page_pixels(directory(*size, (322, 4, 1, 64), (323, 4, 1, 64)), 1) == [4096]
    assert page_pixels(directory(*size, (277, 3, 1, 9)), 1) == [300]


@pytest.mark.parametrize(
    "content",
    [
        directory((256, 4, 1, 10), (257, 4, 1, 10), (256, 4, 1, 99)),
        directory((256, 4, 2, 10), (257, 4, 1, 10)),
        directory((256, 2, 1, 10), (257, 4, 1, 10)),
        directory((256, 4, 1, 10)),
        directory((256, 4, 1, 10), (257, 4, 1, 10))[:20],
        b"II*\0\xff\xff\xff\x7f",
    ],
    ids=["twice", "several", "as text", "no length", "cut short", "beyond the end"],
)
def test_a_damaged_directory_is_refused(content):
    with pytest.raises(ValueError, match="its directory of tags"):
        page_pixels(content, 1)


def test_what_pillow_does_not_know_is_within_the_limits_too():
    content = cv2.imencode(".tiff", COLOUR)[1].tobytes()
    assert decode_image(content).shape == (24, 32, 3)
    with pytest.raises(ValueError, match="must have at most 700 pixels; it has more"):
        decode_pages(content, max_pixels=700)


def test_several_pages_that_pillow_does_not_know_are_refused(tmp_path):
    assert cv2.imwritemulti(str(tmp_path / "a.tiff"), [COLOUR, COLOUR])
    with pytest.raises(ValueError, match="must hold one image; it holds several"):
        decode_image((tmp_path / "a.tiff").read_bytes())
