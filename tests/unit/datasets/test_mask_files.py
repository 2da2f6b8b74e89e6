from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from brainscan.datasets.mask_files import MaskFiles, find_masks


def save(path: Path, array) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(array, np.uint8)).save(path)
    return path


def test_what_is_not_zero_is_tumour(tmp_path):
    values = [[0, 1, 255], [0, 0, 7]]
    colour = np.zeros((2, 3, 3))
    colour[0, 1] = (0, 0, 255)
    paths = (save(tmp_path / "a.png", values), save(tmp_path / "b.png", colour))
    masks = MaskFiles(paths, ((2, 3), (2, 3)))
    assert len(masks) == 2
    assert masks[0].dtype == np.bool_
    np.testing.assert_array_equal(masks[0], np.array(values) != 0)
    np.testing.assert_array_equal(masks[1], colour.any(axis=2))


def test_a_mask_of_another_size_than_its_image_is_refused(tmp_path):
    masks = MaskFiles((save(tmp_path / "a.png", np.zeros((4, 5))),), ((5, 4),))
    with pytest.raises(ValueError, match=r"a\.png must have the size of its image, 5x4.*got 4x5"):
        masks[0]


def test_masks_are_found_by_relative_path_and_by_another_suffix(tmp_path):
    for name in ("yes/a.png", "yes/b.png", "no/a.png", "no/a.tif"):
        save(tmp_path / name, np.zeros((2, 2)))
    images = [Path("yes/a.jpg"), Path("yes/b.png"), Path("no/a.png")]
    found = find_masks(tmp_path, images)
    assert found == (
        tmp_path / "yes" / "a.png",
        tmp_path / "yes" / "b.png",
        tmp_path / "no" / "a.png",
    )


def test_missing_masks_are_listed(tmp_path):
    save(tmp_path / "0.png", np.zeros((2, 2)))
    with pytest.raises(ValueError, match=r"7 have none \(1\.png, 2\.png, .*5\.png, \.\.\.\)"):
        find_masks(tmp_path, [Path(f"{i}.png") for i in range(8)])


def test_a_missing_folder_of_masks_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="masks must be a folder; there is none at"):
        find_masks(tmp_path / "absent", [])


def test_jpeg_masks_are_refused(tmp_path):
    save(tmp_path / "a.jpg", np.zeros((8, 8)))
    with pytest.raises(ValueError, match="lossless"):
        find_masks(tmp_path, [Path("a.png")])
