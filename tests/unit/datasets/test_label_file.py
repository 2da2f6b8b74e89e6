import pytest

from brainscan.datasets.label_file import list_labelled


@pytest.fixture
def folder(write_images):
    return write_images("a.png", "b.jpg", "c.png")


@pytest.fixture
def csv(tmp_path):
    def write(*lines: str, encoding: str = "utf-8"):
        path = tmp_path / "labels.csv"
        path.write_text("\n".join(lines) + "\n", encoding=encoding)
        return path

    return write


def test_rows_and_files_pair_by_name_with_or_without_suffix(folder, csv):
    labels = csv("id,label,age", "b.jpg,tumor,7", "a,normal,8", "c.png,tumor,9")
    listing = list_labelled(folder, labels, None)
    assert listing.ids == ("b.jpg", "a", "c.png")
    assert [path.name for path in listing.paths] == ["b.jpg", "a.png", "c.png"]
    assert listing.classes == ("tumor", "normal", "tumor")
    assert listing.class_names == ("normal", "tumor")
    assert listing.patients is None


def test_the_group_column_is_kept(folder, csv):
    labels = csv("id,label,group", "a,no,p1", "b,yes,p2", "c,no,p1", encoding="utf-8-sig")
    assert list_labelled(folder, labels, None).patients == ("p1", "p2", "p1")


def test_rows_of_other_classes_are_left_out(folder, csv):
    labels = csv("id,label,group", "a,x,1", "b,y,1", "c,z,2")
    listing = list_labelled(folder, labels, ("z", "x"))
    assert (listing.ids, listing.class_names, listing.patients) == (
        ("a", "c"),
        ("z", "x"),
        ("1", "2"),
    )
    assert listing.left_out == ()


def test_a_label_file_out_of_step_lists_both_sides(folder, csv):
    rows = [f"gone{i},no" for i in range(7)]
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        list_labelled(folder, csv("id,label", "a,no", "a.png,yes", *rows), None)
    message = str(caught.value)
    assert "7 rows without an image (gone0, gone1, gone2, gone3, gone4, ...)" in message
    assert "2 images without a row (b.jpg, c.png)" in message
    assert "1 images with several rows (a.png)" in message


def test_a_stem_that_two_files_share_needs_its_suffix(write_images, csv):
    folder = write_images("a.png", "a.jpg")
    with pytest.raises(ValueError, match="rows without an image"):
        list_labelled(folder, csv("id,label", "a,no", "a.jpg,yes"), None)
    assert len(list_labelled(folder, csv("id,label", "a.png,no", "a.jpg,yes"), None).ids) == 2


@pytest.mark.parametrize("header", ["name,label", "id,class", "id;label"])
def test_missing_columns_show_those_there(folder, csv, header):
    with pytest.raises(ValueError, match=f"must have the columns id and label; got {header[:2]}"):
        list_labelled(folder, csv(header, "a,no"), None)


def test_empty_values_are_named_by_line(folder, csv):
    with pytest.raises(ValueError, match=r"must fill id, label in every row; empty in line 3, 4\."):
        list_labelled(folder, csv("id,label", "a,no", "b,", "c"), None)


def test_a_file_without_rows_is_refused(folder, csv):
    with pytest.raises(ValueError, match="it has none"):
        list_labelled(folder, csv("id,label"), None)
    with pytest.raises(ValueError, match="got none"):
        list_labelled(folder, csv(""), None)


def test_a_missing_label_file_is_named(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match="labels must be a CSV file; there is none at"):
        list_labelled(folder, tmp_path / "absent.csv", None)


def test_images_in_sub_folders_are_reported(folder, csv, write_images):
    write_images("deep/d.png")
    listing = list_labelled(folder, csv("id,label", "a,no", "b,yes", "c,no"), None)
    assert [entry.id for entry in listing.left_out] == ["deep"]
