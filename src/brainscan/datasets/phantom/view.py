"""Where the slice lies in the head, and the grid of pixels over it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

Plane = Float32[np.ndarray, "2 rows columns"]
Points = Float32[np.ndarray, "3 rows columns"]

# Of each plane: how often it is drawn, the directions of the columns, the rows and the normal in
# MNI coordinates, the range of levels and the centre of the head, in mm.
_PLANES = {
    "axial": (0.9, ((1, 0, 0), (0, -1, 0), (0, 0, 1)), (-22.0, 52.0), (0.0, -18.0, 0.0)),
    "coronal": (0.05, ((1, 0, 0), (0, 0, -1), (0, 1, 0)), (-62.0, 32.0), (0.0, 0.0, -4.0)),
    "sagittal": (0.05, ((0, -1, 0), (0, 0, -1), (1, 0, 0)), (-42.0, 42.0), (0.0, -12.0, -8.0)),
}


@dataclass(frozen=True, eq=False)
class View:
    """A slice through one person's head.

    Args:
        plane: ``"axial"``, ``"coronal"`` or ``"sagittal"``.
        level_mm: MNI coordinate of the slice along its normal.
        to_atlas: ``(3, 3)``; turns (column, row, normal) in mm into MNI coordinates: the
            orientation of the plane, a tilt and the person's size.
        centre_mm: ``(3,)`` MNI coordinates of the middle of the image.
        shape: height and width in pixels.
        spacing_mm: the size of a pixel.
    """

    plane: str
    level_mm: float
    to_atlas: Float32[np.ndarray, "3 3"]
    centre_mm: Float32[np.ndarray, "3"]
    shape: tuple[int, int]
    spacing_mm: float

    def pixels_mm(self) -> Plane:
        """Return the (column, row) position of every pixel from the middle of the image."""
        height, width = self.shape
        columns = (np.arange(width, dtype=np.float32) - (width - 1) / 2) * self.spacing_mm
        rows = (np.arange(height, dtype=np.float32) - (height - 1) / 2) * self.spacing_mm
        return np.stack(np.meshgrid(columns, rows)).astype(np.float32)

    def to_mni(self, plane_mm: Plane) -> Points:
        """Turn positions in the slice into MNI coordinates."""
        in_atlas = np.tensordot(self.to_atlas[:, :2], plane_mm, axes=1)
        return (in_atlas + self.centre_mm[:, None, None]).astype(np.float32)


def draw_view(rng: np.random.Generator) -> View:
    """Draw plane, level, tilt, the size of the person, field of view and matrix."""
    plane = str(rng.choice(list(_PLANES), p=[facts[0] for facts in _PLANES.values()]))
    _, directions, levels, middle = _PLANES[plane]
    level_mm = float(rng.uniform(*levels))
    basis = np.array(directions, np.float64).T
    tilt = _rotation(np.deg2rad(rng.normal(0, (3.0, 3.0, 4.0)).clip(-9, 9)))
    person = np.diag(1 / rng.normal(1, 0.035, 3).clip(0.9, 1.1))
    normal = np.abs(basis[:, 2])
    centre = np.where(normal > 0, level_mm, np.array(middle))
    field_mm = rng.uniform(205, 250), rng.uniform(180, 240)  # height, width
    if plane != "axial":
        field_mm = rng.uniform(195, 245), rng.uniform(205, 250)
    spacing_mm = float(max(field_mm) / rng.integers(170, 257))
    height, width = (round(side / spacing_mm) for side in field_mm)
    offset = basis[:, :2] @ rng.normal(0, 3.0, 2)
    return View(
        plane=plane,
        level_mm=level_mm,
        to_atlas=(person @ basis @ tilt).astype(np.float32),
        centre_mm=(centre + offset).astype(np.float32),
        shape=(height, width),
        spacing_mm=spacing_mm,
    )


def _rotation(angles_rad: np.ndarray) -> np.ndarray:
    """Return a rotation about the column, the row and the normal direction, in this order."""
    a, b, c = angles_rad
    about_column = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_row = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_normal = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return about_normal @ about_row @ about_column
