import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from brainscan._core.reading import MAX_PIXELS, decode_image, read_image

RNG = np.random.default_rng(0)
GRAY = RNG.integers(0, 256, (12, 17), dtype=np.uint8)
RGB = RNG.integers(0, 256, (12, 17, 3), dtype=np.uint8)
RGBA = RNG.integers(0, 256, (12, 17, 4), dtype=np.uint8)
GRAY16 = RNG.integers(0, 65536, (12, 17), dtype=np.uint16)


def saved(path: Path, array, **options) -> np.ndarray:
    """Write with Pillow, read with ours."""
    image = array if isinstance(array, Image.Image) else Image.fromarray(array)
    image.save(path, **options)
    return read_image(path)


def same(found: np.ndarray, expected: np.ndarray) -> None:
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".tiff", ".bmp"])
@pytest.mark.parametrize("array", [GRAY, RGB], ids=["gray", "rgb"])
def test_lossless_formats_give_the_pixels_written(tmp_path, suffix, array):
    same(saved(tmp_path / f"scan{suffix}", array), array)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_transparency_is_kept_as_a_fourth_channel(tmp_path, suffix):
    options = {"lossless": True, "exact": True} if suffix == ".webp" else {}
    same(saved(tmp_path / f"scan{suffix}", RGBA, **options), RGBA)


def test_webp_in_colour(tmp_path):
    same(saved(tmp_path / "scan.webp", RGB, lossless=True), RGB)


@pytest.mark.parametrize("shape", [(40, 50), (40, 50, 3)])
def test_jpeg_is_near_what_was_written(tmp_path, shape):
    ramp = np.broadcast_to(
        np.linspace(0, 255, 50, dtype=np.uint8).reshape(1, 50, *[1] * (len(shape) - 2)), shape
    )
    found = saved(tmp_path / "scan.jpg", np.ascontiguousarray(ramp), quality=95)
    assert found.shape == shape
    assert np.abs(found.astype(int) - ramp).max() <= 4


def test_gray_with_alpha_becomes_rgba(tmp_path):
    alpha = GRAY[::-1]
    image = Image.merge("LA", [Image.fromarray(GRAY), Image.fromarray(alpha)])
    same(saved(tmp_path / "scan.png", image), np.stack([GRAY, GRAY, GRAY, alpha], axis=2))


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp"])
def test_one_bit_is_black_and_white(tmp_path, suffix):
    bits = GRAY > 127
    image = Image.fromarray((bits * 255).astype(np.uint8)).convert("1")
    same(saved(tmp_path / f"scan{suffix}", image), bits.astype(np.uint8) * np.uint8(255))


COLOURS = np.array([[250, 5, 20], [1, 2, 3], [90, 200, 7]], np.uint8)


def palette_image() -> tuple[Image.Image, np.ndarray]:
    indices = (GRAY % 3).astype(np.uint8)
    image = Image.fromarray(indices, mode=None)
    image = Image.frombytes("P", image.size, indices.tobytes())
    image.putpalette(COLOURS.tobytes())
    return image, indices


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp"])
def test_a_palette_is_resolved_to_its_colours(tmp_path, suffix):
    image, indices = palette_image()
    same(saved(tmp_path / f"scan{suffix}", image), COLOURS[indices])


@pytest.mark.parametrize("transparency", [1, b"\xff\x00\xff"])
def test_a_palette_with_transparency_gives_rgba(tmp_path, transparency):
    image, indices = palette_image()
    found = saved(tmp_path / "scan.png", image, transparency=transparency)
    same(found[:, :, :3], COLOURS[indices])
    same(found[:, :, 3], np.where(indices == 1, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bit_gray(tmp_path, suffix):
    same(saved(tmp_path / f"scan{suffix}", GRAY16), GRAY16)


def test_sixteen_bit_gray_of_the_other_byte_order(tmp_path):
    image = Image.frombytes("I;16B", (17, 12), GRAY16.astype(">u2").tobytes())
    same(saved(tmp_path / "scan.tif", image), GRAY16)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("channels", [3, 4])
def test_sixteen_bit_colour_keeps_sixteen_bits_and_rgb_order(tmp_path, suffix, channels):
    colour = RNG.integers(0, 65536, (12, 17, channels), dtype=np.uint16)
    to_bgr = [2, 1, 0, 3][:channels]
    assert cv2.imwrite(str(tmp_path / f"scan{suffix}"), np.ascontiguousarray(colour[..., to_bgr]))
    same(read_image(tmp_path / f"scan{suffix}"), colour)


def test_sixteen_bit_gray_with_alpha_keeps_sixteen_bits(tmp_path):
    same(decode_image(png_la16(GRAY16, GRAY16[::-1]))[:, :, 0], GRAY16)


def png_la16(gray: np.ndarray, alpha: np.ndarray) -> bytes:
    """A PNG of colour type 4, 16 bits deep, which Pillow does not write."""
    from struct import pack
    from zlib import compress, crc32

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", crc32(kind + data))

    rows = np.stack([gray, alpha], axis=2).astype(">u2")
    height, width = gray.shape
    lines = b"".join(b"\0" + row.tobytes() for row in rows)
    header = pack(">IIBBBBB", width, height, 16, 4, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", compress(lines)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_float_and_signed_tiff_become_float32(tmp_path):
    values = RNG.normal(size=(12, 17)).astype(np.float32)
    same(saved(tmp_path / "a.tif", values), values)
    signed = (GRAY16.astype(np.int32) - 40000).astype(np.int32)
    same(saved(tmp_path / "b.tif", signed), signed.astype(np.float32))
    colour = RNG.normal(size=(12, 17, 3)).astype(np.float32)
    assert cv2.imwrite(str(tmp_path / "c.tif"), np.ascontiguousarray(colour[..., ::-1]))
    same(read_image(tmp_path / "c.tif"), colour)
    assert cv2.imwrite(str(tmp_path / "d.tif"), values.astype(np.float64))
    same(read_image(tmp_path / "d.tif"), values)


def test_the_content_counts_and_not_the_suffix(tmp_path):
    Image.fromarray(RGB).save(tmp_path / "scan.jpg", format="PNG")
    same(read_image(tmp_path / "scan.jpg"), RGB)


def test_one_pixel(tmp_path):
    same(saved(tmp_path / "scan.png", GRAY[:1, :1]), GRAY[:1, :1])


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"image file must exist; got .*absent\.png"):
        read_image(tmp_path / "absent.png")


def test_an_empty_file_is_named(tmp_path):
    (tmp_path / "scan.png").touch()
    with pytest.raises(ValueError, match=r"scan\.png must be an image file; it is empty"):
        read_image(tmp_path / "scan.png")


def test_text_is_no_image(tmp_path):
    (tmp_path / "scan.jpg").write_text("not an image at all")
    with pytest.raises(ValueError, match=r"scan\.jpg must be a PNG, JPEG.*none of these"):
        read_image(tmp_path / "scan.jpg")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".bmp", ".webp"])
def test_a_file_cut_short_is_refused(tmp_path, suffix):
    path = tmp_path / f"scan{suffix}"
    Image.fromarray(np.tile(RGB, (5, 5, 1))).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ValueError, match=rf"scan\{suffix} must be"):
        read_image(path)


@pytest.mark.parametrize("suffix", [".tif", ".png", ".webp"])
def test_several_pages_are_refused(tmp_path, suffix):
    path = tmp_path / f"scan{suffix}"
    pages = [Image.fromarray(RGB), Image.fromarray(RGB[::-1].copy()), Image.fromarray(255 - RGB)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    with pytest.raises(ValueError, match=r"must hold one image; it holds 3\. Split it"):
        read_image(path)


@pytest.mark.parametrize("width", [MAX_PIXELS // 100 + 1, 10**9])
def test_too_many_pixels_are_refused_before_they_are_decoded(width):
    with pytest.raises(ValueError, match="scan must have at most 100,000,000 pixels"):
        decode_image(bmp_header(width, 100), "scan")


def bmp_header(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (1, 1)).save(buffer, format="BMP")
    content = bytearray(buffer.getvalue())
    content[18:26] = width.to_bytes(4, "little") + height.to_bytes(4, "little")
    return bytes(content)
