"""How a volume lies in the patient, and its slices as a radiologist looks at them."""

from dataclasses import dataclass
from itertools import permutations
from typing import Any, Literal, TypeAlias

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

Affine: TypeAlias = Float[np.ndarray, "4 4"]
"""From the indices of a voxel to mm in the patient: right, anterior and superior are positive."""

Plane: TypeAlias = Literal["axial", "coronal", "sagittal"]

PLANES: dict[Plane, str] = {"axial": "PLS", "coronal": "ILA", "sagittal": "IPR"}
"""Where the rows run to, the columns and the slices, of slices as they are shown."""

_ACROSS: tuple[Plane, ...] = ("sagittal", "coronal", "axial")  # by the patient's axis: x, y, z
_SAME_SPACING = 1.01


@dataclass(frozen=True)
class Layout:
    """How slices are taken out of a volume's array, and put back.

    Args:
        axes: the volume's axis that the slices follow, that of the rows and that of the columns.
        flipped: whether each of them runs backwards.

    Examples:
        >>> volume = np.arange(24).reshape(2, 3, 4)
        >>> layout = Layout(axes=(2, 1, 0), flipped=(False, True, False))
        >>> layout.slices(volume)[0].tolist()
        [[8, 20], [4, 16], [0, 12]]
        >>> bool((layout.volume(layout.slices(volume)) == volume).all())
        True
    """

    axes: tuple[int, int, int]
    flipped: tuple[bool, bool, bool]

    def slices(self, volume: NDArray[Any]) -> NDArray[Any]:
        """Return ``(slices, rows, columns)`` and channels where there are some; a view."""
        moved = np.moveaxis(volume, self.axes, (0, 1, 2))
        return moved[self._steps()]

    def volume(self, slices: NDArray[Any]) -> NDArray[Any]:
        """Return the array that `slices` would make these slices of; a view."""
        return np.moveaxis(slices[self._steps()], (0, 1, 2), self.axes)

    def _steps(self) -> tuple[slice, ...]:
        return tuple(slice(None, None, -1 if flip else 1) for flip in self.flipped)


def spacings(affine: Affine) -> tuple[float, float, float]:
    """Return the distance in mm between neighbours along each axis of a volume."""
    lengths = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    return float(lengths[0]), float(lengths[1]), float(lengths[2])


def is_usable(affine: Affine) -> bool:
    """Tell an affine that maps a volume into space from one that folds it or has holes in it."""
    if not np.isfinite(affine).all() or min(spacings(affine)) <= 0:
        return False
    directions = affine[:3, :3] / np.asarray(spacings(affine))
    return bool(abs(np.linalg.det(directions)) > 1e-3)


def planes_of(affine: Affine) -> tuple[Plane, Plane, Plane]:
    """Return the plane of the slices across each axis of a volume: the nearest, if it is oblique.

    Examples:
        >>> planes_of(np.diag([1.0, 1.0, 5.0, 1.0]))
        ('sagittal', 'coronal', 'axial')
    """
    x, y, z = _patient_axes(affine)
    return _ACROSS[x], _ACROSS[y], _ACROSS[z]


def sharpest_plane(affine: Affine) -> Plane:
    """Return the plane across the axis with the widest spacing; axial where all are alike."""
    wide = spacings(affine)
    across = planes_of(affine)
    if max(wide) <= _SAME_SPACING * sorted(wide)[1]:
        return "axial"
    return across[wide.index(max(wide))]


def layout_of(affine: Affine, plane: Plane) -> Layout:
    """Return how the slices of a plane lie in a volume's array.

    Slices are shown as radiologists look at them: the patient's right side is on the left of axial
    and coronal slices, the front is at the top of axial and on the left of sagittal ones, and the
    head is at the top of coronal and sagittal ones. They follow each other from the feet to the
    head, from back to front, and from the left side to the right.
    """
    to_patient = _patient_axes(affine)
    across = to_patient.index(_ACROSS.index(plane))
    inside = sorted({0, 1, 2} - {across}, key=lambda axis: to_patient[axis])
    columns, rows = inside
    forward = [bool(affine[to_patient[axis], axis] > 0) for axis in range(3)]
    # Right, anterior and superior are positive: rows and columns run the other way, slices along.
    return Layout((across, rows, columns), (not forward[across], forward[rows], forward[columns]))


def _patient_axes(affine: Affine) -> tuple[int, int, int]:
    """Return the patient's axis that each axis of the volume is nearest to, each of them once."""
    directions = np.abs(affine[:3, :3] / np.asarray(spacings(affine)))

    def alike(found: tuple[int, ...]) -> float:
        return float(sum(directions[found[axis], axis] for axis in range(3)))

    x, y, z = max(permutations(range(3)), key=alike)
    return x, y, z
