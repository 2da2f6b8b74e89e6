"""The phantom as a data set."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainscan.datasets.dataset import Dataset
from brainscan.datasets.phantom.simulate import check_whole, label_of, simulate
from brainscan.datasets.registry import register


@dataclass(frozen=True)
class _Slices(Sequence[NDArray[Any]]):
    """One array of every slice; a copy, so that a caller may write to it."""

    n: int
    read: Callable[[int], NDArray[Any]]

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: int) -> NDArray[Any]:  # pyright: ignore[reportIncompatibleMethodOverride]
        if not -self.n <= index < self.n:
            raise IndexError(f"index must be from {-self.n} to {self.n - 1}; got {index}.")
        return self.read(index % self.n).copy()


@register("phantom")
def phantom(n: int = 400, seed: int = 0) -> Dataset:
    """Simulate brain slices, half of them with a tumour, offline and repeatably.

    Slice ``i`` of a seed is the same whatever ``n`` is. A slice is simulated when it is first asked
    for, and its image and mask are kept (about 80 kB).

    Args:
        n: how many slices, 2 or more; half of them have a tumour.
        seed: 0 or more; another seed gives other people.

    Returns:
        Grey uint8 images of 130 to 256 pixels a side, with exact masks of the tumours. Each is a
        person and a group of its own. `brainscan.datasets.phantom.simulate` tells more of a slice.

    Raises:
        ValueError: a number is not whole or too small.

    Examples:
        >>> phantom(n=6, seed=1)
        Dataset('phantom': 6 images, 3 healthy, 3 tumour, 6 groups)

    References:
        The atlas: V. Fonov et al., "Unbiased average age-appropriate atlases for pediatric
        studies", NeuroImage 54(1), 313-327, 2011, doi:10.1016/j.neuroimage.2010.07.033
    """
    n = check_whole(n, "n", at_least=2)
    seed = check_whole(seed, "seed", at_least=0)

    @cache
    def read(index: int) -> tuple[NDArray[Any], NDArray[Any]]:
        scan = simulate(index, seed)
        return scan.image, scan.tumour

    return Dataset(
        name="phantom",
        images=_Slices(n, lambda index: read(index)[0]),
        labels=np.array([label_of(index, seed) for index in range(n)]),
        ids=tuple(f"phantom-{seed}-{index:05d}" for index in range(n)),
        groups=np.arange(n),
        class_names=("healthy", "tumour"),
        masks=_Slices(n, lambda index: read(index)[1]),
        licence="Apache-2.0; simulated from the ICBM 152 atlas, whose notice is in NOTICE",
        citation=(
            "Simulated by brainscan. Atlas: V. Fonov et al. Unbiased average age-appropriate "
            "atlases for pediatric studies. NeuroImage 54(1), 313-327, 2011. "
            "https://doi.org/10.1016/j.neuroimage.2010.07.033"
        ),
    )
