"""Whatever bytes come, decoding gives an image or a ValueError that names the file."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from brainscan._core.reading import decode_image

SIDES = st.integers(1, 20)


def encoded(array: np.ndarray, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, format=kind, **options)
    return buffer.getvalue()


def whole_files() -> list[bytes]:
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)
    files = [encoded(rgb, kind) for kind in ("PNG", "JPEG", "TIFF", "BMP", "WEBP")]
    files += [encoded(rgb, "TIFF", compression=c) for c in ("tiff_lzw", "packbits")]
    return [*files, encoded(rng.integers(0, 65536, (20, 30), dtype=np.uint16), "PNG")]


FILES = whole_files()


@settings(max_examples=150)
@given(
    content=st.sampled_from(FILES),
    flips=st.lists(st.tuples(st.integers(0, 399), st.integers(0, 255)), max_size=4),
    kept=st.floats(0, 1) | st.just(1.0),
)
@pytest.mark.filterwarnings("ignore")  # Pillow warns of oddities it can live with
def test_damage_gives_an_image_or_a_value_error(content, flips, kept):
    damaged = bytearray(content)
    for position, value in flips:
        damaged[position % len(damaged)] = value
    try:
        image = decode_image(bytes(damaged[: int(kept * len(damaged))]), "scan.png")
    except ValueError as error:
        assert str(error).startswith("scan.png must")  # noqa: PT017
    else:
        assert image.ndim in (2, 3)
        assert image.dtype in (np.uint8, np.uint16, np.float32)


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_no_image(content):
    with pytest.raises(ValueError, match=r"^scan must"):
        decode_image(content, "scan")


@given(st.data())
def test_png_gives_back_what_was_written(data):
    kind, channels = data.draw(st.sampled_from([(np.uint8, ()), (np.uint8, (3,)), (np.uint16, ())]))
    array = data.draw(arrays(kind, st.tuples(SIDES, SIDES).map(lambda size: (*size, *channels))))
    found = decode_image(encoded(array, "PNG"))
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)
