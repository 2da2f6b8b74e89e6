"""Decode a DICOM file's pixels with pydicom's decoders, after a look at what they would take."""

from collections.abc import Iterator
from typing import Any

from numpy.typing import NDArray

from brainscan._core.extras import require
from brainscan._core.whole import check_jpeg, has_many_scans
from brainscan.scans.codestream import jpeg_2000_size, jpeg_size, rle_is_longer
from brainscan.scans.header import Header
from brainscan.scans.quiet import Quiet

_JPEG = frozenset(f"1.2.840.10008.1.2.4.{number}" for number in (50, 51, 57, 70))
_JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
_JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
_JPEG_LS = frozenset(f"1.2.840.10008.1.2.4.{number}" for number in (80, 81))
_JPEG_2000 = frozenset(f"1.2.840.10008.1.2.4.{number}" for number in (90, 91, 201, 202, 203))
_RLE = "1.2.840.10008.1.2.5"
_NATIVE = frozenset(f"1.2.840.10008.1.2{end}" for end in ("", ".1", ".1.99", ".2"))
# The first that is installed decodes, and no other tries again what it refused: some are lenient.
_PREFERRED = ("pydicom", "pyjpegls", "pillow", "pylibjpeg", "gdcm")
_PREFERRED_2000 = ("pylibjpeg", "gdcm", "pillow")


def decode_frames(header: Header) -> Iterator[NDArray[Any]]:
    """Decode the frames one by one, ``(rows, columns)`` or ``(rows, columns, 3)``, as stored.

    Raises:
        ImportError: pydicom or a decoder that the extra brings is not installed.
        ValueError: the pixels are cut short, damaged, larger than the file says, or compressed in a
            way that is not read.
    """
    pixels = header.pixels
    decoder, plugin = _decoder(header)
    if header.transfer_syntax in _NATIVE:
        _check_length(header)
    else:
        _check_compressed(header)
    count = 0
    try:
        frames = decoder.iter_array(
            header.data,
            decoding_plugin=plugin,
            rows=pixels.rows,
            columns=pixels.columns,
            number_of_frames=pixels.frames,
            samples_per_pixel=pixels.samples,
            bits_allocated=pixels.allocated,
            bits_stored=pixels.stored,
            pixel_representation=int(pixels.signed),
            photometric_interpretation=pixels.photometric,
            planar_configuration=pixels.planar,
            pixel_keyword="PixelData",
            pixel_vr="OW",
            allow_excess_frames=False,
            **_offsets(header),
        )
        with Quiet():  # once more: the loggers of what was imported only now
            for array, _ in frames:
                count += 1
                yield array
    except MemoryError:
        raise ValueError("must fit into memory once unpacked; it does not.") from None
    except Exception:  # noqa: BLE001  on a damaged file the decoders may raise anything
        count = -1  # what they say is not repeated: it might hold values of elements
    if count != pixels.frames:
        raise ValueError(_not_whole(header))


def _decoder(header: Header) -> tuple[Any, str]:
    """Return pydicom's decoder and the plugin that it shall use."""
    pixels = require("pydicom.pixels", extra="dicom")
    syntax = header.transfer_syntax
    if syntax not in _NATIVE | _JPEG | _JPEG_LS | _JPEG_2000 | {_RLE}:
        raise ValueError(
            "must be stored plainly or compressed as JPEG, JPEG-LS, JPEG 2000 or RLE; its transfer "
            "syntax is another. Convert it with dcmtk's dcmconv or gdcmconv."
        )
    decoder = pixels.get_decoder(syntax)
    if syntax in _NATIVE:
        return decoder, ""
    usable = [name for name in _preferred(header) if name in decoder.available_plugins]
    if usable:
        return decoder, usable[0]
    if syntax in _JPEG:
        raise ValueError(
            "must be compressed in a way that can be read; lossless JPEG and JPEG of 12 bits need "
            "a decoder that the extra 'dicom' does not bring. Install one (pip install "
            "python-gdcm), or convert the file with dcmtk's dcmdjpeg."
        )
    require("openjpeg" if syntax in _JPEG_2000 else "jpeg_ls", extra="dicom")
    require("pylibjpeg", extra="dicom")
    raise ValueError("must be compressed in a way that the installed decoders read; it is not.")


def _preferred(header: Header) -> tuple[str, ...]:
    if header.transfer_syntax in _JPEG_2000:
        return _PREFERRED_2000
    if header.transfer_syntax == _JPEG_EXTENDED and header.pixels.stored > 8:
        return tuple(name for name in _PREFERRED if name != "pillow")
    return _PREFERRED


def _offsets(header: Header) -> dict[str, tuple[bytes, bytes]]:
    return {"extended_offsets": header.offsets} if header.offsets else {}


def _check_length(header: Header) -> None:
    """Raise ValueError unless plain pixels have just the length that the header gives them."""
    pixels = header.pixels
    count = pixels.rows * pixels.columns * pixels.frames
    bits = count * pixels.samples * pixels.allocated
    if pixels.photometric == "YBR_FULL_422":
        bits = count * 2 * pixels.allocated
    expected = -(-bits // 8)
    if len(header.data) not in (expected, expected + expected % 2):
        raise ValueError(
            f"must hold {expected:,} bytes of pixels ({pixels.frames} frames of "
            f"{pixels.rows}x{pixels.columns}); it holds {len(header.data):,}. It may be cut short."
        )


def _check_compressed(header: Header) -> None:
    """Raise ValueError unless each compressed frame is of the size that the header gives it."""
    encapsulated = require("pydicom.encaps", extra="dicom")
    pixels = header.pixels
    try:
        frames: list[bytes] = list(
            encapsulated.generate_frames(
                header.data, number_of_frames=pixels.frames, **_offsets(header)
            )
        )
    except Exception:  # noqa: BLE001  as in decode_frames
        frames = []
    if len(frames) != pixels.frames:
        raise ValueError(_not_whole(header))
    for frame in frames:
        if header.transfer_syntax == _RLE:
            if len(frame) < 64 or rle_is_longer(frame, pixels.rows * pixels.columns):
                raise ValueError(_not_whole(header))
        else:
            _check_size(header, frame)


def _check_size(header: Header, frame: bytes) -> None:
    size_of = jpeg_2000_size if header.transfer_syntax in _JPEG_2000 else jpeg_size
    size, pixels = size_of(frame), header.pixels
    if size[:3] != (pixels.rows, pixels.columns, pixels.samples) or size.bits > pixels.allocated:
        raise ValueError(
            f"must have frames of {pixels.rows}x{pixels.columns} pixels with {pixels.samples} "
            f"samples of {pixels.allocated} bits, as its header says; one is compressed as "
            f"{size.rows}x{size.columns} with {size.samples} of {size.bits} bits."
        )
    if header.transfer_syntax in _JPEG and has_many_scans(frame):
        raise ValueError("must have JPEG frames of at most 100 scans; one has more.")
    if header.transfer_syntax in (_JPEG_BASELINE, _JPEG_EXTENDED) and size.bits == 8:
        try:
            check_jpeg(frame)
        except ValueError:
            raise ValueError(_not_whole(header)) from None


def _not_whole(header: Header) -> str:
    pixels = header.pixels
    return (
        f"must hold {pixels.frames} whole frames of {pixels.rows}x{pixels.columns} pixels; its "
        "pixels can't be decoded as such."
    )
