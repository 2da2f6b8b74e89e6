"""The audit finds what was planted, and nothing where nothing was."""

import json
from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image

from brainscan.datasets import audit
from brainscan.datasets.dataset import Dataset
from brainscan.datasets.phantom import phantom

# Most folders here hold a planted conflict, which loading warns of.
pytestmark = pytest.mark.filterwarnings("ignore:.*bear several labels")


def encoded(image, **options):
    buffer = BytesIO()
    Image.fromarray(image).save(buffer, **options)
    return buffer.getvalue()


def arrays(images, labels=None, **options):
    n = len(images)
    labels = np.arange(n) % 2 if labels is None else np.array(labels)
    given = {"groups": np.arange(n), "class_names": ("no", "yes")} | options
    return Dataset("made", images, labels, tuple(f"i{k}" for k in range(n)), **given)


def test_three_levels_of_copies_each_within_the_next(head, load_images):
    png = encoded(head(0), format="PNG")
    data = load_images(
        {
            "no/a.png": png,
            "no/b.png": png,
            "no/c.bmp": head(0),
            "no/d.png": np.repeat(head(0)[:, :, None], 3, axis=2),
            "no/e.jpg": encoded(head(0), format="JPEG", quality=40),
            "no/f.png": cv2.resize(head(0), (90, 75)),
            "no/other.png": head(1),
            "yes/g.png": head(2),
        }
    )
    report = audit(data, progress=False)
    (files,), (pixels,), (near,) = report.file_copies, report.pixel_copies, report.near_copies
    assert (files.kind, files.ids) == ("byte-identical", ("no/a.png", "no/b.png"))
    assert pixels.kind == "pixel-identical"
    assert pixels.ids == ("no/a.png", "no/b.png", "no/c.bmp", "no/d.png")
    assert near.kind == "near-identical"
    assert near.ids == (*pixels.ids, "no/e.jpg", "no/f.png")
    assert near.classes == ("no",) * 6
    assert report.groups.tolist() == [0, 0, 0, 0, 0, 0, 1, 2]
    assert report.n_groups == 3
    assert report.conflicts == report.torn == report.overlaps == ()


@pytest.mark.parametrize("quarter_turns", range(4))
@pytest.mark.parametrize("flipped", [False, True])
def test_a_copy_in_each_of_eight_orientations_recompressed(head, quarter_turns, flipped):
    turned = np.rot90(np.fliplr(head(0)) if flipped else head(0), quarter_turns)
    jpeg = cv2.imencode(".jpg", np.ascontiguousarray(turned), [cv2.IMWRITE_JPEG_QUALITY, 50])[1]
    copy = cv2.resize(cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE), (80, 80))
    report = audit(arrays([head(0), head(1), copy, head(2)]), progress=False)
    (copies,) = report.near_copies
    assert copies.ids == ("i0", "i2")
    assert report.file_copies == report.pixel_copies == ()


def test_one_image_with_two_labels_is_a_conflict(head):
    report = audit(arrays([head(0), head(1), head(0)], [0, 1, 1]), progress=False)
    (conflict,) = report.conflicts
    assert (conflict.ids, conflict.classes) == (("i0", "i2"), ("no", "yes"))
    assert conflict.kind == "pixel-identical"
    assert "i0 (no), i2 (yes)" in report.to_text()


def test_the_patients_given_are_kept_together_and_torn_copies_told(head):
    data = arrays([head(0), head(1), head(2), head(0), head(3)], groups=np.array([0, 0, 1, 2, 2]))
    report = audit(data, progress=False)
    assert report.groups.tolist() == [0, 0, 1, 0, 0]
    assert [group.ids for group in report.torn] == [("i0", "i3")]
    assert data.with_groups(report.groups).groups.tolist() == [0, 0, 1, 0, 0]
    assert audit(data.with_groups(report.groups), progress=False).torn == ()


def test_what_two_data_sets_share(head, load_images):
    here = load_images({f"{'no' if i < 3 else 'yes'}/{i}.png": head(i) for i in range(6)}, "here")
    there = load_images(
        {
            "no/flipped.png": np.fliplr(head(4)),
            "no/new.png": head(10),
            "yes/same.png": head(5),
        },
        "there",
    )
    report = audit(here, there, progress=False)
    assert report.other_name == "there"
    flipped, same = report.overlaps
    assert (flipped.ids, flipped.other_ids) == (("yes/4.png",), ("no/flipped.png",))
    assert (flipped.classes, flipped.other_classes) == (("yes",), ("no",))
    assert (same.kind, same.other_ids) == ("byte-identical", ("yes/same.png",))
    assert report.conflicts == (flipped,)
    assert report.near_copies == ()
    assert len(report.groups) == 6
    assert (1, "no/flipped.png") in report.previews


def test_labels_of_two_sets_that_name_classes_differently_are_no_conflict(head):
    a = arrays([head(0), head(1)])
    b = arrays([head(0), head(2)], class_names=("healthy", "tumour"))
    report = audit(a, b, progress=False)
    assert len(report.overlaps) == 1
    assert report.conflicts == ()


def test_a_file_that_became_unreadable_is_reported_and_the_rest_goes_on(head, load_images):
    data = load_images({f"{'no' if i < 3 else 'yes'}/{i}.png": head(i % 3) for i in range(6)})
    (data.paths or ())[1].unlink()
    (data.paths or ())[5].write_bytes(b"torn")
    report = audit(data, progress=False)
    assert [file.id for file in report.unreadable] == ["no/1.png", "yes/5.png"]
    assert "No such file" in report.unreadable[0].reason
    assert [group.ids for group in report.file_copies] == [("no/0.png", "yes/3.png")]
    assert report.groups.tolist() == data.groups.tolist()
    assert report.sizes == {(64, 64): 4}
    assert "unreadable" in report.to_text()


def test_unreadable_files_of_the_other_set_carry_its_name(head):
    bad = arrays([head(0), np.full((4, 4), np.nan)])
    report = audit(arrays([head(1), head(2)]), bad, progress=False)
    assert [file.id for file in report.unreadable] == ["made: i1"]


def test_a_data_set_without_a_readable_image_is_refused():
    bad = arrays([np.full((4, 4), np.nan)] * 2)
    with pytest.raises(ValueError, match="an image that can be read; 'made' has none: i0"):
        audit(bad, progress=False)


def test_a_subset_keeps_its_files(head, load_images):
    png = encoded(head(0), format="PNG")
    files = {"no/a.png": png, "no/b.png": head(1), "yes/c.png": png, "yes/d.png": head(2)}
    data = load_images(files).subset([3, 2, 1, 0]).subset([1, 3])
    report = audit(data, progress=False)
    assert [group.ids for group in report.file_copies] == [("yes/c.png", "no/a.png")]
    assert report.formats == {"png": 2}


def test_arrays_have_no_files_but_the_rest():
    report = audit(phantom(n=30), progress=False)
    assert report.file_copies == ()
    assert report.formats == {}
    assert "the form of the images (height, width" in report.shortcuts[0].sees
    assert "bytes per pixel" not in report.shortcuts[0].sees


def test_sizes_and_formats_are_counted(head, load_images):
    data = load_images(
        {
            "no/a.png": head(0),
            "no/b.jpeg": head(1),
            "yes/c.jpg": head(2)[:50],
            "yes/d.JPG": head(3),
        }
    )
    report = audit(data, progress=False)
    assert report.sizes == {(64, 64): 3, (50, 64): 1}
    assert list(report.sizes) == [(64, 64), (50, 64)]
    assert report.formats == {"jpeg": 3, "png": 1}
    assert report.class_counts == {"no": 2, "yes": 2}


def test_the_same_seed_gives_the_same_report(head):
    data = arrays([head(i) for i in range(24)])
    first, second = (json.dumps(audit(data, progress=False).to_json()) for _ in range(2))
    assert first == second


def test_long_work_says_how_far_it_is_on_standard_error(capsys):
    tiny = [np.eye(4, dtype=np.uint8) * 200] * 600
    audit(arrays(tiny), progress=True)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "read 500 of 600 images" in captured.err
    audit(arrays(tiny[:5]), progress=False)
    assert capsys.readouterr().err == ""


def test_the_real_images(kaggle253):
    from brainscan.datasets.kaggle import kaggle253 as load

    report = audit(load(kaggle253), progress=False)
    assert len(report.file_copies) == 22
    assert sum(len(group.ids) - 1 for group in report.file_copies) == 25
    assert 205 <= report.n_groups <= 212
    assert report.conflicts == report.torn == report.unreadable == ()
    form, border = report.shortcuts
    assert form.found
    assert form.low < 0.82 < form.high
    assert border.auc < form.auc
    assert {outlier.id for outlier in report.outliers} >= {"yes/Y167.JPG"}  # a white margin
