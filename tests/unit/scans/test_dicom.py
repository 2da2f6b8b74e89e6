import io

import numpy as np
import pydicom
import pytest
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

import scan_files
from brainscan import scans

DICOMS = dict(scan_files.dicoms())
DEEP = scan_files.textured(32, 40, top=4095, dtype=np.uint16)
GRAY = scan_files.textured(32, 40)
TWELVE_BITS = {"BitsStored": 12, "HighBit": 11}
AXIAL = {
    "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
    "ImagePositionPatient": [-3, 4, 5],
    "PixelSpacing": [2.0, 0.5],
}


@pytest.mark.parametrize("kind", DICOMS)
def test_every_kind_is_read_as_pydicom_reads_it(kind):
    file = pydicom.dcmread(io.BytesIO(DICOMS[kind]))
    expected = file.pixel_array
    if file.PhotometricInterpretation == "MONOCHROME1":
        expected = 255 - expected
    if "RescaleSlope" in file:
        expected = expected * float(file.RescaleSlope) + float(file.RescaleIntercept)
    if kind == "dicom frames":
        expected = expected[[1, 2, 0]]  # by their places along z
    scan = scans.read(DICOMS[kind])
    found = np.stack(scan.slices)
    assert scan.format == "dicom"
    np.testing.assert_array_equal(found, expected if len(found) > 1 else expected[None])


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless, JPEGLSLossless])
@pytest.mark.parametrize(
    "pixels", [GRAY, DEEP, DEEP.astype(np.int16) - 2000], ids=["8", "16", "i16"]
)
def test_lossless_compression_changes_nothing(syntax, pixels):
    found = scans.read(scan_files.dicom(pixels, syntax)).slices[0]
    np.testing.assert_array_equal(found, pixels)
    assert found.dtype == (np.float32 if pixels.dtype == np.int16 else pixels.dtype)


def test_jpeg_is_near_what_was_written():
    smooth = np.add.outer(np.arange(32), np.arange(40)).astype(np.uint8) * 3
    found = scans.read(scan_files.dicom(smooth, JPEGBaseline8Bit)).slices[0]
    assert np.abs(found.astype(int) - smooth).max() <= 4


def test_jpeg_in_colour_comes_as_rgb():
    red = np.zeros((32, 40, 3), np.uint8)
    red[..., 0] = 200
    content = scan_files.dicom(
        red[None], JPEGBaseline8Bit, PhotometricInterpretation="YBR_FULL_422"
    )
    found = scans.read(content).slices[0]
    assert np.abs(found.astype(int) - red).max() <= 4


def test_big_endian():
    data = scan_files.dicom_dataset(DEEP, PixelData=DEEP.astype(">u2").tobytes())
    data["PixelData"].VR = "OW"
    data.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, data, enforce_file_format=True)
    np.testing.assert_array_equal(scans.read(buffer.getvalue()).slices[0], DEEP)


def test_inverted_pixels_and_their_window_by_hand():
    stored = np.array([[0, 1000], [3000, 4095]], np.uint16)
    content = scan_files.dicom(
        stored,
        PhotometricInterpretation="MONOCHROME1",
        **TWELVE_BITS,
        RescaleSlope=2,
        RescaleIntercept=-10,
        WindowCenter=1990,
        WindowWidth=400,
    )
    scan = scans.read(content)
    # 4095 - stored, times 2, less 10; a stored 1000 was in the middle of the window, and still is.
    np.testing.assert_array_equal(scan.slices[0], [[8180, 6180], [2180, -10]])
    assert scan.window == (6180, 400)


def test_signed_inverted_pixels_by_hand():
    stored = np.array([[-2048, 0], [5, 2047]], np.int16)
    content = scan_files.dicom(stored, PhotometricInterpretation="MONOCHROME1", **TWELVE_BITS)
    np.testing.assert_array_equal(scans.read(content).slices[0], [[2047, -1], [-6, -2048]])


def test_bits_beyond_those_that_count_are_left_out():
    noisy = DEEP | np.uint16(0xA000)
    np.testing.assert_array_equal(
        scans.read(scan_files.dicom(noisy, **TWELVE_BITS)).slices[0], DEEP
    )


def test_the_window_is_applied_as_the_standard_says():
    stored = np.array([[0, 99, 100], [149, 150, 400]], np.uint16)
    content = scan_files.dicom(stored, WindowCenter=[100, 7], WindowWidth=[101, 9])
    scan = scans.read(content)
    assert scan.window == (100, 101)  # the first of several
    # PS3.3 C.11.2.1.2.1: ((x - 99.5) / 100 + 0.5) * 255 between 49.5 and 149.5
    np.testing.assert_array_equal(scan.windowed(0), [[0, 126, 129], [254, 255, 255]])


def test_a_slice_says_how_it_lies():
    scan = scans.read(scan_files.dicom(DEEP, SliceThickness=4, SpacingBetweenSlices=5, **AXIAL))
    assert (scan.plane, scan.orientation) == ("axial", "PLS")
    assert scan.spacing_mm == (2.0, 0.5, 5.0)
    expected = [[-0.5, 0, 0, 3], [0, -2, 0, -4], [0, 0, 5, 5], [0, 0, 0, 1]]
    np.testing.assert_array_equal(scan.affine, expected)
    assert scans.read(scan_files.dicom(DEEP, **AXIAL)).spacing_mm == (2.0, 0.5, None)


def test_a_slice_that_is_stored_mirrored_is_turned():
    mirrored = {**AXIAL, "ImageOrientationPatient": [0, -1, 0, -1, 0, 0]}  # columns to the front
    scan = scans.read(scan_files.dicom(DEEP, **mirrored))
    np.testing.assert_array_equal(scan.slices[0], DEEP.T[::-1, ::-1])
    assert scan.spacing_mm == (0.5, 2.0, None)


@pytest.mark.parametrize(
    ("orientation", "plane"),
    [
        ([1, 0, 0, 0, 1, 0], "axial"),
        ([1, 0, 0, 0, 0, -1], "coronal"),
        ([0, 1, 0, 0, 0, -1], "sagittal"),
    ],
)
def test_what_scanners_usually_store_is_shown_as_stored(orientation, plane):
    content = scan_files.dicom(DEEP, **{**AXIAL, "ImageOrientationPatient": orientation})
    scan = scans.read(content)
    assert scan.plane == plane
    np.testing.assert_array_equal(scan.slices[0], DEEP)
    with pytest.raises(ValueError, match=f"it is a slice, {plane}"):
        scans.read(content, plane="coronal" if plane == "axial" else "axial")


def test_without_an_orientation_a_plane_is_refused():
    scan = scans.read(scan_files.dicom(DEEP, PixelSpacing=[2.0, 0.5]))
    assert (scan.plane, scan.affine, scan.spacing_mm) == (None, None, (2.0, 0.5, None))
    with pytest.raises(ValueError, match="must say how its slices lie to be cut in the axial"):
        scans.read(scan_files.dicom(DEEP), plane="axial")


def test_frames_are_sorted_by_their_places():
    frames = np.stack([np.full((32, 40), value, np.uint8) for value in (40, 0, 20)])
    content = scan_files.enhanced(frames, [[0, 0, z] for z in (4, 0, 2)])
    scan = scans.read(content)
    assert [image[0, 0] for image in scan.slices] == [0, 20, 40]
    assert scan.spacing_mm == (2.0, 0.5, 2.0)
    assert (
        len(
            scans.read(
                scan_files.enhanced(frames, [[0, 0, z] for z in (4, 0, 2)]), plane="sagittal"
            ).slices
        )
        == 40
    )


@pytest.mark.parametrize("places", [(0, 0, 2), (0, 2, 7)], ids=["at one place", "uneven"])
def test_frames_that_make_no_volume_have_no_affine(places):
    frames = np.stack([GRAY, GRAY, GRAY])
    content = scan_files.enhanced(frames, [[0, 0, z] for z in places])
    scan = scans.read(content)
    assert (scan.affine, scan.plane) == (None, "axial")
    assert scan.spacing_mm == (2.0, 0.5, None)
    with pytest.raises(ValueError, match="it is slices with uneven gaps"):
        scans.read(content, plane="coronal")


def test_the_series_is_told_without_the_patient():
    scan = scans.read(scan_files.dicom(GRAY, BurnedInAnnotation="YES"))
    assert scan.series == scans.Series(number=1, modality="MR", burned_in=True)
    odd = scans.read(scan_files.dicom(GRAY, Modality="JANE"))
    assert odd.series == scans.Series(number=1, modality=None, burned_in=None)


@pytest.mark.parametrize(
    ("elements", "message"),
    [
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "palette of colours. Export it as RGB"),
        ({"PhotometricInterpretation": "HSV"}, "must be gray with one sample a pixel"),
        ({"PixelData": None}, "must hold pixels; it is a DICOM file without any"),
        ({"Rows": None}, "must say its Rows"),
        ({"Rows": 64}, r"must hold 2,560 bytes of pixels \(1 frames of 64x40\); it holds 1,280"),
        ({"NumberOfFrames": 3}, "must hold 3,840 bytes"),
        ({"NumberOfFrames": 0}, "must say its NumberOfFrames"),
        ({"BitsAllocated": 12}, "must have pixels of 1, 8, 16 or 32 bits"),
        ({"HighBit": 5}, "HighBit 7.; got HighBit 5"),
    ],
)
def test_what_contradicts_itself_is_refused(elements, message):
    with pytest.raises(ValueError, match=message):
        scans.read(scan_files.dicom(GRAY, **elements))


def test_a_look_up_table_is_refused():
    table = pydicom.Dataset()
    table.LUTDescriptor = [2, 0, 16]
    with pytest.raises(ValueError, match="has a look-up table, which is not applied"):
        scans.read(scan_files.dicom(GRAY, ModalityLUTSequence=[table]))


def test_compression_that_is_not_read_is_refused_with_the_mend():
    plain = scan_files.dicom(GRAY)
    old = b"UI\x14\x001.2.840.10008.1.2.1\0"
    assert old in plain
    lossless = plain.replace(
        b"UI\x14\x001.2.840.10008.1.2.1\0", b"UI\x16\x00" + JPEGLosslessSV1.encode()
    )
    with pytest.raises(ValueError, match="pip install python-gdcm"):
        scans.read(lossless)
    video = plain.replace(old, b"UI\x18\x001.2.840.10008.1.2.4.102\0")
    with pytest.raises(ValueError, match="its transfer syntax is another. Convert it"):
        scans.read(video)


@pytest.mark.parametrize("kind", DICOMS)
def test_a_file_cut_short_is_refused(kind):
    whole = DICOMS[kind]
    for share in (0.1, 0.4, 0.6, 0.9, 0.99):
        with pytest.raises(ValueError, match="^scan must "):
            scans.read(whole[: int(share * len(whole))])


def test_a_compressed_frame_of_another_size_is_refused():
    content = scan_files.dicom(DEEP, JPEG2000Lossless, **TWELVE_BITS)
    other = scan_files.dicom(DEEP[:, :36].copy(), JPEG2000Lossless, **TWELVE_BITS)
    columns = b"(\0\x11\0US\x02\0"
    at = other.index(columns) + len(columns)
    wrong = other[:at] + (40).to_bytes(2, "little") + other[at + 2 :]
    assert scans.read(content).slices[0].shape == (32, 40)
    with pytest.raises(ValueError, match="one is compressed as 32x36 with 1 of 12 bits"):
        scans.read(wrong)


def test_elements_in_sequences_without_a_length_are_stepped_over():
    inner, outer = pydicom.Dataset(), pydicom.Dataset()
    inner.Rows, inner.PixelData = 7, b"\0" * 8
    inner["PixelData"].VR = "OB"
    outer.IconImageSequence = [inner]
    outer["IconImageSequence"].is_undefined_length = True
    data = scan_files.dicom_dataset(
        GRAY, ReferencedImageSequence=[outer], IconImageSequence=[inner]
    )
    data["ReferencedImageSequence"].is_undefined_length = True
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, data, enforce_file_format=True)
    np.testing.assert_array_equal(scans.read(buffer.getvalue()).slices[0], GRAY)
