"""An asymmetric volume, stored in all 48 orders of axes, is shown the same way each time."""

from itertools import permutations, product

import nibabel
import numpy as np
import pytest

import scan_files
from brainscan import scans

RIGHT, ANTERIOR, SUPERIOR = 4, 5, 6
X, Y, Z = np.indices((RIGHT, ANTERIOR, SUPERIOR))
CANONICAL = (X + 10 * Y + 100 * Z).astype(np.int16)
"""Each voxel says where it lies: units grow to the right, tens to the front, hundreds upwards."""

STORED = [(axes, flips) for axes in permutations(range(3)) for flips in product((1, -1), repeat=3)]
# What a radiologist sees, written down by hand: the value at each corner of the middle slice.
CORNERS = {
    "axial": {"top left": 343, "top right": 340, "bottom left": 303, "bottom right": 300},
    "coronal": {"top left": 523, "top right": 520, "bottom left": 23, "bottom right": 20},
    "sagittal": {"top left": 542, "top right": 502, "bottom left": 42, "bottom right": 2},
}
MIDDLE = {"axial": 3, "coronal": 2, "sagittal": 2}


def stored(axes, flips) -> tuple[np.ndarray, np.ndarray]:
    """The volume with its axes in this order and these directions, and its affine."""
    orientation = [[axes.index(axis), flips[axes.index(axis)]] for axis in range(3)]
    image = nibabel.Nifti1Image(CANONICAL, np.diag([1.0, 2.0, 3.0, 1.0]))
    turned = image.as_reoriented(np.array(orientation))
    return np.asarray(turned.dataobj), turned.affine


@pytest.mark.parametrize("plane", CORNERS)
def test_corners_by_hand(plane):
    image = scans.read(scan_files.nifti(CANONICAL), plane=plane).slices[MIDDLE[plane]]
    corners = {
        "top left": image[0, 0],
        "top right": image[0, -1],
        "bottom left": image[-1, 0],
        "bottom right": image[-1, -1],
    }
    assert corners == CORNERS[plane]


@pytest.mark.parametrize("plane", CORNERS)
@pytest.mark.parametrize(("axes", "flips"), STORED)
def test_the_order_of_storage_does_not_show(plane, axes, flips):
    volume, affine = stored(axes, flips)
    scan = scans.read(scan_files.nifti(volume, affine), plane=plane)
    plain = scans.read(scan_files.nifti(CANONICAL, np.diag([1.0, 2.0, 3.0, 1.0])), plane=plane)
    np.testing.assert_array_equal(np.stack(scan.slices), np.stack(plain.slices))
    assert scan.spacing_mm == plain.spacing_mm
    assert (scan.plane, scan.orientation) == (plain.plane, plain.orientation)


@pytest.mark.parametrize("plane", CORNERS)
@pytest.mark.parametrize(("axes", "flips"), STORED[::5])
def test_masks_go_back_onto_the_volume(plane, axes, flips, tmp_path):
    volume, affine = stored(axes, flips)
    scan = scans.read(scan_files.nifti(volume, affine), plane=plane)
    path = scans.write_nifti([image > 250 for image in scan.slices], scan, tmp_path / "mask.nii.gz")
    written = nibabel.load(path)
    np.testing.assert_array_equal(np.asarray(written.dataobj), volume > 250)
    np.testing.assert_array_equal(written.affine, affine)
    np.testing.assert_allclose(written.get_qform(), affine, atol=1e-5)
    assert written.get_data_dtype() == np.uint8


def test_spacing_is_that_of_rows_columns_and_slices():
    content = scan_files.nifti(CANONICAL, np.diag([1.0, 2.0, 3.0, 1.0]))
    assert scans.read(content, plane="axial").spacing_mm == (2.0, 1.0, 3.0)
    assert scans.read(content, plane="coronal").spacing_mm == (3.0, 1.0, 2.0)
    assert scans.read(content, plane="sagittal").spacing_mm == (3.0, 2.0, 1.0)


@pytest.mark.parametrize(
    ("zooms", "plane"),
    [((1, 1, 5), "axial"), ((1, 5, 1), "coronal"), ((5, 1, 1), "sagittal"), ((1, 1, 1), "axial")],
)
def test_the_sharpest_plane_is_chosen(zooms, plane):
    scan = scans.read(scan_files.nifti(CANONICAL, np.diag([*map(float, zooms), 1.0])))
    assert scan.plane == plane


def test_an_oblique_volume_has_the_nearest_plane():
    angle = np.deg2rad(25)
    turn = np.eye(4)
    turn[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    scan = scans.read(scan_files.nifti(CANONICAL, turn @ np.diag([1.0, 1.0, 4.0, 1.0])))
    assert scan.plane == "axial"
    np.testing.assert_allclose(scan.spacing_mm, (1, 1, 4), rtol=1e-6)
