"""What a function of a key and images must do, for the training step to run it."""

from collections.abc import Callable
from typing import Any

import numpy as np

from brainscan.testing.expect import expect, expect_equal

Augmentation = Callable[..., Any]


def check_augmentation(augmentation: Augmentation, size: tuple[int, int] = (24, 20)) -> None:
    """Check an augmentation: a pure function ``(key, images) -> images`` on JAX.

    It must keep the shape of a batch and its dtype, float32 or uint8, and stay within 0 to 255;
    give the same images for the same key, compiled by the caller or not; and change each image of a
    batch in a way of its own, if its changes are random.

    Args:
        augmentation: such as `brainscan.augment.paper`'s; see `brainscan.train.Recipe`.
        size: height and width of the images it is tried on, in pixels.

    Raises:
        AssertionError: it does not; the message says what was expected and what came.

    Examples:
        >>> import brainscan as bs
        >>> bs.testing.check_augmentation(bs.augment.paper())
    """
    import jax

    name = getattr(augmentation, "__name__", repr(augmentation))
    one = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    key = jax.random.key(0)
    for dtype in (np.float32, np.uint8):
        images = np.stack([one] * 8).astype(dtype)
        moved = np.asarray(augmentation(key, images))
        expect(
            moved.shape == images.shape, f"{name} must keep the shape {images.shape}", moved.shape
        )
        expect(moved.dtype == dtype, f"{name} must keep {np.dtype(dtype)}", moved.dtype)
        low, high = float(moved.min()), float(moved.max())
        expect(low >= 0 and high <= 255, f"{name} must stay within 0 to 255", f"{low} to {high}")
        again = augmentation(key, images)
        expect_equal(again, moved, f"{name} must give the same images for the same key")
        compiled = jax.jit(augmentation)(key, images)
        must = f"{name} must give the same images when it is compiled"
        expect_equal(compiled, moved, must, tolerance=1 if dtype == np.uint8 else 0.1)
        random = not np.array_equal(augmentation(jax.random.key(1), images), moved)
        must = f"{name} must change each image of a batch in a way of its own"
        expect(not random or (moved != moved[0]).any(), must, "the same change for all")
