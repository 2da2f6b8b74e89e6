"""Every real file gives an answer or a clear refusal."""

import nibabel
import numpy as np
import pydicom
import pytest

from brainscan import scans

KAGGLE_SAMPLE = 5


def test_the_volumes(volumes):
    brain = scans.read(volumes / "t1.nii.gz")
    mask = scans.read(volumes / "t1_mask.nii.gz")
    assert repr(brain) == repr(mask) == "Scan(nifti: 24 axial slices of 256x256, 64 bits)"
    stored = nibabel.load(volumes / "t1.nii.gz")
    np.testing.assert_allclose(brain.affine, stored.affine)
    axes, flips = brain.layout.axes, brain.layout.flipped
    canonical = np.moveaxis(stored.get_fdata(), axes, (0, 1, 2))
    expected = canonical[tuple(slice(None, None, -1 if flip else 1) for flip in flips)]
    np.testing.assert_allclose(np.stack(brain.slices), expected, rtol=1e-6)
    with pytest.raises(ValueError, match=r"has 4 \(128x96x24x2\). Save one of its 2 volumes"):
        scans.read(volumes / "example4d.nii.gz")


def test_a_mask_goes_back_onto_its_volume(volumes, tmp_path):
    mask = scans.read(volumes / "t1_mask.nii.gz", plane="sagittal")
    path = scans.write_nifti([image > 0 for image in mask.slices], mask, tmp_path / "m.nii.gz")
    first, second = nibabel.load(volumes / "t1_mask.nii.gz"), nibabel.load(path)
    np.testing.assert_array_equal(second.get_fdata(), first.get_fdata() > 0)
    np.testing.assert_allclose(second.affine, first.affine, atol=1e-4)


def test_the_series(volumes):
    folder = volumes / "dicom_series"
    scan = scans.read(folder)
    assert repr(scan) == "Scan(dicom: 8 sagittal slices of 256x256, 12 bits)"
    np.testing.assert_allclose(scan.spacing_mm, (0.859375, 0.859375, 21.6), rtol=1e-5)
    files = sorted((pydicom.dcmread(path) for path in folder.iterdir()), key=left_to_right)
    for image, file in zip(scan.slices, files, strict=True):
        np.testing.assert_array_equal(image, file.pixel_array)
    secrets = {str(files[0].get(name, "")) for name in ("PatientName", "PatientID", "StudyDate")}
    text = f"{scan!r} { ({**vars(scan), 'slices': None}) }"
    assert not any(secret in text for secret in secrets - {""})


def left_to_right(file: pydicom.Dataset) -> float:
    return -file.ImagePositionPatient[0]


def test_frames_without_a_place(volumes):
    scan = scans.read(volumes / "multiframe.dcm")
    assert repr(scan) == "Scan(dicom: 10 slices of 64x64, 12 bits)"
    expected = pydicom.dcmread(volumes / "multiframe.dcm").pixel_array
    np.testing.assert_array_equal(np.stack(scan.slices), expected)


def test_a_sample_of_the_pictures(kaggle253):
    files = sorted(kaggle253.rglob("*.*"))[::KAGGLE_SAMPLE]
    assert len(files) > 40
    for path in files:
        scan = scans.read(path)
        assert scan.format in ("png", "jpeg")
        assert len(scan.slices) == 1
        assert min(scan.slices[0].shape[:2]) > 100
