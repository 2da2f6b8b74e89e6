"""What a data set must be, for splits, training and figures to rely on it."""

import numpy as np

from brainscan.datasets import Dataset, load
from brainscan.testing.expect import expect, expect_equal

_DTYPES = ("uint8", "uint16", "float32")


def check_dataset(data: Dataset | str, images: int = 16) -> None:
    """Check a data set: its record as a whole, and some of its images, evenly spread.

    An image must have the shape ``(height, width)`` or ``(height, width, channels)``, a dtype that
    brainscan takes and finite numbers, and be the same when it is read again. A mask must be bool
    and of its image's size. A class must have images of more than one group, so that it can be
    trained on and tested on without a leak. The licence must be known.

    Args:
        data: a data set, or a name that `brainscan.datasets.load` knows.
        images: how many images to read.

    Raises:
        AssertionError: it is not so; the message says what was expected and what came.
        ValueError: no data set has this name.

    Examples:
        >>> import brainscan as bs
        >>> bs.testing.check_dataset(bs.datasets.load("phantom", n=6))
    """
    if isinstance(data, str):
        data = load(data)
    expect(isinstance(data, Dataset), "a data set must be a Dataset", type(data).__name__)
    expect(data.licence != "unknown", f"{data.name} must have a licence", data.licence)
    for label, name in enumerate(data.class_names):
        groups = len(np.unique(data.groups[data.labels == label]))
        expect(groups > 1, f"{data.name} must have two groups or more of class {name!r}", groups)
    chosen = np.unique(np.linspace(0, len(data) - 1, images).round().astype(int)).tolist()
    for index in chosen:
        _check_image(data, index)
    some = data.subset(chosen)
    must = f"{data.name} must give the same image from a subset"
    expect_equal(some[0], data[chosen[0]], must)
    expect_equal(some.labels, data.labels[chosen], f"{data.name} must keep labels in a subset")


def _check_image(data: Dataset, index: int) -> None:
    name = f"image {data.ids[index]!r} of {data.name}"
    image = np.asarray(data[index])
    shaped = image.ndim == 2 or (image.ndim == 3 and image.shape[2] in (1, 3, 4))
    must = f"{name} must have the shape (height, width) or (height, width, 1, 3 or 4)"
    expect(shaped and image.size, must, image.shape)
    expect(image.dtype.name in _DTYPES, f"{name} must be one of {_DTYPES}", image.dtype)
    expect(np.isfinite(image).all(), f"{name} must be finite", "nan or infinity")
    expect_equal(data[index], image, f"{name} must be the same when it is read again")
    if data.masks is not None:
        mask = np.asarray(data.masks[index])
        expect(mask.dtype == bool, f"the mask of {name} must be bool", mask.dtype)
        same = mask.shape == image.shape[:2]
        expect(same, f"the mask of {name} must have its size {image.shape[:2]}", mask.shape)
