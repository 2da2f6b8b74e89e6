"""Which class is which: the order of class names, so that label 1 is the tumour."""

from collections.abc import Collection, Sequence

TUMOUR_FREE = frozenset(
    {"0", "no", "none", "notumor", "notumour", "nontumor", "nontumour"}
    | {"normal", "healthy", "negative"}
)
TUMOUR = frozenset({"1", "yes", "tumor", "tumour", "braintumor", "braintumour", "positive"})

NO_CLASS = frozenset(
    {"mask", "masks", "label", "labels", "image", "images", "segmentation", "segmentations"}
    | {"pred", "test", "testing", "train", "training", "val", "valid", "validation"}
)


def order_classes(found: Collection[str], classes: Sequence[str] | None) -> tuple[str, ...]:
    """Return the class names in the order of their labels.

    Args:
        found: the names of the sub-folders, or in the label file.
        classes: the names wanted, in order; None to tell them by common names (``no``, ``notumor``,
            ``normal``, ``yes``, ``tumor``, ... in any case). More than two are alphabetical, the
            tumour-free one first; numbers are in their order.

    Raises:
        ValueError: fewer than two classes, a class that is not there, or names that do not tell.
    """
    names = sorted(found)
    if classes is not None:
        return _chosen(names, classes)
    if len(names) < 2:
        raise ValueError(
            f"a dataset must have two classes or more; got one: {', '.join(names)}. "
            "Make one sub-folder a class, such as 'no' and 'yes'."
        )
    two = len(names) == 2
    numbers = all(name.isdecimal() for name in names)
    if numbers and (not two or sorted(map(int, names)) == [0, 1]):
        return tuple(sorted(names, key=int))
    free = [name for name in names if _plain(name) in TUMOUR_FREE]
    tumour = [name for name in names if _plain(name) in TUMOUR]
    tell = max(len(free), len(tumour)) == 1 if two else len(free) <= 1 and not tumour
    if not tell or numbers or any(_plain(name) in NO_CLASS for name in names):
        raise ValueError(
            f"class names must tell which class has a tumour; got {', '.join(names)}. "
            "Name the classes in the order of their labels: classes=('healthy class', 'tumour')."
        )
    return tuple(sorted(names, key=lambda name: (name not in free, name in tumour)))


def _chosen(names: Sequence[str], classes: Sequence[str]) -> tuple[str, ...]:
    if isinstance(classes, str) or len(classes) < 2 or len(set(classes)) < len(classes):
        raise ValueError(f"classes must be two or more different names; got {classes!r}.")
    absent = [name for name in classes if name not in names]
    if absent:
        raise ValueError(
            f"classes must be among those found, {', '.join(names)}; got {', '.join(absent)}."
        )
    return tuple(classes)


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())
