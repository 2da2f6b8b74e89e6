import pytest

from brainscan.datasets.class_names import order_classes


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (["yes", "no"], ("no", "yes")),
        (["tumor", "notumor"], ("notumor", "tumor")),
        (["Tumour", "No Tumour"], ("No Tumour", "Tumour")),
        (["NO_TUMOR", "YES"], ("NO_TUMOR", "YES")),
        (["Brain Tumor", "Healthy"], ("Healthy", "Brain Tumor")),
        (["glioma", "normal"], ("normal", "glioma")),
        (["astro", "tumor"], ("astro", "tumor")),
        (["1", "0"], ("0", "1")),
        (["10", "9", "2"], ("2", "9", "10")),
        (["pituitary", "notumor", "glioma"], ("notumor", "glioma", "pituitary")),
        (["b", "c", "a"], ("a", "b", "c")),
    ],
)
def test_common_names_give_the_order(found, expected):
    assert order_classes(found, None) == expected


@pytest.mark.parametrize("found", [["a", "b"], ["no", "normal"], ["yes", "tumor"]])
def test_two_names_that_do_not_tell_are_refused(found):
    with pytest.raises(ValueError, match=r"must tell which class has a tumour; got .*classes="):
        order_classes(found, None)


def test_an_extra_folder_beside_no_and_yes_is_no_third_class():
    with pytest.raises(ValueError, match="got no, pred, yes"):
        order_classes(["yes", "no", "pred"], None)


def test_given_names_choose_and_order():
    assert order_classes(["a", "b", "c"], ("c", "a")) == ("c", "a")


def test_one_class_is_refused():
    with pytest.raises(ValueError, match="two classes or more; got one: yes"):
        order_classes(["yes"], None)


@pytest.mark.parametrize("classes", ["no", ("no",), ("no", "no"), ()])
def test_given_names_must_be_two_different(classes):
    with pytest.raises(ValueError, match="classes must be two or more different names; got"):
        order_classes(["no", "yes"], classes)


def test_a_given_name_that_is_not_there_is_shown_beside_those_found():
    with pytest.raises(ValueError, match="among those found, no, yes; got tumor"):
        order_classes(["no", "yes"], ("no", "tumor"))


@pytest.mark.parametrize("found", [["masks", "tumor"], ["images", "yes"], ["1", "2"]])
def test_folders_that_are_no_healthy_class(found):
    with pytest.raises(ValueError, match="must tell which class has a tumour"):
        order_classes(found, None)
