import os
import shutil

import pytest

from brainscan.datasets.dataset import Unreadable
from brainscan.datasets.listing import list_class_folders


def test_files_that_are_no_images_or_hidden_are_ignored(write_images):
    root = write_images(
        "no/a.png", "yes/b.JPG", "yes/._b.jpg", "__MACOSX/yes/._b.jpg", ".cache/c.png"
    )
    for name in ("Thumbs.db", "notes.txt", "Makefile"):
        (root / "yes" / name).write_text("no image")
    listing = list_class_folders(root, None)
    assert listing.ids == ("no/a.png", "yes/b.JPG")
    assert listing.classes == ("no", "yes")
    assert listing.left_out == ()


def test_an_archive_that_holds_every_file_twice_is_read_once_without_complaint(write_images):
    root = write_images("no/a.png", "no/b.png", "yes/c.png")
    for name in ("no", "yes"):
        shutil.copytree(root / name, root / "brain_tumor_dataset" / name)
    listing = list_class_folders(root, None)
    assert listing.ids == ("no/a.png", "no/b.png", "yes/c.png")
    assert listing.left_out == ()


def test_images_elsewhere_that_are_no_copies_are_reported(write_images):
    root = write_images("no/a.png", "yes/b.png", "yes/more/c.png", "yes/more/d.png", "e.png")
    shutil.copy(root / "yes" / "b.png", root / "yes" / "more" / "copy.png")
    listing = list_class_folders(root, None)
    assert listing.ids == ("no/a.png", "yes/b.png")
    assert [entry.id for entry in listing.left_out] == [".", "yes/more"]
    assert listing.left_out[1] == Unreadable(
        "yes/more",
        "holds 2 image(s) where none is looked for; images lie directly in a class folder.",
    )


def test_folders_that_are_not_among_the_given_classes_are_left_out_silently(write_images):
    root = write_images("no/a.png", "yes/b.png", "pred/c.png", "d.png")
    listing = list_class_folders(root, ("no", "yes"))
    assert listing.ids == ("no/a.png", "yes/b.png")
    assert listing.left_out == ()


def test_the_only_sub_folder_with_classes_is_entered(write_images):
    root = write_images("archive/brain/no/a.png", "archive/brain/yes/b.png")
    (root / "docs").mkdir()
    listing = list_class_folders(root, None)
    assert listing.ids == ("no/a.png", "yes/b.png")
    assert listing.root == root / "archive" / "brain"


def test_several_sub_folders_with_classes_are_named(write_images):
    root = write_images(*(f"{part}/{c}/a.png" for part in ("Training", "Testing") for c in "xy"))
    with pytest.raises(ValueError, match=r"Testing, Training each hold such\. Load one of them"):
        list_class_folders(root, None)


def test_a_flat_folder_asks_for_labels(write_images):
    with pytest.raises(ValueError, match=r"its images lie in one folder.*labels="):
        list_class_folders(write_images("a.png", "b.png"), None)


def test_an_empty_folder_names_what_it_looks_for(tmp_path):
    (tmp_path / "no").mkdir()
    (tmp_path / "no" / "notes.txt").touch()
    with pytest.raises(ValueError, match=r"must hold images \(\.bmp, \.jfif, \.jpeg.*found none"):
        list_class_folders(tmp_path, None)


def test_one_class_is_refused(write_images):
    with pytest.raises(ValueError, match="two classes or more; got one: yes"):
        list_class_folders(write_images("yes/a.png", "yes/b.png"), None)


def test_links_that_lead_back_up_end(write_images):
    root = write_images("no/a.png", "yes/b.png")
    (root / "yes" / "loop").symlink_to("..")
    (root / "no" / "loop").symlink_to("..")
    assert list_class_folders(root, None).ids == ("no/a.png", "yes/b.png")


def test_a_link_and_its_target_are_one_image(write_images):
    root = write_images("no/a.png", "yes/b.png")
    (root / "yes" / "c.png").symlink_to("b.png")
    assert list_class_folders(root, None).ids == ("no/a.png", "yes/b.png")


def test_files_of_other_formats_are_reported(write_images):
    root = write_images("no/a.png", "yes/b.png")
    (root / "yes" / "c.gif").write_bytes(b"GIF89a")
    (root / "yes" / "d").write_bytes((root / "yes" / "b.png").read_bytes())
    (root / "no" / "e.png").symlink_to("nowhere.png")
    reasons = {entry.id: entry.reason for entry in list_class_folders(root, None).left_out}
    assert set(reasons) == {"yes/c.gif", "yes/d", "no/e.png"}
    assert "convert it" in reasons["yes/c.gif"]
    assert reasons["no/e.png"] == "is a link to a file that does not exist."


def test_a_class_of_another_format_only_is_named(write_images):
    root = write_images("yes/b.png")
    (root / "no").mkdir()
    (root / "no" / "a.dcm").write_bytes(b"DICM")
    with pytest.raises(ValueError, match=r"got one: yes\. 'no' holds files of other formats"):
        list_class_folders(root, None)


def test_a_name_that_is_no_utf8_is_shown(tmp_path):
    for folder in ("no", "yes"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.png").touch()
    (tmp_path / "no/a.png").rename(tmp_path / "no" / os.fsdecode(b"b\xff.png"))
    listing = list_class_folders(tmp_path, None)
    assert listing.ids == ("no/b\\xff.png", "yes/a.png")


def test_a_folder_of_scans_is_told_how_to_read_them(tmp_path):
    (tmp_path / "patient").mkdir()
    (tmp_path / "patient" / "slice.DCM").write_bytes(b"")
    with pytest.raises(ValueError, match=r"found none\. DICOM and NIfTI files are read by .*scans"):
        list_class_folders(tmp_path, None)
