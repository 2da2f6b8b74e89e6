"""Tumours: where they sit, how they push, what they are made of."""

from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from brainscan.datasets.phantom.anatomy import Anatomy, Individual
from brainscan.datasets.phantom.fields import Field, ramp, smooth_field
from brainscan.datasets.phantom.layer import Layer
from brainscan.datasets.phantom.tissue import TISSUES, Tissue
from brainscan.datasets.phantom.view import Plane

Range = tuple[float, float]


@dataclass(frozen=True)
class Kind:
    """The ranges that one kind of tumour is drawn from.

    Args:
        share: how often it is drawn.
        foci: the least and the largest number of tumours.
        radius_mm: of each.
        core: radius of the necrotic core as a fraction of the tumour's; below 0.2 there is none.
        oedema_mm: how far oedema reaches in white matter.
        push: mass effect; 1 makes room for the whole tumour.
        wobble: irregularity of the outline, as a fraction of the radius.
        depth: of the centre under the skull, in radii.
        t1_ms: of solid tumour.
        t2_ms: of solid tumour.
        uptake_mmol_l: of contrast agent.
    """

    share: float
    foci: tuple[int, int]
    radius_mm: Range
    core: Range
    oedema_mm: Range
    push: Range
    wobble: Range
    depth: Range
    t1_ms: Range
    t2_ms: Range
    uptake_mmol_l: Range


KINDS = MappingProxyType(
    {
        "glioblastoma": Kind(
            share=0.4,
            foci=(1, 1),
            radius_mm=(15, 32),
            core=(0.4, 0.75),
            oedema_mm=(8, 22),
            push=(0.4, 0.8),
            wobble=(0.12, 0.3),
            depth=(0.9, 4.0),
            t1_ms=(1000, 1400),
            t2_ms=(100, 160),
            uptake_mmol_l=(0.35, 0.8),
        ),
        "low_grade_glioma": Kind(
            share=0.15,
            foci=(1, 1),
            radius_mm=(16, 30),
            core=(0.0, 0.3),
            oedema_mm=(0, 4),
            push=(0.1, 0.5),
            wobble=(0.15, 0.35),
            depth=(0.7, 3.0),
            t1_ms=(1200, 1700),
            t2_ms=(160, 260),
            uptake_mmol_l=(0.0, 0.06),
        ),
        "meningioma": Kind(
            share=0.25,
            foci=(1, 1),
            radius_mm=(14, 29),
            core=(0.0, 0.15),
            oedema_mm=(2, 14),
            push=(0.6, 0.9),
            wobble=(0.04, 0.12),
            depth=(0.5, 0.9),
            t1_ms=(900, 1250),
            t2_ms=(90, 150),
            uptake_mmol_l=(0.45, 0.9),
        ),
        "metastasis": Kind(
            share=0.2,
            foci=(1, 4),
            radius_mm=(8, 17),
            core=(0.0, 0.7),
            oedema_mm=(8, 20),
            push=(0.2, 0.6),
            wobble=(0.05, 0.18),
            depth=(1.0, 6.0),
            t1_ms=(950, 1400),
            t2_ms=(85, 140),
            uptake_mmol_l=(0.35, 0.8),
        ),
    }
)


@dataclass(frozen=True, eq=False)
class Focus:
    """One tumour: the distance to its outline, and what is drawn with it.

    Args:
        outline_mm: ``(h, w)``; positive outside.
        offset_mm: ``(2, h, w)`` from the centre.
        radius_mm: of the tumour.
    """

    outline_mm: Field
    offset_mm: Plane
    radius_mm: float


@dataclass(frozen=True, eq=False)
class Lesion:
    """A drawn tumour, before it is laid into the brain it pushes aside.

    Args:
        kind: a name of `KINDS`.
        foci: one or several.
        core: radius of the core as a fraction of the tumour's.
        oedema_mm: how far oedema reaches in white matter.
        push: mass effect.
        texture: ``(h, w)`` irregularity inside.
        tissues: the tumour's own ``tumour``, ``necrosis`` and ``oedema``.
    """

    kind: str
    foci: tuple[Focus, ...]
    core: float
    oedema_mm: float
    push: float
    texture: Field
    tissues: dict[str, Tissue]

    def push_mm(self, anatomy: Anatomy) -> Plane:
        """Return how far the tissue at each pixel has been moved; nothing moves at the skull."""
        free = ramp(-anatomy.cavity_mm - np.float32(5.0), 10.0)
        total = np.zeros_like(self.foci[0].offset_mm)
        for focus in self.foci:
            squared = focus.offset_mm[0] ** 2 + focus.offset_mm[1] ** 2
            reach = squared / np.float32((1.6 * focus.radius_mm) ** 2)
            total += focus.offset_mm * np.exp(-reach) * np.float32(self.push)
        return (total * free).astype(np.float32)

    def cover(self, anatomy: Anatomy, edge_mm: float) -> tuple[tuple[Layer, ...], Field]:
        """Return the layers to paint over the displaced brain, and the tumour's cover."""
        inside = ramp(-anatomy.cavity_mm - np.float32(0.5), edge_mm)
        outline_mm = np.minimum.reduce([focus.outline_mm for focus in self.foci])
        tumour = ramp(-outline_mm, edge_mm) * inside
        core_mm = np.minimum.reduce([self._core_mm(focus) for focus in self.foci])
        core = ramp(-core_mm, 1.5 * edge_mm) * inside
        reach_mm = np.float32(self.oedema_mm) * (1 + np.float32(0.35) * self.texture)
        swollen = ramp(reach_mm - outline_mm, 0.35 * self.oedema_mm + 1)
        tissue = anatomy.white + np.float32(0.35) * anatomy.gray
        cysts = np.clip(np.float32(0.25) * self.texture, 0, 0.5) * tumour
        patchy = np.clip(np.float32(0.75) + np.float32(0.2) * self.texture, 0, 1)
        layers = (
            Layer("oedema", (np.clip(swollen * tissue, 0, 1) * patchy * inside).astype(np.float32)),
            Layer("tumour", tumour),
            Layer("necrosis", np.maximum(np.minimum(core, tumour), cysts)),
        )
        return layers, tumour

    def _core_mm(self, focus: Focus) -> Field:
        if self.core < 0.2:
            return np.full_like(focus.outline_mm, np.inf)
        rim_mm = np.float32((1 - self.core) * focus.radius_mm)
        return focus.outline_mm + rim_mm * (1 + np.float32(0.4) * self.texture)


def draw_lesion(rng: np.random.Generator, individual: Individual, anatomy: Anatomy) -> Lesion:
    """Draw a tumour for a brain."""
    name = str(rng.choice(list(KINDS), p=[kind.share for kind in KINDS.values()]))
    kind = KINDS[name]
    shape, spacing_mm = individual.view.shape, individual.view.spacing_mm
    texture = smooth_field(rng, shape, spacing_mm, 6.0)
    count = int(rng.integers(kind.foci[0], kind.foci[1] + 1))
    foci = tuple(_draw_focus(rng, kind, individual, anatomy) for _ in range(count))
    oedema_mm = float(rng.uniform(*kind.oedema_mm))
    solid = Tissue(
        t1_ms=rng.uniform(*kind.t1_ms),
        t2_ms=rng.uniform(*kind.t2_ms),
        t2_star_ms=TISSUES["tumour"].t2_star_ms,
        density=rng.uniform(0.85, 0.95),
        uptake_mmol_l=rng.uniform(*kind.uptake_mmol_l),
    )
    stretch = rng.uniform(0.8, 1.25, 2)
    tissues = {
        "tumour": solid,
        "necrosis": replace(TISSUES["necrosis"], t1_ms=1900 * stretch[0], t2_ms=240 * stretch[0]),
        "oedema": replace(TISSUES["oedema"], t1_ms=1000 * stretch[1], t2_ms=150 * stretch[1]),
    }
    return Lesion(
        kind=name,
        foci=foci,
        core=float(rng.uniform(*kind.core)),
        oedema_mm=oedema_mm,
        push=float(rng.uniform(*kind.push)),
        texture=texture,
        tissues=tissues,
    )


def _draw_focus(
    rng: np.random.Generator, kind: Kind, individual: Individual, anatomy: Anatomy
) -> Focus:
    shape, spacing_mm = individual.view.shape, individual.view.spacing_mm
    radius_mm = float(rng.uniform(*kind.radius_mm))
    row, column = _draw_centre(rng, kind, radius_mm, anatomy)
    pixels_mm = individual.view.pixels_mm()
    offset_mm = pixels_mm - pixels_mm[:, row, column][:, None, None]
    angle_rad, stretch = float(rng.uniform(0, np.pi)), float(rng.uniform(0.75, 1.0))
    along = np.cos(angle_rad) * offset_mm[0] + np.sin(angle_rad) * offset_mm[1]
    across = np.cos(angle_rad) * offset_mm[1] - np.sin(angle_rad) * offset_mm[0]
    round_mm = np.hypot(along * stretch, across / stretch).astype(np.float32)
    scale_mm = max(5.0, 0.6 * radius_mm)
    outline = smooth_field(rng, shape, spacing_mm, scale_mm)
    wobble_mm = np.float32(radius_mm * rng.uniform(*kind.wobble))
    return Focus(round_mm - np.float32(radius_mm) + wobble_mm * outline, offset_mm, radius_mm)


def _draw_centre(
    rng: np.random.Generator, kind: Kind, radius_mm: float, anatomy: Anatomy
) -> tuple[int, int]:
    depth_mm = -anatomy.cavity_mm
    low, high = kind.depth
    allowed = anatomy.brain & (depth_mm > low * radius_mm) & (depth_mm < high * radius_mm)
    if not allowed.any():  # a thin slice of brain: as deep as there is
        allowed = anatomy.brain & (depth_mm >= depth_mm[anatomy.brain].max() - 2)
    flat = np.flatnonzero(allowed)
    chosen = int(flat[rng.integers(flat.size)])
    return chosen // anatomy.brain.shape[1], chosen % anatomy.brain.shape[1]
