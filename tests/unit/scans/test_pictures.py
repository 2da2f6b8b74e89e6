import io

import numpy as np
import pytest
from PIL import Image

import scan_files
from brainscan import scans

PICTURES = dict(scan_files.pictures())


@pytest.mark.parametrize("kind", PICTURES)
def test_every_kind_of_picture_is_read_as_what_it_is(kind):
    scan = scans.read(PICTURES[kind])
    assert scan.format == kind.split()[0]
    assert (scan.plane, scan.orientation, scan.spacing_mm, scan.affine) == (None,) * 4
    assert scan.slices[0].shape[:2] == (24, 32)


@pytest.mark.parametrize("kind", ["png 16 bits", "tiff 16 bits", "tiff 16 bits colour"])
def test_sixteen_bits_stay_sixteen(kind):
    scan = scans.read(PICTURES[kind])
    assert scan.bits == 16
    assert scan.slices[0].dtype == np.uint16
    assert scan.slices[0].max() > 255


def test_each_page_of_a_tiff_file_is_a_slice():
    scan = scans.read(PICTURES["tiff pages"])
    assert [image.shape for image in scan.slices] == [(24, 32), (24, 33), (24, 34)]
    for page in (1, 2):
        np.testing.assert_array_equal(scan.slices[page], scan_files.textured(24, 32 + page))
    assert repr(scan) == "Scan(tiff: 3 slices of 24x32 and 24x33 and 24x34, 8 bits)"


def test_pages_of_sixteen_bit_colour_keep_their_bits(tmp_path):
    import cv2

    pages = [scan_files.textured(20, 30, 3, top=65535, dtype=np.uint16) + n for n in range(3)]
    assert cv2.imwritemulti(str(tmp_path / "a.tiff"), [page[..., ::-1] for page in pages])
    scan = scans.read(tmp_path / "a.tiff")
    for found, page in zip(scan.slices, pages, strict=True):
        np.testing.assert_array_equal(found, page)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_moving_picture_is_refused(kind):
    frames = [Image.fromarray(scan_files.textured(24, 32 + n)[:, :32].copy()) for n in range(3)]
    content = scan_files.encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    with pytest.raises(ValueError, match=r"^scan must hold .*; it holds 3\. Split it into files"):
        scans.read(content)


def test_paths_bytes_and_open_files_give_the_same(tmp_path):
    content = PICTURES["png gray"]
    path = tmp_path / "patient.dcm"  # the content counts, not the suffix
    path.write_bytes(content)
    with path.open("rb") as file:
        sources = (path, str(path), content, bytearray(content), io.BytesIO(content), file)
        found = [scans.read(source).slices[0] for source in sources]
    for image in found:
        np.testing.assert_array_equal(image, scan_files.textured(24, 32))


def test_a_png_with_a_wrong_checksum_is_refused():
    content = bytearray(PICTURES["png gray"])
    content[content.index(b"IDAT") + 50] ^= 1
    with pytest.raises(ValueError, match="checksum of one of its chunks is wrong"):
        scans.read(bytes(content))


def test_a_tiff_without_some_of_its_strips_is_refused():
    strips = scan_files.encoded(scan_files.textured(64, 400), "TIFF", tiffinfo={278: 16})
    fewer = strips.replace(b"\x11\x01\x04\x00\x04\x00\x00\x00", b"\x11\x01\x04\x00\x03\x00\x00\x00")
    assert fewer != strips
    with pytest.raises(ValueError, match="strips or tiles of it are missing"):
        scans.read(fewer)


def test_values_that_are_no_numbers_are_refused():
    image = np.full((8, 9), np.nan, np.float32)
    with pytest.raises(ValueError, match="must hold finite pixels; got 72 that are NaN"):
        scans.read(scan_files.encoded(image, "TIFF"))


def test_a_plane_or_a_series_of_a_picture_is_refused():
    with pytest.raises(ValueError, match="cut in the axial plane; it is a picture"):
        scans.read(PICTURES["png gray"], plane="axial")
    with pytest.raises(ValueError, match="must be a folder for a series to be chosen"):
        scans.read(PICTURES["png gray"], series=1)


def test_a_slice_is_shown_from_its_extremes_where_there_is_no_window():
    shown = scans.read(PICTURES["png 16 bits"]).windowed(0)
    assert (shown.dtype, shown.min(), shown.max()) == (np.uint8, 0, 255)


def photograph(**options):
    image = Image.fromarray(scan_files.textured(96, 128, 3))
    return scan_files.encoded(image, "JPEG", quality=95, **options)


@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=["baseline", "progressive"])
def test_a_jpeg_file_with_a_hole_that_pillow_fills_is_refused(options):
    content = photograph(**options)
    opened = refused = 0
    for at in range(len(content) // 2, len(content) - 200, 37):
        holed = content[:at] + content[at + 60 :]
        try:
            Image.open(io.BytesIO(holed)).load()
        except OSError:
            continue
        opened += 1
        try:
            scans.read(holed)
        except ValueError:
            refused += 1
    assert opened > 10
    with pytest.raises(ValueError, match="whole image file"):
        scans.read(content[: len(content) // 2] + content[len(content) // 2 + 400 :])
    assert refused > opened / 2  # the others leave a file that decodes to its end


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_jpeg_file_has_the_pixels_that_pillow_decodes(mode):
    image = Image.fromarray(scan_files.textured(96, 128, 3)).convert(mode)
    content = scan_files.encoded(image, "JPEG")
    expected = Image.open(io.BytesIO(content))
    if mode == "CMYK":
        expected = expected.convert("RGB")
    np.testing.assert_array_equal(scans.read(content).slices[0], np.asarray(expected))
