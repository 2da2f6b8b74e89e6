import numpy as np
import pytest
from PIL import Image

from brainscan.datasets.dataset import Dataset, ImageFiles, Unreadable


def make(**changes) -> Dataset:
    images = [np.full((2, 3), i, np.uint8) for i in range(4)]
    fields = {
        "name": "ward",
        "images": images,
        "labels": np.array([0, 1, 1, 0]),
        "ids": ("a", "b", "c", "d"),
        "groups": np.array([5, 5, 2, 9]),
        "class_names": ("no", "yes"),
        "masks": [image > 1 for image in images],
    }
    return Dataset(**{**fields, **changes})


def test_indexing_and_iterating_give_the_images():
    data = make()
    assert len(data) == 4
    assert data[2][0, 0] == 2
    assert [image[0, 0] for image in data] == [0, 1, 2, 3]


def test_nothing_is_read_before_it_is_asked_for():
    class Unread(list):
        def __getitem__(self, index):
            raise OSError("read")

    never = Unread([None] * 4)
    data = make(images=never, masks=never)
    assert data.subset([0, 3]).ids == ("a", "d")
    with pytest.raises(OSError, match="read"):
        data[0]


def test_groups_are_numbered_by_first_appearance():
    assert make().groups.tolist() == [0, 0, 1, 2]
    assert make().with_groups(["p7", "p1", "p7", ("x", 1)]).groups.tolist() == [0, 1, 0, 2]


def test_a_subset_keeps_everything_together():
    part = make().subset([3, 1])
    assert part.ids == ("d", "b")
    assert part.labels.tolist() == [0, 1]
    assert part.groups.tolist() == [0, 1]
    assert [image[0, 0] for image in part] == [3, 1]
    assert part.masks is not None
    assert [bool(mask[0, 0]) for mask in part.masks] == [True, False]
    assert part.subset([1]).ids == ("b",)
    assert make().subset([-1]).ids == ("d",)
    assert len(make().subset([])) == 0


def test_booleans_choose_as_in_numpy():
    data = make()
    assert data.subset(data.labels == 1).ids == ("b", "c")
    with pytest.raises(IndexError):
        data.subset(np.array([True, False]))


def test_a_position_outside_is_refused():
    with pytest.raises(IndexError):
        make().subset([4])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": np.array([0, 1])}, r"must have one length; got images 4, labels 2"),
        ({"masks": []}, r"must have one length; got images 4, masks 0"),
        ({"labels": np.array([0, 1, 2, 0])}, r"class indices below 2; got 0 to 2"),
        ({"labels": np.array([0, -1, 1, 0])}, r"class indices below 2; got -1 to 1"),
        ({"ids": ("a", "b", "a", "d")}, r"ids must be unique; 'a' occurs more than once"),
    ],
)
def test_fields_out_of_step_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        make(**changes)


@pytest.mark.parametrize("labels", [np.array([0.5, 1, 0, 1]), np.array([[0], [1], [1], [0]])])
def test_labels_that_are_no_class_indices_are_refused(labels):
    data = object.__new__(Dataset)  # past the run-time types, as a caller without them would be
    for name, value in vars(make()).items():
        object.__setattr__(data, name, value)
    object.__setattr__(data, "labels", labels)
    with pytest.raises(ValueError, match=r"labels must be whole numbers of shape \(n,\); got"):
        data.__post_init__()


def test_the_repr_counts_classes_groups_and_what_was_left_out():
    data = make(unreadable=(Unreadable("e", "it is empty"),))
    assert repr(data) == "Dataset('ward': 4 images, 2 no, 2 yes, 3 groups, 1 unreadable)"
    assert data.class_counts == {"no": 2, "yes": 2}


def test_image_files_are_read_when_asked_for(tmp_path):
    files = ImageFiles((tmp_path / "absent.png",))
    assert len(files) == 1
    with pytest.raises(FileNotFoundError):
        files[0]


def test_paths_are_those_of_the_files_also_of_a_subset(tmp_path):
    files = tuple(tmp_path / f"{name}.png" for name in "abcd")
    for file in files:
        Image.new("L", (3, 2)).save(file)
    data = make(images=ImageFiles(files), masks=None)
    assert data.paths == files
    assert data.subset([3, 0, 1]).subset([1, 2]).paths == (files[0], files[1])
    assert make().paths is None
    assert make().subset([0]).paths is None
