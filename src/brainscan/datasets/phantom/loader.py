"""The phantom as a data set."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainscan.datasets.dataset import Dataset
from brainscan.datasets.phantom.simulate import Slice, label_of, simulate
from brainscan.datasets.registry import register


@dataclass(frozen=True)
class _Slices(Sequence[NDArray[Any]]):
    """One array of every slice; a slice is simulated when it is first asked for, and kept."""

    n: int
    read: Callable[[int], NDArray[Any]]

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: int) -> NDArray[Any]:  # pyright: ignore[reportIncompatibleMethodOverride]
        if not -self.n <= index < self.n:
            raise IndexError(f"index must be below {self.n}; got {index}.")
        return self.read(index % self.n).copy()


@register("phantom")
def phantom(n: int = 400, seed: int = 0) -> Dataset:
    """Simulate brain slices, half of them with a tumour, offline and repeatably.

    Slice ``i`` of a seed is the same whatever ``n`` is. Slices are simulated when they are first
    asked for, and kept: about 60 kB each.

    Args:
        n: how many slices, 1 or more; half of them have a tumour.
        seed: 0 or more; another seed gives other people.

    Returns:
        Grey uint8 images of some 150 to 260 pixels a side, with exact masks of the tumours. Each is a
        group of its own. `brainscan.datasets.phantom.simulate` tells more of a slice.

    Raises:
        ValueError: a number is out of range.

    References:
        The atlas: Fonov et al., NeuroImage 2011, doi:10.1016/j.neuroimage.2010.07.033.
    """
    if not isinstance(n, int) or n < 1:
        raise ValueError(f"n must be a positive integer; got {n!r}.")
    if not isinstance(seed, int) or seed < 0:
        raise ValueError(f"seed must be an integer of 0 or more; got {seed!r}.")

    @cache
    def read(index: int) -> Slice:
        return simulate(index, seed)

    return Dataset(
        name="phantom",
        images=_Slices(n, lambda index: read(index).image),
        labels=np.array([label_of(index, seed) for index in range(n)]),
        ids=tuple(f"phantom-{seed}-{index:05d}" for index in range(n)),
        groups=np.arange(n),
        class_names=("healthy", "tumour"),
        masks=_Slices(n, lambda index: read(index).tumour),
        licence="Apache-2.0; derived from the ICBM 152 atlas, see NOTICE",
        citation="brainscan phantom, after Fonov et al., doi:10.1016/j.neuroimage.2010.07.033",
    )
