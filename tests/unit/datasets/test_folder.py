import shutil

import numpy as np
import pytest
from PIL import Image

from brainscan._core.reading import read_image
from brainscan.datasets.folder import load_folder


def test_labels_ids_and_images_are_those_of_the_files(write_images):
    root = write_images("yes/a.png", "no/b.png", "no/c.bmp")
    data = load_folder(root)
    assert data.ids == ("no/b.png", "no/c.bmp", "yes/a.png")
    assert data.labels.tolist() == [0, 0, 1]
    assert data.class_names == ("no", "yes")
    assert data.groups.tolist() == [0, 1, 2]
    for image, name in zip(data, data.ids, strict=True):
        np.testing.assert_array_equal(image, read_image(root / name))


def test_images_are_read_again_each_time(write_images):
    root = write_images("no/a.png", "yes/b.png")
    data = load_folder(root)
    Image.new("L", (3, 2), 9).save(root / "no" / "a.png")
    assert data[0].tolist() == [[9, 9, 9], [9, 9, 9]]


def test_near_duplicates_share_a_group(write_images):
    root = write_images("no/a.png", "yes/b.png", size=(64, 64))
    Image.open(root / "no" / "a.png").save(root / "no" / "c.jpg", quality=60)
    data = load_folder(root)
    assert data.ids == ("no/a.png", "no/c.jpg", "yes/b.png")
    assert data.groups.tolist() == [0, 0, 1]


def test_damaged_files_are_named_and_the_rest_goes_on(write_images):
    root = write_images("no/good.png", "yes/good.png", "yes/cut.png")
    (root / "no" / "text.jpg").write_text("this is no image")
    (root / "no" / "empty.png").touch()
    (root / "yes" / "cut.png").write_bytes((root / "yes" / "cut.png").read_bytes()[:700])
    page = Image.new("L", (8, 8))
    page.save(root / "yes" / "pages.tif", save_all=True, append_images=[page])
    with pytest.warns(UserWarning, match=r"left out 4 of 'scans'.*the first is no/empty\.png:"):
        data = load_folder(root)
    assert data.ids == ("no/good.png", "yes/good.png")
    assert data.labels.tolist() == [0, 1]
    reasons = {entry.id: entry.reason for entry in data.unreadable}
    assert set(reasons) == {"no/text.jpg", "no/empty.png", "yes/cut.png", "yes/pages.tif"}
    assert "it is empty" in reasons["no/empty.png"]
    assert "its content is none of these" in reasons["no/text.jpg"]
    assert "must be a whole image file" in reasons["yes/cut.png"]
    assert "it holds 2" in reasons["yes/pages.tif"]
    assert "4 unreadable" in repr(data)


def test_images_in_sub_folders_of_a_class_are_named(write_images):
    root = write_images("no/a.png", "yes/b.png", "yes/more/c.png")
    with pytest.warns(UserWarning, match="the first is yes/more: holds 1 image"):
        data = load_folder(root)
    assert len(data) == 2
    assert [entry.id for entry in data.unreadable] == ["yes/more"]


def test_a_class_without_a_readable_image_is_refused(write_images):
    root = write_images("no/a.png", "yes/b.png")
    (root / "yes" / "b.png").write_bytes(b"")
    with (
        pytest.warns(UserWarning, match="left out 1"),
        pytest.raises(ValueError, match=r"every class must have.*; yes has none\..*yes/b\.png:"),
    ):
        load_folder(root)


def test_a_label_file_gives_labels_and_groups_without_its_unreadable_rows(write_images, tmp_path):
    root = write_images("a.png", "b.png", "c.png", "d.png")
    (root / "b.png").write_bytes(b"")
    rows = ("id,label,group", "d,no,p2", "b,no,p1", "c,yes,p1", "a,yes,p2")
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    with pytest.warns(UserWarning, match="the first is b: "):
        data = load_folder(root, labels=tmp_path / "labels.csv")
    assert data.ids == ("d", "c", "a")
    assert data.labels.tolist() == [0, 1, 1]
    assert data.groups.tolist() == [0, 1, 0]


def test_masks_are_read_lazily_and_belong_to_their_images(write_images, tmp_path):
    root = write_images("no/a.png", "yes/b.png", "yes/c.png", size=(4, 6))
    for i, name in enumerate(("no/a.png", "yes/b.png", "yes/c.png")):
        mask = np.zeros((4, 6), np.uint8)
        mask[:, :i] = 255
        (tmp_path / "masks" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(mask).save(tmp_path / "masks" / name)
    data = load_folder(root, masks=tmp_path / "masks")
    assert data.masks is not None
    assert [int(mask.sum()) for mask in data.masks] == [0, 4, 8]
    chosen = data.subset([2, 0]).masks
    assert chosen is not None
    assert [int(mask.sum()) for mask in chosen] == [8, 0]
    Image.new("L", (6, 5)).save(tmp_path / "masks" / "yes" / "b.png")
    with pytest.raises(ValueError, match="must have the size of its image, 4x6"):
        data.masks[1]


def test_masks_inside_the_folder_are_no_images_left_out(write_images):
    root = write_images("no/a.png", "yes/b.png", "masks/no/a.png", "masks/yes/b.png")
    data = load_folder(root, masks=root / "masks")
    assert data.unreadable == ()
    with pytest.warns(UserWarning, match="left out 2"):
        load_folder(root)


def test_an_image_without_a_mask_is_refused(write_images, tmp_path):
    root = write_images("no/a.png", "yes/b.png")
    (tmp_path / "masks").mkdir()
    with pytest.raises(ValueError, match=r"2 have none \(no/a\.png, yes/b\.png\)"):
        load_folder(root, masks=tmp_path / "masks")


def test_the_slices_of_cheng_load_with_patients_and_masks(cheng):
    data = load_folder(cheng / "images", labels=cheng / "manifest.csv", masks=str(cheng / "masks"))
    assert len(data) == 1503
    assert data.class_counts == {"glioma": 524, "meningioma": 418, "pituitary": 561}
    assert len(np.unique(data.groups)) == 121
    rows = [line.split(",") for line in (cheng / "manifest.csv").read_text().splitlines()[1:]]
    assert data.masks is not None
    for i in range(0, 1503, 300):
        assert data.masks[i].dtype == np.bool_
        assert int(data.masks[i].sum()) == int(rows[i][5])


def test_one_image_under_two_labels_is_a_warning(write_images):
    root = write_images("no/a.png", "yes/b.png")
    shutil.copy(root / "no" / "a.png", root / "yes" / "c.png")
    with pytest.warns(UserWarning, match=r"1 group\(s\) of near-duplicates .* no/a.png, yes/c.png"):
        load_folder(root)
