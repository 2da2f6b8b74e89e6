"""One person's slice: the average brain bent out of shape, with skull and scalp around it."""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Bool, Float32

from brainscan.datasets.stopgap.atlas import VOXEL_MM, tissue_maps
from brainscan.datasets.stopgap.fields import Field, smooth_field

PLANES = ("axial", "coronal", "sagittal")
_PLANE_SHARES = (0.7, 0.15, 0.15)
# How far along its axis a plane may cut, as shares of the brain's extent: away from the poles.
_LEVELS = {"axial": (0.42, 0.80), "coronal": (0.30, 0.72), "sagittal": (0.36, 0.64)}

TISSUES = ("gray", "white", "fluid", "skull", "marrow", "fat", "skin")


class Grid(NamedTuple):
    """Where the pixels of a slice lie: millimetres from the middle of the brain."""

    down_mm: Field
    right_mm: Field


@dataclass(frozen=True, eq=False)
class Anatomy:
    """The shares of each tissue in each pixel.

    Args:
        tissues: ``(7, h, w)`` float32 shares in the order of `TISSUES`; what is left to 1 is air.
        brain: ``(h, w)`` the brain with its fluid.
        head: ``(h, w)`` everything that is not air.
    """

    tissues: Float32[np.ndarray, "tissue h w"]
    brain: Bool[np.ndarray, "h w"]
    head: Bool[np.ndarray, "h w"]


@dataclass(frozen=True)
class Person:
    """What one head is like, drawn once, before anything is known of a tumour.

    Args:
        plane: one of `PLANES`.
        seed: of the fine detail.
        level: where the plane cuts, as a share of the brain's extent along its axis.
        size: height and width of the slice in pixels.
        pixel_mm: the edge of a pixel.
        angle_deg: how the head is turned in the plane.
        stretch: how much larger than the average it is, down and across.
        shift_mm: where its middle lies.
        atrophy: how wide the ventricles and sulci are; 0 as the average.
        shells_mm: thickness of the dark gap and inner table, the marrow, the outer table, and the
            scalp.
    """

    plane: str
    seed: int
    level: float
    size: tuple[int, int]
    pixel_mm: float
    angle_deg: float
    stretch: tuple[float, float]
    shift_mm: tuple[float, float]
    atrophy: float
    shells_mm: tuple[float, float, float, float]


def draw_person(rng: np.random.Generator) -> Person:
    """Draw a head and how the scanner's window lies on it."""
    plane = PLANES[rng.choice(3, p=_PLANE_SHARES)]
    height = int(rng.integers(176, 257))
    width = int(np.clip(height * rng.uniform(0.8, 1.15), 160, 260))
    stretch = tuple(rng.uniform(0.92, 1.08, 2))
    # The head, some 215 mm long and 180 mm wide, takes 75 to 100% of the picture.
    length_mm, width_mm = {"axial": (218, 182), "coronal": (176, 182), "sagittal": (182, 218)}[
        plane
    ]
    needed = max(length_mm * stretch[0] / height, width_mm * stretch[1] / width)
    return Person(
        plane=plane,
        seed=int(rng.integers(2**32)),
        level=float(rng.uniform(*_LEVELS[plane])),
        size=(height, width),
        pixel_mm=float(needed * rng.uniform(0.9, 1.2)),
        angle_deg=float(rng.normal(0, 5)),
        stretch=(float(stretch[0]), float(stretch[1])),
        shift_mm=(float(rng.normal(0, 4)), float(rng.normal(0, 4))),
        atrophy=float(rng.uniform(0, 1) ** 2),
        shells_mm=(
            float(rng.uniform(2.0, 3.5)),
            float(rng.uniform(1.5, 4.0)),
            float(rng.uniform(1.0, 2.0)),
            float(rng.uniform(3.0, 8.0)),
        ),
    )


def pixel_grid(person: Person) -> Grid:
    """Return where the person's pixels lie in the average brain, bent smoothly."""
    rng = np.random.default_rng([person.seed, 1])
    height, width = person.size
    down, right = np.meshgrid(
        (np.arange(height, dtype=np.float32) - (height - 1) / 2) * person.pixel_mm
        - person.shift_mm[0],
        (np.arange(width, dtype=np.float32) - (width - 1) / 2) * person.pixel_mm
        - person.shift_mm[1],
        indexing="ij",
    )
    turn = np.deg2rad(person.angle_deg)
    turned_down = (np.cos(turn) * down - np.sin(turn) * right) / person.stretch[0]
    turned_right = (np.sin(turn) * down + np.cos(turn) * right) / person.stretch[1]
    for grain_mm, size_mm in ((60.0, 2.5), (18.0, 1.2)):
        grain = grain_mm / person.pixel_mm
        turned_down = turned_down + size_mm * smooth_field(rng, person.size, grain)
        turned_right = turned_right + size_mm * smooth_field(rng, person.size, grain)
    return Grid(turned_down.astype(np.float32), turned_right.astype(np.float32))


def build(person: Person, grid: Grid) -> Anatomy:
    """Sample the tissues at the grid, and wrap skull and scalp around them."""
    gray, white, fluid = _sample(person, grid)
    rng = np.random.default_rng([person.seed, 2])
    # The average of many brains is blurred: noise and a power give one person's folds back.
    folds = smooth_field(rng, person.size, 5.0 / person.pixel_mm)
    total = gray + white + fluid
    inside = np.clip((total - 0.35) / 0.3, 0, 1)
    gray, white = gray * np.exp(0.25 * folds), white * np.exp(-0.1 * folds)
    fluid = fluid * (1 + 0.9 * person.atrophy) * np.exp(0.6 * folds * (gray > 0.15))
    shares = np.stack([gray, white, fluid]) ** 2
    shares *= inside / np.maximum(shares.sum(0), 1e-6)
    brain = _filled(total > 0.5)
    shells = _shells(person, brain)
    outside = 1 - inside
    tissues = np.concatenate([shares, shells * outside]).astype(np.float32)
    return Anatomy(tissues, brain, brain | (shells.sum(0) > 0.5))


def _sample(person: Person, grid: Grid) -> Float32[np.ndarray, "3 h w"]:
    maps = tissue_maps()
    axis = {"sagittal": 1, "coronal": 2, "axial": 3}[person.plane]
    position = person.level * (maps.shape[axis] - 1)
    below, part = int(position), position % 1
    take = [np.take(maps, index, axis) for index in (below, min(below + 1, maps.shape[axis] - 1))]
    cut = (1 - part) * take[0] + part * take[1]
    # Rows run from the front (axial) or the top (coronal, sagittal) downwards.
    cut = np.ascontiguousarray(cut.transpose(0, 2, 1)[:, ::-1], np.float32)
    rows, columns = cut.shape[1:]
    down = grid.down_mm / VOXEL_MM + np.float32((rows - 1) / 2)
    right = grid.right_mm / VOXEL_MM + np.float32((columns - 1) / 2)
    return np.stack([cv2.remap(one, right, down, cv2.INTER_CUBIC) for one in cut]).clip(0, 1)


def _shells(person: Person, brain: Bool[np.ndarray, "h w"]) -> Float32[np.ndarray, "4 h w"]:
    """Return skull, marrow, fat and skin by their distance from the brain."""
    rng = np.random.default_rng([person.seed, 3])
    hull = np.zeros(brain.shape, np.uint8)
    contours, _ = cv2.findContours(brain.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if contours:
        cv2.fillConvexPoly(hull, cv2.convexHull(np.concatenate(contours)), 1)
    distance = cv2.distanceTransform(1 - hull, cv2.DIST_L2, 5) * np.float32(person.pixel_mm)
    thick = 1 + 0.15 * smooth_field(rng, person.size, 40.0 / person.pixel_mm)
    edges = np.cumsum(person.shells_mm)

    def within(low: float, high: float) -> Field:
        soft = 0.7 * person.pixel_mm
        scaled = distance / thick
        return np.clip((scaled - low) / soft + 0.5, 0, 1) * np.clip(
            (high - scaled) / soft + 0.5, 0, 1
        )

    table = within(0, edges[0]) + within(edges[1], edges[2])
    marrow = within(edges[0], edges[1])
    fat = within(edges[2], edges[3] - 1.5)
    skin = within(edges[3] - 1.5, edges[3])
    shells = np.stack([table, marrow, fat, skin]).astype(np.float32)
    return shells / np.maximum(shells.sum(0), 1)


def _filled(mask: Bool[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """Return the largest part of a mask without its holes."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros(mask.shape, np.uint8)
    if contours:
        cv2.drawContours(filled, [max(contours, key=cv2.contourArea)], -1, 1, cv2.FILLED)
    return filled.astype(np.bool_)
