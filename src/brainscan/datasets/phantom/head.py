"""Skull, scalp, face and neck around the brain: the atlas has none, so they are built."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32

from brainscan.datasets.phantom.anatomy import Anatomy
from brainscan.datasets.phantom.fields import Field, distance_mm, ramp, smooth_field
from brainscan.datasets.phantom.layer import Layer
from brainscan.datasets.phantom.view import Points

# Rough ellipsoids in MNI coordinates: centre and half axes in mm (x, y, z).
_FACE = (
    ((0, 38, -70), (62, 52, 75)),
    ((0, -40, -130), (58, 58, 110)),  # the neck
)
_ORBITS = (((33, 52, -36), (20, 24, 19)), ((-33, 52, -36), (20, 24, 19)))
_EYES = (((34, 60, -36), (12, 12.5, 12)), ((-34, 60, -36), (12, 12.5, 12)))
_AIRWAYS = (
    ((0, 52, -50), (9, 30, 20)),  # nasal cavity
    ((0, 74, -12), (16, 5, 9)),  # frontal sinus
    ((29, 48, -64), (13, 17, 16)),  # maxillary sinuses
    ((-29, 48, -64), (13, 17, 16)),
    ((0, 6, -75), (11, 9, 26)),  # throat
    ((52, -34, -42), (9, 12, 12)),  # mastoids
    ((-52, -34, -42), (9, 12, 12)),
)

_FAR_MM = 100.0


@dataclass(frozen=True, eq=False)
class Head:
    """What lies around the brain, as layers to paint from the first to the last.

    Args:
        layers: soft tissue, bone, fluid.
        mask: inside the skin.
    """

    layers: tuple[Layer, ...]
    mask: Bool[np.ndarray, "h w"]


def draw_head(rng: np.random.Generator, anatomy: Anatomy, spacing_mm: float) -> Head:
    """Draw the thickness of skull and scalp and build the head around the brain."""
    shape = anatomy.cavity_mm.shape
    size = (shape[0], shape[1])
    thickness = smooth_field(rng, size, spacing_mm, 55.0)
    skull_mm = np.clip(rng.uniform(5.5, 8.0) + thickness, 3.5, 11.0).astype(np.float32)
    scalp_mm = np.float32(rng.uniform(4.0, 7.0)) + np.float32(0.7) * smooth_field(
        rng, size, spacing_mm, 40.0
    )
    skin_mm = np.float32(rng.uniform(1.2, 2.2))
    texture = smooth_field(rng, size, spacing_mm, 9.0)
    outside = anatomy.cavity_mm
    edge = max(1.0, spacing_mm)

    points = anatomy.points_mm
    body_mm = np.minimum(outside - skull_mm - scalp_mm, ellipsoids_mm(points, _FACE))
    gap_mm = distance_mm(anatomy.brain, spacing_mm)
    bone = ramp(outside - np.float32(0.5), edge) * ramp(skull_mm - outside, edge)
    diploe = (skull_mm - np.float32(4.0)) / 2
    middle = np.abs(outside - skull_mm / 2)
    marrow = ramp(diploe - middle, edge) * np.clip(np.float32(0.8) + texture * 0.25, 0, 1)
    layers = (
        Layer("muscle", ramp(-body_mm, edge)),
        Layer("fat", ramp(-body_mm - skin_mm, edge) * _subcutaneous(body_mm, texture, scalp_mm)),
        Layer("air", _inside(points, _AIRWAYS, edge)),
        Layer("fat", _inside(points, _ORBITS, edge)),
        Layer("csf", _inside(points, _EYES, edge)),
        Layer("bone", bone),
        Layer("marrow", marrow * ramp(-body_mm, edge)),
        # The space between brain and skull: fluid near the brain, bone of the skull's base beyond.
        Layer("bone", ramp(-outside, edge)),
        Layer("marrow", ramp(-outside, edge) * ramp(texture, 1.0) * np.float32(0.6)),
        Layer("csf", ramp(-outside, edge) * ramp(np.float32(3.0) - gap_mm, edge)),
    )
    return Head(layers, body_mm < 0)


def _subcutaneous(body_mm: Field, texture: Field, scalp_mm: Field) -> Field:
    """Fat under the skin; deeper, streaks of fat between muscles."""
    under_skin = ramp(body_mm + scalp_mm, 1.0)
    streaks = np.clip(texture * np.float32(0.3) + np.float32(0.1), 0, 0.6)
    return np.maximum(under_skin, streaks).astype(np.float32)


def _inside(
    points: Points, ellipsoids: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...], edge: float
) -> Field:
    return ramp(-ellipsoids_mm(points, ellipsoids), edge)


def ellipsoids_mm(
    points: Points, ellipsoids: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...]
) -> Float32[np.ndarray, "h w"]:
    """Return about the distance to the nearest of some ellipsoids, negative inside."""
    lowest, highest = points.min(axis=(1, 2)), points.max(axis=(1, 2))
    distances = [np.full(points.shape[1:], _FAR_MM, np.float32)]
    for centre, half_axes in ellipsoids:
        missed = np.abs(np.clip(centre, lowest, highest) - centre) > np.array(half_axes) + 5
        if missed.any():
            continue
        scaled = [
            (points[axis] - np.float32(centre[axis])) / np.float32(half_axes[axis])
            for axis in range(3)
        ]
        radius = np.sqrt(scaled[0] ** 2 + scaled[1] ** 2 + scaled[2] ** 2)
        distances.append((radius - 1) * np.float32(min(half_axes)))
    return np.minimum.reduce(distances)
