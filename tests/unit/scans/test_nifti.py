import gzip

import nibabel
import numpy as np
import pytest

import scan_files
from brainscan import scans

VOLUME = scan_files.textured(6, 12, 16)


def image_bytes(array, affine=None, **header) -> bytes:
    image = nibabel.Nifti1Image(array, np.eye(4) if affine is None else affine)
    for name, value in header.items():
        image.header[name] = value
    return image.to_bytes()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16, np.int32, np.float32, np.float64])
def test_values_keep_their_units(dtype, packed):
    array = VOLUME.astype(dtype)
    if np.issubdtype(dtype, np.signedinteger):
        array -= 100
    scan = scans.read(scan_files.nifti(array, packed=packed), plane="axial")
    kept = dtype if dtype in (np.uint8, np.uint16) else np.float32
    assert {image.dtype for image in scan.slices} == {np.dtype(kept)}
    np.testing.assert_array_equal(scan.slices[0], array[::-1, ::-1, 0].T)


def test_slope_and_intercept_are_applied():
    content = bytearray(image_bytes(VOLUME))
    content[112:120] = np.array([2.5, -7], "<f4").tobytes()
    expected = nibabel.Nifti1Image.from_bytes(bytes(content)).get_fdata()
    scan = scans.read(bytes(content), plane="axial")
    np.testing.assert_allclose(scan.slices[3], expected[::-1, ::-1, 3].T)


def test_big_endian_and_nifti_2():
    big = nibabel.Nifti1Image(VOLUME.astype(">i2"), np.eye(4), nibabel.Nifti1Header(endianness=">"))
    second = nibabel.Nifti2Image(VOLUME, np.eye(4))
    for image in (big, second):
        scan = scans.read(image.to_bytes(), plane="axial")
        np.testing.assert_array_equal(scan.slices[0], VOLUME[::-1, ::-1, 0].T)


def test_one_slice_and_a_fourth_axis_of_one():
    flat = scans.read(image_bytes(VOLUME[:, :, 0]))
    assert (len(flat.slices), flat.plane) == (1, "axial")
    assert len(scans.read(image_bytes(VOLUME[..., None]), plane="axial").slices) == 16
    with pytest.raises(ValueError, match="it is a slice, axial"):
        scans.read(image_bytes(VOLUME[:, :, 0]), plane="coronal")


def test_four_dimensions_are_refused_with_the_mend():
    with pytest.raises(ValueError, match=r"has 4 \(6x12x4x4\). Save one of its 4 volumes \(nibab"):
        scans.read(image_bytes(VOLUME.reshape(6, 12, 4, 4)))


def test_colours_and_complex_numbers_are_refused():
    colours = np.zeros((4, 4, 4), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    for array in (colours, VOLUME.astype(np.complex64)):
        with pytest.raises(ValueError, match="must have voxels that are real numbers"):
            scans.read(image_bytes(array))


def test_nan_is_refused():
    array = VOLUME.astype(np.float32)
    array[2, 3, 4] = np.nan
    with pytest.raises(ValueError, match="must hold finite voxels|finite pixels"):
        scans.read(image_bytes(array))


def test_a_volume_that_does_not_say_how_it_lies():
    content = image_bytes(VOLUME, affine=np.diag([1.0, 2.0, 3.0, 1.0]))
    image = nibabel.Nifti1Image.from_bytes(content)
    image.set_sform(None, code=0)
    image.set_qform(None, code=0)
    scan = scans.read(image.to_bytes())
    assert (scan.plane, scan.orientation) == (None, None)
    assert scan.spacing_mm == (2.0, 1.0, 3.0)
    with pytest.raises(ValueError, match="must say how its voxels lie to be cut in the axial"):
        scans.read(image.to_bytes(), plane="axial")


def test_its_masks_say_no_more_than_it(tmp_path):
    image = nibabel.Nifti1Image(VOLUME, None)
    image.header.set_zooms((1, 2, 3))
    scan = scans.read(image.to_bytes())
    scans.write_nifti([slice_ > 99 for slice_ in scan.slices], scan, tmp_path / "m.nii")
    written = nibabel.load(tmp_path / "m.nii")
    assert (written.header["sform_code"], written.header["qform_code"]) == (0, 0)
    np.testing.assert_array_equal(np.asarray(written.dataobj), VOLUME > 99)
    np.testing.assert_allclose(
        written.affine, nibabel.Nifti1Image.from_bytes(image.to_bytes()).affine
    )


@pytest.mark.parametrize("packed", [False, True])
def test_a_volume_cut_short_is_refused(packed):
    content = scan_files.nifti(VOLUME, packed=packed)
    for size in (100, 360, len(content) // 2, len(content) - 1):
        with pytest.raises(ValueError, match="^scan must "):
            scans.read(content[:size])


def test_one_of_a_pair_of_files_is_refused():
    content = bytearray(image_bytes(VOLUME))
    content[344:348] = b"ni1\0"
    with pytest.raises(ValueError, match=r"header of a pair \(.hdr and .img\). Save it as .nii"):
        scans.read(bytes(content))


def test_a_flat_affine_is_refused():
    content = bytearray(image_bytes(VOLUME))
    content[280:328] = bytes(48)
    with pytest.raises(ValueError, match="must place its voxels in space"):
        scans.read(bytes(content))


def test_several_gzip_members_are_one_file():
    content = scan_files.nifti(VOLUME)
    members = gzip.compress(content[:900]) + gzip.compress(content[900:])
    np.testing.assert_array_equal(scans.read(members).slices[0], scans.read(content).slices[0])


def test_masks_that_do_not_fit_are_refused(tmp_path):
    scan = scans.read(scan_files.nifti(VOLUME), plane="axial")
    masks = [image > 0 for image in scan.slices]
    with pytest.raises(ValueError, match="masks must be one a slice, 16; got 15"):
        scans.write_nifti(masks[1:], scan, tmp_path / "m.nii")
    with pytest.raises(ValueError, match=r"size of their slices, 12x6; mask 2 has shape \(3, 3\)"):
        scans.write_nifti([*masks[:2], np.ones((3, 3)) > 0, *masks[3:]], scan, tmp_path / "m.nii")
    with pytest.raises(ValueError, match=r"path must end in .nii or .nii.gz; got '.png'"):
        scans.write_nifti(masks, scan, tmp_path / "m.png")
    picture = scans.read(scan_files.encoded(VOLUME[0], "PNG"))
    with pytest.raises(ValueError, match="scan must be a volume that says where it lies"):
        scans.write_nifti([picture.slices[0] > 0], picture, tmp_path / "m.nii")


def test_the_same_masks_give_the_same_bytes(tmp_path):
    scan = scans.read(scan_files.nifti(VOLUME))
    masks = [image > 99 for image in scan.slices]
    one = scans.write_nifti(masks, scan, tmp_path / "a.nii.gz").read_bytes()
    assert one == scans.write_nifti(masks, scan, tmp_path / "b.nii.gz").read_bytes()
