"""What a function from images to a table of features must do."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainscan.testing.expect import expect, expect_equal

Extractor = Callable[..., Any]


def check_extractor(extractor: Extractor, size: int = 32) -> None:
    """Check a function, or a transformer, from images to a table, one row an image.

    It must take a sequence of grey or colour images of several sizes and dtypes and return
    ``(n, d)`` finite float32; give the same row for an image alone and in company, and every time;
    and leave the images as they are. One that names its columns (``get_feature_names_out``) must
    name each once.

    Args:
        extractor: takes a sequence of images, ``(height, width)`` or ``(height, width, channels)``.
        size: the height and width of the smallest image it takes, in pixels.

    Raises:
        AssertionError: it does not; the message says what was expected and what came.

    Examples:
        >>> import brainscan as bs
        >>> bs.testing.check_extractor(bs.features.glcm_lbp)
    """
    images = _images(size)
    before = [image.copy() for image in images]
    table = np.asarray(extractor(images))
    name = getattr(extractor, "__name__", repr(extractor))
    rows = table.ndim == 2 and len(table) == len(images)
    expect(rows, f"{name} must return ({len(images)}, d) for as many images", table.shape)
    expect(table.shape[1] > 0, f"{name} must return a feature at least", table.shape)
    expect(table.dtype == np.float32, f"{name} must return float32", table.dtype)
    bad = np.flatnonzero(~np.isfinite(table).all(axis=1))
    expect(not len(bad), f"{name} must return finite numbers", f"others for images {bad.tolist()}")
    for image, kept in zip(images, before, strict=True):
        expect_equal(image, kept, f"{name} must leave the images as they are")
    expect_equal(extractor(images), table, f"{name} must return the same table every time")
    alone = np.concatenate([np.asarray(extractor([image])) for image in images])
    must = f"{name} must give an image the same row alone and in company"
    expect_equal(alone, table, must, tolerance=1e-5 * float(np.abs(table).max()))
    if hasattr(extractor, "get_feature_names_out"):
        names = list(extractor.get_feature_names_out())  # pyright: ignore[reportFunctionMemberAccess]
        unique = len(set(names)) == len(names) == table.shape[1]
        expect(unique, f"{name} must name its {table.shape[1]} columns once each", names)


def _images(size: int) -> list[NDArray[Any]]:
    """Noise, grey and coloured, of several sizes and dtypes; and images of one value."""
    rng = np.random.default_rng(0)
    return [
        rng.integers(0, 256, (size, size), np.uint8),
        rng.integers(0, 256, (size + 5, size + 9, 3), np.uint8),
        rng.integers(0, 4096, (size + 9, size), np.uint16),
        rng.uniform(0, 255, (size, size + 3)).astype(np.float32),
        np.zeros((size, size), np.uint8),
        np.full((size, size, 3), 255, np.uint8),
    ]
