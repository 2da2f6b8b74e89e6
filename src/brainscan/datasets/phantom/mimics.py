"""Healthy or harmless things that look like a lesion; both classes have them."""

import cv2
import numpy as np
from jaxtyping import Bool

from brainscan.datasets.phantom.anatomy import Anatomy
from brainscan.datasets.phantom.fields import Field, distance_mm, ramp, smooth_field
from brainscan.datasets.phantom.head import ellipsoids_mm
from brainscan.datasets.phantom.layer import Layer

# MNI coordinates and half axes, mm: plexus in both lateral ventricles, pineal and pituitary gland.
_ENHANCING = (
    ((23, -40, 8), (4, 6, 6)),
    ((-23, -40, 8), (4, 6, 6)),
    ((11, -8, 20), (2.5, 9, 2.5)),
    ((-11, -8, 20), (2.5, 9, 2.5)),
    ((0, -28, 2), (3, 4, 3)),
    ((0, 3, -34), (6, 5, 4)),
)


def draw_mimics(rng: np.random.Generator, anatomy: Anatomy, spacing_mm: float) -> tuple[Layer, ...]:
    """Draw white-matter spots and patches, vessels, a venous sinus and structures that enhance."""
    return (
        Layer("white_matter_lesion", _white_matter_lesions(rng, anatomy, spacing_mm)),
        Layer("choroid_plexus", _enhancing(rng, anatomy, spacing_mm)),
        Layer("blood", _vessels(rng, anatomy, spacing_mm)),
        Layer("blood", _sagittal_sinus(rng, anatomy)),
    )


def _white_matter_lesions(rng: np.random.Generator, anatomy: Anatomy, spacing_mm: float) -> Field:
    """Spots, caps at the ventricles and now and then confluent patches (small-vessel disease)."""
    shape = anatomy.white.shape
    size = (shape[0], shape[1])
    texture = smooth_field(rng, size, spacing_mm, 9.0)
    severity = float(rng.beta(0.6, 2.2))
    ventricle = (anatomy.csf > 0.6) & (anatomy.cavity_mm < -22)
    near_mm = distance_mm(ventricle, spacing_mm)
    caps = np.exp(-near_mm / np.float32(2 + 9 * severity)) * np.float32(0.4 + severity)
    patches = ramp(texture + np.float32(2.0) * caps - np.float32(1.0), 1.2) * np.minimum(caps, 1)
    spots = np.zeros(size, np.uint8)
    deep = anatomy.white > 0.7
    for row, column in _places(rng, deep, int(rng.poisson(0.4 + 12 * severity))):
        axes = np.maximum(rng.gamma(4.0, 0.3, 2) / spacing_mm, 0.6)
        angle_deg = float(rng.uniform(0, 180))
        shade = int(rng.integers(80, 230))
        _draw_ellipse(spots, (column, row), (float(axes[0]), float(axes[1])), angle_deg, shade)
    ragged = spots.astype(np.float32) / 255 * ramp(texture + np.float32(0.6), 1.0)
    cover = np.maximum(patches * np.float32(0.85), ragged)
    return (cover * anatomy.white).astype(np.float32)


def _enhancing(rng: np.random.Generator, anatomy: Anatomy, spacing_mm: float) -> Field:
    """Choroid plexus, pineal and pituitary gland."""
    size_mm = float(rng.normal(-0.5, 1.2))
    shape = anatomy.white.shape
    wobble = smooth_field(rng, (shape[0], shape[1]), spacing_mm, 5.0)
    inside_mm = np.float32(size_mm) - ellipsoids_mm(anatomy.points_mm, _ENHANCING)
    return ramp(inside_mm + wobble, 1.5) * (anatomy.cavity_mm < 0)


def _vessels(rng: np.random.Generator, anatomy: Anatomy, spacing_mm: float) -> Field:
    """Arteries and veins in the fluid spaces, cut lengthwise or across."""
    canvas = np.zeros(anatomy.csf.shape, np.uint8)
    spaces = (anatomy.csf > 0.35) & (anatomy.cavity_mm < -1)
    for row, column in _places(rng, spaces, int(rng.poisson(10))):
        radius_mm = float(rng.gamma(4.0, 0.16))
        length_mm = float(rng.exponential(7.0))
        steps = max(2, int(length_mm / 2))
        headings = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.45, steps))
        step = 2 / spacing_mm * np.stack([np.cos(headings), np.sin(headings)], axis=1)
        path = np.array([column, row]) + np.vstack([[0, 0], np.cumsum(step, axis=0)])
        _draw_path(canvas, path, 2 * radius_mm / spacing_mm)
    return canvas.astype(np.float32) / 255 * (anatomy.cavity_mm < 1)


def _sagittal_sinus(rng: np.random.Generator, anatomy: Anatomy) -> Field:
    """The large vein along the midline under the skull, behind and above."""
    x, y, z = anatomy.points_mm
    behind = ramp(z - np.float32(0.4) * y - np.float32(20.0), 10.0)
    radius_mm = np.float32(rng.uniform(2.5, 4.5))
    depth = np.abs(anatomy.cavity_mm + np.float32(1.0))
    return ramp(radius_mm - np.hypot(x, depth), 1.5) * behind


def _places(
    rng: np.random.Generator, where: Bool[np.ndarray, "h w"], count: int
) -> list[tuple[int, int]]:
    """Draw pixels of a mask, as (row, column)."""
    flat = np.flatnonzero(where)
    if flat.size == 0:
        return []
    chosen = flat[rng.integers(flat.size, size=count)]
    return [(int(i // where.shape[1]), int(i % where.shape[1])) for i in chosen]


_SHIFT = 4  # OpenCV draws at positions in sixteenths of a pixel


def _draw_ellipse(
    canvas: np.ndarray,
    centre: tuple[int, int],
    axes: tuple[float, float],
    angle_deg: float,
    shade: int,
) -> None:
    fine = 1 << _SHIFT
    middle = (centre[0] * fine, centre[1] * fine)
    halves = (round(axes[0] * fine), round(axes[1] * fine))
    cv2.ellipse(canvas, middle, halves, angle_deg, 0, 360, shade, -1, cv2.LINE_AA, _SHIFT)


def _draw_path(canvas: np.ndarray, path: np.ndarray, width: float) -> None:
    points = np.rint(path * (1 << _SHIFT)).astype(np.int32)
    thickness = max(1, round(width))
    # A vessel thinner than a pixel shows as a fainter one.
    shade = int(255 * min(1.0, width))
    cv2.polylines(canvas, [points], False, shade, thickness, cv2.LINE_AA, _SHIFT)
