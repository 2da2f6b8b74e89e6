"""Occlusion: how far the logit falls when a window of the image is covered."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from brainscan.explain.baseline import baselines
from brainscan.explain.batches import in_batches
from brainscan.explain.method import methods
from brainscan.explain.network import Network


@methods.register("occlusion")
@dataclass(frozen=True)
class Occlusion:
    """Occlusion: cover one window after the other, and see how far the logit falls.

    A pixel is given the mean fall of the windows that cover it. It looks at images and scores
    alone, and takes a run of the network a window.

    Args:
        window: the side of the square window, in pixels; None for a fifth of the shorter side.
        stride: how far windows lie apart, in pixels; None for half a window.
        baseline: what shows in the window, one of `brainscan.explain.baselines`.

    Raises:
        ValueError: a setting is out of range, or the window larger than the image.

    References:
        Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014,
        https://arxiv.org/abs/1311.2901.
    """

    window: int | None = None
    stride: int | None = None
    baseline: str = "blurred"

    def __post_init__(self) -> None:
        for name in ("window", "stride"):
            value = getattr(self, name)
            whole = isinstance(value, int) and not isinstance(value, bool)
            if value is not None and not (whole and value >= 1):
                raise ValueError(f"{name} must be a positive whole number or None; got {value!r}.")
        if self.window is not None and self.stride is not None and self.stride > self.window:
            raise ValueError(
                f"stride must be at most the window, or pixels are left out; got stride "
                f"{self.stride} and window {self.window}."
            )
        baselines[self.baseline]

    def attribute(
        self, network: Network, images: NDArray[np.float32], target: int
    ) -> NDArray[np.float32]:
        """Return ``(n, height, width)``, see `brainscan.explain.Method`; signed."""
        height, width = images.shape[1:3]
        window = self.window or max(1, min(height, width) // 5)
        stride = self.stride or -(-window // 2)
        if window > min(height, width):
            raise ValueError(
                f"window must be at most the image's shorter side, {min(height, width)} pixels; "
                f"got {window}."
            )
        if stride > window:
            raise ValueError(f"stride must be at most the window, {window}; got {stride}.")
        tops, lefts = np.meshgrid(_starts(height, window, stride), _starts(width, window, stride))
        windows = np.stack([tops.ravel(), lefts.ravel()], axis=1)
        covered, whole = (
            network.compiled((name, window), lambda make=make: make(network, window))
            for name, make in (("occlusion, covered", _make_covered), ("logit", _make_whole))
        )
        values, filled = network.values, baselines[self.baseline](images)
        before = in_batches(partial(whole, values, target), images)
        maps = np.zeros(images.shape[:3], np.float32)
        for index, (image, fill) in enumerate(zip(images, filled, strict=True)):
            after = in_batches(partial(covered, values, target, image, fill), windows)
            maps[index] = _spread(before[index] - after, windows, window, (height, width))
        return maps


def _starts(length: int, window: int, stride: int) -> NDArray[np.int64]:
    """Return where windows begin; the last ends with the image."""
    return np.unique([*range(0, length - window, stride), length - window])


def _make_whole(network: Network, window: int) -> Callable[..., Any]:
    def logit(values: list[Any], target: Any, images: Any) -> Any:
        return network.logit(values, images, target)

    return logit


def _make_covered(network: Network, window: int) -> Callable[..., Any]:
    def logit(values: list[Any], target: Any, image: Any, fill: Any, corners: Any) -> Any:
        rows, columns = jnp.arange(image.shape[0]), jnp.arange(image.shape[1])
        down, across = rows[None] - corners[:, :1], columns[None] - corners[:, 1:]
        inside = [(place >= 0) & (place < window) for place in (down, across)]
        hidden = inside[0][:, :, None] & inside[1][:, None, :]
        return network.logit(values, jnp.where(hidden[..., None], fill, image), target)

    return logit


def _spread(
    falls: NDArray[np.float32],
    windows: NDArray[np.int64],
    window: int,
    size: tuple[int, int],
) -> NDArray[np.float32]:
    """Return the mean of what the windows over each pixel tell."""
    total, count = np.zeros(size, np.float32), np.zeros(size, np.float32)
    for fall, (top, left) in zip(falls, windows, strict=True):
        total[top : top + window, left : left + window] += fall
        count[top : top + window, left : left + window] += 1
    return total / count
