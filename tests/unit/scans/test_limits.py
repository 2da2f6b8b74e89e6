"""What is too large is refused from its header: in a process that has no memory to unpack it."""

import gzip
import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    RLELossless,
)

import scan_files
from brainscan import scans

GRAY = scan_files.textured(32, 40)
SPARE_MIB = 300

READ_ALL = """
import resource, sys
from pathlib import Path
import pydicom.pixels, nibabel
from brainscan import scans
folder = Path(sys.argv[1])
scans.read((folder / "whole").read_bytes())
def held(field):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) * 1024
spare = int(sys.argv[2]) * 2**20
resource.setrlimit(resource.RLIMIT_AS, (held("VmSize") + spare, resource.RLIM_INFINITY))
before = held("VmHWM")
for path in sorted(folder.glob("bomb*")):
    try:
        print(path.name, "was read:", scans.read(path))
    except ValueError as error:
        grown = (held("VmHWM") - before) // 2**20
        print(path.name, "refused,", grown, "MiB,", error)
"""


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *more: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(bytes(1000)))
    chunks = (chunk(b"IHDR", header), *more, body, chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def tiff(**sizes: int) -> bytes:
    """A small deflated TIFF whose directory names other sizes."""
    content = bytearray(scan_files.encoded(GRAY, "TIFF", compression="tiff_deflate"))
    (at,) = struct.unpack_from("<I", content, 4)
    (count,) = struct.unpack_from("<H", content, at)
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        (tag,) = struct.unpack_from("<H", content, entry)
        if str(tag) in {name[1:] for name in sizes}:
            struct.pack_into("<HII", content, entry + 2, 4, 1, sizes[f"t{tag}"])
    return bytes(content)


def nifti(shape: tuple[int, ...], data: bytes) -> bytes:
    content = bytearray(scan_files.nifti(np.zeros((2, 2, 2), np.uint8)))
    struct.pack_into("<8h", content, 40, len(shape), *shape, *[1] * (7 - len(shape)))
    return bytes(content[:352]) + data


def dicom(syntax: str, frames: list[bytes], **elements: object) -> bytes:
    data = scan_files.dicom_dataset(GRAY, PixelData=encapsulate(frames), **elements)
    data["PixelData"].VR, data["PixelData"].is_undefined_length = "OB", True
    data.file_meta.TransferSyntaxUID = syntax
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, data, enforce_file_format=True)
    return buffer.getvalue()


def deflated_dicom(named: int, unpacked: int) -> bytes:
    """A deflated file whose pixels are so many bytes by its header, and so many in fact."""
    whole = scan_files.dicom(GRAY, DeflatedExplicitVRLittleEndian)
    start = 144 + int.from_bytes(whole[140:144], "little")
    data = zlib.decompress(whole[start:], -15)
    at = data.index(b"\xe0\x7f\x10\0OB") + 8
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    packed = packer.compress(data[:at] + struct.pack("<I", named) + bytes(unpacked))
    return whole[:start] + packed + packer.flush()


def many_pages(count: int, side: int) -> bytes:
    """Pages of a TIFF that all show one and the same small strip."""
    tags = (
        (256, side),
        (257, side),
        (258, 8),
        (259, 8),
        (262, 1),
        (273, 8),
        (278, side),
        (279, 99),
    )
    content = b"II*\0" + struct.pack("<I", 120) + zlib.compress(bytes(10**4)).ljust(112, b"\0")
    for _ in range(count):
        content += struct.pack("<H", len(tags))
        for tag, value in tags:
            content += struct.pack("<HHII", tag, 4, 1, value)
        content += struct.pack("<I", len(content) + 4)
    return content[:-4] + bytes(4)


def jpeg_2000(side: int, tile: int) -> bytes:
    content = scan_files.dicom(GRAY, JPEG2000Lossless)
    frame = bytearray(content[content.index(b"\xff\x4f\xff\x51") :][:-8])
    struct.pack_into(">8I", frame, 8, side, side, 0, 0, tile, tile, 0, 0)
    return bytes(frame)


def jpeg(side: int) -> bytes:
    frame = bytearray(scan_files.encoded(GRAY, "JPEG"))
    struct.pack_into(">HH", frame, frame.index(b"\xff\xc0") + 5, side, side)
    return bytes(frame)


def scans_without_end(size: int) -> bytes:
    """A progressive JPEG with thousands of empty scans."""
    whole = scan_files.encoded(Image.new("L", (size, size)), "JPEG", progressive=True)
    at = whole.rindex(b"\xff\xda")
    return whole[:at] + whole[at:-2] * 20_000 + whole[-2:]


def rle(unpacked: int) -> bytes:
    runs = b"\x81\0" * (unpacked // 128)
    return struct.pack("<16I", 1, 64, *[0] * 14) + runs


def bombs() -> dict[str, bytes]:
    """Small files that say that they are large, or unpack to much more than they say."""
    nested = b"\xfe\xff\0\xe0\xff\xff\xff\xff\x08\0\x40\x11\xff\xff\xff\xff" * 100_000
    whole = scan_files.dicom(GRAY)
    return {
        "png of many pixels": png(60_000, 60_000),
        "png with a long text": png(8, 8, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**26)))),
        "tiff of many pixels": tiff(t256=70_000, t257=70_000),
        "tiff of one long strip": tiff(t278=2**31),
        "tiff of many pages": many_pages(20, 9000),
        "bmp of many pixels": scan_files.encoded(GRAY, "BMP").replace(
            struct.pack("<II", 40, 32), struct.pack("<II", 2**24, 2**10), 1
        ),
        "jpeg of many pixels": jpeg(65_000),
        "jpeg of many scans": scans_without_end(2048),
        "dicom jpeg of many scans": dicom(
            JPEGBaseline8Bit, [scans_without_end(512)], Rows=512, Columns=512
        ),
        "nifti of many voxels": nifti((30_000, 30_000, 300), b""),
        "nifti packed, of many voxels": gzip.compress(nifti((20_000, 20_000, 300), bytes(10**6))),
        "nifti packed, with more than it says": gzip.compress(nifti((2, 2, 2), bytes(2**28)), 1),
        "dicom of many pixels": scan_files.dicom(GRAY, Rows=65_535, Columns=65_535),
        "dicom of many frames": scan_files.dicom(GRAY, NumberOfFrames=2_000_000_000),
        "dicom deflated": deflated_dicom(2**31, 2**23),
        "dicom deflated, more than it says": deflated_dicom(2**23, 2**28),
        "dicom jpeg 2000": dicom(JPEG2000Lossless, [jpeg_2000(60_000, 60_000)]),
        "dicom jpeg 2000 tiles": dicom(JPEG2000Lossless, [jpeg_2000(60_000, 1)]),
        "dicom jpeg": dicom(JPEGBaseline8Bit, [jpeg(65_000)]),
        "dicom rle": dicom(RLELossless, [rle(2**28)]),
        "dicom nested": whole[: whole.index(b"\x08\0\x60\0CS")] + nested,
    }


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="needs Linux")
def test_bombs_are_refused_before_memory_is_taken(tmp_path):
    (tmp_path / "whole").write_bytes(scan_files.dicom(GRAY, JPEG2000Lossless))
    names = []
    for name, content in bombs().items():
        assert len(content) < 6 * 2**20, name
        (tmp_path / f"bomb {name}").write_bytes(content)
        names.append(name)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", READ_ALL, str(tmp_path), str(SPARE_MIB)],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(names)
    for line in lines:
        assert " refused," in line, line
        assert "must fit into memory" not in line
    grown = int(lines[-1].split(" refused, ")[1].split(" MiB")[0])
    assert grown < 150, lines


@pytest.mark.parametrize("limit", ["file_bytes", "pixels", "slices", "unpacked_bytes"])
@pytest.mark.parametrize("value", [0, -1, 1.5, True, None])
def test_limits_are_positive_whole_numbers(limit, value):
    with pytest.raises((ValueError, TypeError), match=limit):
        scans.Limits(**{limit: value})


CONTENTS = {
    "png": scan_files.encoded(GRAY, "PNG"),
    "tiff": scan_files.encoded(
        Image.fromarray(GRAY), "TIFF", save_all=True, append_images=[Image.fromarray(GRAY)]
    ),
    "dicom": scan_files.dicom(np.stack([GRAY, GRAY])),
    "nifti": scan_files.nifti(np.stack([GRAY, GRAY], axis=2)),
}


@pytest.mark.parametrize("kind", CONTENTS)
@pytest.mark.parametrize(
    ("limit", "enough", "few"),
    [("pixels", 1280, 1279), ("slices", 2, 1), ("unpacked_bytes", 12_000, 1279)],
)
def test_each_limit_can_be_moved(kind, limit, enough, few):
    content = CONTENTS[kind]
    assert scans.read(content, limits=scans.Limits(**{limit: enough}))
    if kind == "png" and limit == "slices":
        return
    with pytest.raises(ValueError, match=r"^scan must (have|hold) at most|must hold one image"):
        scans.read(content, limits=scans.Limits(**{limit: few}))


@pytest.mark.parametrize("kind", CONTENTS)
def test_the_size_of_the_file_is_checked_for_each_source(kind, tmp_path):
    content = CONTENTS[kind]
    (tmp_path / "a").write_bytes(content)
    limits = scans.Limits(file_bytes=len(content) - 1)
    for source in (content, io.BytesIO(content), tmp_path / "a"):
        with pytest.raises(ValueError, match=r"raise the limit: limits=Limits\(file_bytes="):
            scans.read(source, limits=limits)
    assert scans.read(content, limits=scans.Limits(file_bytes=len(content)))


def test_a_long_chain_of_pages_is_not_walked_to_its_end():
    """Each page of it costs a few bytes, and all of them together would cost minutes."""
    page = struct.pack("<H", 3)
    for tag, value in ((256, 1), (257, 1), (273, 8)):
        page += struct.pack("<HHII", tag, 4, 1, value)
    at, parts = 8, [b"II*\0\x08\0\0\0"]
    for _ in range(40_000):
        at += len(page) + 4
        parts.append(page + struct.pack("<I", at))
    with pytest.raises(ValueError, match="at most 100 images; it holds more than 100"):
        scans.read(b"".join(parts), limits=scans.Limits(slices=100))
