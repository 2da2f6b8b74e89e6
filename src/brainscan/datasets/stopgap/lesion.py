"""A tumour: where it lies, how it displaces the brain, and what it is made of."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float32

from brainscan.datasets.stopgap.anatomy import Anatomy, Grid, Person
from brainscan.datasets.stopgap.contrast import Tissue
from brainscan.datasets.stopgap.fields import Field, smooth_field

KINDS = ("ring", "solid", "diffuse", "extra_axial")
_SHARES = (0.35, 0.25, 0.2, 0.2)


@dataclass(frozen=True, eq=False)
class Lesion:
    """A tumour in the slice.

    Args:
        kind: one of `KINDS`: a necrotic core in an enhancing rim; solid; diffuse, hardly
            enhancing; or growing from the meninges.
        distance: ``(h, w)`` from its edge in millimetres, negative inside.
        core: ``(h, w)`` share of necrosis.
        solid: ``(h, w)`` share of living tumour.
        oedema: ``(h, w)`` share of oedema.
        uptake: how much of the blood's contrast agent the living tumour takes up.
        tissues: necrosis, tumour and oedema.
    """

    kind: str
    distance: Field
    core: Field
    solid: Field
    oedema: Field
    uptake: float
    tissues: tuple[Tissue, Tissue, Tissue]

    @property
    def mask(self) -> Bool[np.ndarray, "h w"]:
        """The tumour: core and rim, without the oedema."""
        return self.distance < 0


def draw_lesion(rng: np.random.Generator, person: Person, anatomy: Anatomy) -> Lesion:
    """Draw a tumour that lies in the brain of a slice.

    Relaxation times of tumours scatter widely ("Tissue characterization of intracranial tumors by
    MR imaging", in vivo at 1.5 T, Acta Radiologica 1991, doi:10.3109/02841859109177614). The ranges
    here are this project's choice, all longer than white matter's.
    """
    kind = KINDS[rng.choice(4, p=_SHARES)]
    radius_mm = float(np.clip(np.exp(rng.normal(2.6, 0.4)), 5.0, 28.0))
    depth = cv2.distanceTransform(anatomy.brain.astype(np.uint8), cv2.DIST_L2, 5) * person.pixel_mm
    deepest = float(depth.max())
    wanted = (0.15, 0.6) if kind == "extra_axial" else (0.6, 1.6)
    band = (depth >= min(wanted[0] * radius_mm, 0.5 * deepest)) & (
        (depth <= wanted[1] * radius_mm) if kind == "extra_axial" else anatomy.brain
    )
    places = np.argwhere(band if band.any() else anatomy.brain)
    row, column = places[rng.integers(len(places))]
    distance = _outline(rng, person, (int(row), int(column)), radius_mm)
    # Nothing grows through the skull.
    distance = np.maximum(distance, 1.0 - depth.astype(np.float32))
    soft = max(person.pixel_mm, 0.8)
    inside = np.clip(0.5 - distance / (2 * soft), 0, 1)
    rim_mm = float(rng.uniform(2.0, 5.0))
    hollow = kind == "ring" and radius_mm > 7
    core = np.clip(0.5 - (distance + rim_mm) / (2 * soft), 0, 1) * hollow
    reach_mm = float(rng.uniform(0, 4) if kind == "extra_axial" else rng.uniform(2, 16))
    white = anatomy.tissues[1] + 0.25 * anatomy.tissues[0]
    uneven = 1 + 0.35 * smooth_field(rng, person.size, 12.0 / person.pixel_mm)
    oedema = np.clip(1 - distance / max(reach_mm, 0.5) / np.maximum(uneven, 0.2), 0, 1) ** 0.5
    oedema = oedema * np.clip(white, 0, 1) * (1 - inside)
    uptake = {
        "ring": rng.uniform(0.25, 0.8),
        "solid": rng.uniform(0.15, 0.7),
        "diffuse": rng.uniform(0, 0.06),
        "extra_axial": rng.uniform(0.4, 0.9),
    }[kind]
    tissues = (
        Tissue(rng.uniform(1500, 2400), rng.uniform(150, 280), rng.uniform(0.9, 1.0)),
        Tissue(rng.uniform(850, 1500), rng.uniform(85, 150), rng.uniform(0.82, 0.95)),
        Tissue(rng.uniform(850, 1300), rng.uniform(105, 160), rng.uniform(0.82, 0.95)),
    )
    return Lesion(
        kind,
        distance.astype(np.float32),
        core.astype(np.float32),
        (inside - core).astype(np.float32),
        oedema.astype(np.float32),
        float(uptake),
        tissues,
    )


def push(rng: np.random.Generator, person: Person, grid: Grid, lesion: Lesion) -> Grid:
    """Return the grid of the displaced brain: mass effect.

    What lies outside of the tumour comes from nearer to its middle; the push dies away with the
    distance.
    """
    strength_mm = float(rng.uniform(0.5, 5.0)) * (0.4 if lesion.kind == "diffuse" else 1.0)
    fall = np.exp(-(np.maximum(lesion.distance, 0) ** 2) / (2 * 14.0**2))
    fall = cv2.GaussianBlur(fall.astype(np.float32), (0, 0), max(1.0, 4.0 / person.pixel_mm))
    slope_down, slope_right = np.gradient(cv2.GaussianBlur(lesion.distance, (0, 0), 2.0))
    length = np.maximum(np.hypot(slope_down, slope_right), 1e-3)
    size = strength_mm * fall
    return Grid(
        (grid.down_mm - size * slope_down / length).astype(np.float32),
        (grid.right_mm - size * slope_right / length).astype(np.float32),
    )


def _outline(
    rng: np.random.Generator, person: Person, middle: tuple[int, int], radius_mm: float
) -> Float32[np.ndarray, "h w"]:
    """Return the distance from the edge of a lumpy ellipse, in millimetres, negative inside."""
    height, width = person.size
    down = (np.arange(height, dtype=np.float32)[:, None] - middle[0]) * person.pixel_mm
    right = (np.arange(width, dtype=np.float32)[None, :] - middle[1]) * person.pixel_mm
    turn, squeeze = rng.uniform(0, np.pi), rng.uniform(0.65, 1.0)
    long = (np.cos(turn) * down + np.sin(turn) * right) * squeeze
    short = (np.cos(turn) * right - np.sin(turn) * down) / squeeze
    lumps = smooth_field(rng, person.size, max(4.0, radius_mm) / person.pixel_mm)
    return (np.hypot(long, short) - radius_mm * (1 + 0.14 * lumps)).astype(np.float32)
