"""No text that comes of a DICOM file tells who the patient is."""

import logging
import traceback
import warnings

import nibabel
import numpy as np
import pytest
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

import scan_files
from brainscan import scans

GRAY = scan_files.textured(32, 40)


def test_the_files_do_hold_what_must_not_come_out():
    content = scan_files.dicom(GRAY)
    for secret in scan_files.SHOWN_PHI:
        assert secret.encode() in content


def damaged_files():
    whole = scan_files.dicom(GRAY)
    yield whole[:-100]
    yield whole[: whole.index(b"HOSPITAL")]
    for syntax in (RLELossless, JPEG2000Lossless, JPEGLSLossless):
        content = bytearray(scan_files.dicom(GRAY, syntax))
        at = content.rindex(b"\xfe\xff\0\xe0") + 8
        content[at : at + 100] = bytes(100)
        yield bytes(content)
    # Identifying text where a number, a code or a UID should be.
    marker = scan_files.MARKER
    yield scan_files.dicom(GRAY, PhotometricInterpretation=f"{marker}PI")
    yield scan_files.dicom(GRAY, Rows=64)
    yield whole.replace(b"1.2.840.10008.1.2.1\0", f"{marker}{marker}ABCDEFGH".encode())
    yield whole.replace(b"MONOCHROME2 ", f"{marker}DOEJAN".encode())


@pytest.mark.parametrize("content", list(damaged_files()))
def test_errors_name_nobody(content, tmp_path, caplog, capfd):
    path = tmp_path / f"{scan_files.MARKER}_Jane_19701231.dcm"
    path.write_bytes(content)
    caplog.set_level(logging.DEBUG)
    logging.getLogger("pydicom").setLevel(logging.DEBUG)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for source in (path, tmp_path, content):
            with pytest.raises(ValueError, match="^scan ") as error:
                scans.read(source)
            check_names_nobody(error.value)
    assert not caught
    assert not caplog.records
    out, err = capfd.readouterr()
    assert not any(secret in out + err for secret in scan_files.SHOWN_PHI)


def check_names_nobody(error: BaseException) -> None:
    assert error.__cause__ is None
    assert error.__context__ is None
    text = "".join(traceback.format_exception(error)) + repr(error) + str(error.args)
    assert not any(secret in text for secret in scan_files.SHOWN_PHI)
    frames = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    assert not set(frames) & {"read_dicom", "read_header", "decode_frames", "read_folder"}


def test_what_is_read_names_nobody(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    place = {
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "ImagePositionPatient": [0, 0, 0],
        "PixelSpacing": [1, 1],
    }
    path = tmp_path / f"{scan_files.MARKER}.dcm"
    path.write_bytes(scan_files.dicom(GRAY, **place))
    for source in (path, tmp_path):
        scan = scans.read(source)
        everything = {**vars(scan), "slices": None}
        text = f"{scan!r} {scan} {everything}"
        assert not any(secret in text for secret in scan_files.SHOWN_PHI)
    written = scans.write_nifti([GRAY > 9], scan, tmp_path / "mask.nii").read_bytes()
    assert not any(secret.encode() in written for secret in scan_files.SHOWN_PHI)
    assert not caplog.records


def test_several_series_are_listed_without_naming_anybody(tmp_path):
    from pydicom.uid import generate_uid

    for number in (1, 2):
        content = scan_files.dicom(GRAY, SeriesInstanceUID=generate_uid())
        (tmp_path / f"{scan_files.MARKER}{number}").write_bytes(content)
    with pytest.raises(ValueError, match="it holds 2. Give series=1") as error:
        scans.read(tmp_path)
    check_names_nobody(error.value)


def test_the_notes_in_a_nifti_header_are_not_copied(tmp_path):
    image = nibabel.Nifti1Image(scan_files.textured(6, 12, 16), np.eye(4))
    image.header["descrip"] = scan_files.MARKER.encode()
    image.header["db_name"] = scan_files.MARKER.encode()
    note = nibabel.nifti1.Nifti1Extension("comment", f"{scan_files.MARKER}^Jane".encode())
    image.header.extensions.append(note)
    scan = scans.read(image.to_bytes())
    masks = [slice_ > 99 for slice_ in scan.slices]
    written = scans.write_nifti(masks, scan, tmp_path / "m.nii").read_bytes()
    assert scan_files.MARKER.encode() not in written


def test_warnings_and_logs_of_others_go_on(caplog):
    scans.read(scan_files.dicom(GRAY))
    with pytest.warns(UserWarning, match="someone else's"):
        warnings.warn("someone else's", stacklevel=1)
    logging.getLogger("pydicom").warning("someone else's")
    assert [record.message for record in caplog.records] == ["someone else's"]
