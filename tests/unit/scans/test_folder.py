import nibabel
import numpy as np
import pytest
from pydicom.uid import generate_uid

import scan_files
from brainscan import scans

X, Y, Z = np.indices((6, 7, 5))  # to the right, to the front, upwards
PATIENT = (X + 10 * Y + 100 * Z).astype(np.uint16)
ONE, TWO = (generate_uid() for _ in range(2))


def write_series(folder, order=range(5), uid=ONE, prefix="", gap=3.0, **elements):
    """Axial slices of the patient as a scanner stores them; named in any order."""
    for name, z in enumerate(order):
        # DICOM counts to the left and to the back: rows run backwards in Y, columns in X.
        pixels = np.ascontiguousarray(PATIENT[::-1, ::-1, z].T)
        content = scan_files.dicom(
            pixels,
            SeriesInstanceUID=uid,
            ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
            ImagePositionPatient=[-5 * 0.5, -6 * 2.0, gap * z],
            PixelSpacing=[2.0, 0.5],
            InstanceNumber=99 - name,
            **elements,
        )
        (folder / f"{prefix}{name}").write_bytes(content)


def test_slices_are_sorted_by_their_places_and_not_by_name_or_number(tmp_path):
    write_series(tmp_path, order=(3, 0, 4, 1, 2))
    scan = scans.read(tmp_path)
    assert repr(scan) == "Scan(dicom: 5 axial slices of 7x6, 16 bits)"
    assert [image[-1, -1] for image in scan.slices] == [0, 100, 200, 300, 400]
    assert scan.spacing_mm == (2.0, 0.5, 3.0)


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_the_planes_are_those_of_the_same_volume_as_nifti(tmp_path, plane):
    write_series(tmp_path, order=(3, 0, 4, 1, 2))
    affine = np.diag([0.5, 2.0, 3.0, 1.0])
    nifti = scans.read(scan_files.nifti(PATIENT, affine), plane=plane)
    scan = scans.read(tmp_path, plane=plane)
    np.testing.assert_array_equal(np.stack(scan.slices), np.stack(nifti.slices))
    assert scan.spacing_mm == nifti.spacing_mm
    assert scan.plane == nifti.plane == plane


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_masks_of_a_series_lie_in_the_patient_where_its_voxels_do(tmp_path, plane):
    write_series(tmp_path)
    scan = scans.read(tmp_path, plane=plane)
    masks = [image > 250 for image in scan.slices]
    written = nibabel.load(scans.write_nifti(masks, scan, tmp_path / "mask.nii.gz"))
    inside = np.argwhere(np.asarray(written.dataobj))
    places = nibabel.affines.apply_affine(written.affine, inside)
    expected = np.argwhere(PATIENT > 250) * [0.5, 2.0, 3.0]
    np.testing.assert_allclose(sorted(map(tuple, places)), sorted(map(tuple, expected)), atol=1e-5)


def test_several_series_are_listed_by_number(tmp_path):
    write_series(tmp_path, uid=ONE, prefix="b", SeriesNumber=7)
    write_series(tmp_path, order=(0, 1), uid=TWO, prefix="a", SeriesNumber=9, Modality="CT")
    with pytest.raises(ValueError, match="must be a folder with one series") as caught:
        scans.read(tmp_path)
    listed = "1: 5 axial slices of 7x6, MR; 2: 2 axial slices of 7x6, CT."
    assert str(caught.value).endswith(listed)
    assert len(scans.read(tmp_path, series=1).slices) == 5
    second = scans.read(tmp_path, series=2)
    assert second.series == scans.Series(number=2, modality="CT", burned_in=None)
    for wrong in (0, 3):
        with pytest.raises(ValueError, match=f"got series={wrong}. It holds 1: 5 axial"):
            scans.read(tmp_path, series=wrong)


def test_a_missing_slice_leaves_no_volume(tmp_path):
    write_series(tmp_path, order=(0, 1, 3, 4))
    scan = scans.read(tmp_path)
    assert (len(scan.slices), scan.plane, scan.affine) == (4, "axial", None)
    assert scan.spacing_mm == (2.0, 0.5, None)
    with pytest.raises(ValueError, match="it is slices with uneven gaps"):
        scans.read(tmp_path, plane="sagittal")
    with pytest.raises(ValueError, match="scan must be a volume that says where it lies"):
        scans.write_nifti([image > 0 for image in scan.slices], scan, tmp_path / "mask.nii")


def test_slices_at_one_place_are_refused_with_the_mend(tmp_path):
    write_series(tmp_path)
    write_series(tmp_path, prefix="second echo ")
    with pytest.raises(ValueError, match="put each echo, time or b-value into a folder of its own"):
        scans.read(tmp_path)


def test_other_files_are_left_out_and_reports_too(tmp_path):
    write_series(tmp_path)
    (tmp_path / "README.txt").write_text("not a scan")
    (tmp_path / ".hidden").write_bytes(scan_files.dicom(PATIENT[0]))
    (tmp_path / "report").write_bytes(scan_files.dicom(PATIENT[0], PixelData=None))
    (tmp_path / "deeper").mkdir()
    assert len(scans.read(tmp_path).slices) == 5


def test_a_damaged_file_of_the_series_is_named_by_its_place(tmp_path):
    write_series(tmp_path, prefix="Doe_Jane_")
    damaged = tmp_path / "Doe_Jane_3"
    damaged.write_bytes(damaged.read_bytes()[:-10])
    with pytest.raises(ValueError, match=r"^scan file 4 of 5, by name, must be a whole DICOM") as e:
        scans.read(tmp_path)
    assert "Doe" not in str(e.value)


@pytest.mark.parametrize("inside", [(), ("a.txt",)])
def test_a_folder_without_dicom_is_refused(tmp_path, inside):
    for name in inside:
        (tmp_path / name).touch()
    with pytest.raises(ValueError, match="must be a folder with DICOM images directly in it"):
        scans.read(tmp_path)


def test_a_localiser_is_listed_by_its_planes(tmp_path):
    write_series(tmp_path, order=(0, 1, 2))
    sagittal = scan_files.dicom(
        PATIENT[0],
        SeriesInstanceUID=ONE,
        ImageOrientationPatient=[0, 1, 0, 0, 0, -1],
        ImagePositionPatient=[0, 0, 0],
        PixelSpacing=[1, 1],
    )
    (tmp_path / "z").write_bytes(sagittal)
    with pytest.raises(ValueError, match="1: 3 axial slices of 7x6, MR; 2: 1 sagittal slice of"):
        scans.read(tmp_path)


def test_a_folder_may_hold_no_more_than_the_limits(tmp_path):
    write_series(tmp_path)
    with pytest.raises(ValueError, match="at most 4 slices; it has 5. If it is sound, raise the"):
        scans.read(tmp_path, limits=scans.Limits(slices=4))
    with pytest.raises(ValueError, match="at most 3,000 bytes"):
        scans.read(tmp_path, limits=scans.Limits(file_bytes=3_000))
