"""One person's healthy anatomy in a slice: where which tissue is."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float32

from brainscan.datasets.phantom.atlas import load_atlas
from brainscan.datasets.phantom.fields import Field, smooth_field
from brainscan.datasets.phantom.view import Plane, Points, View

_SECTION_MM = 2.5
_SECTION_MARGIN_MM = 14.0  # how far the deformation may look outside the field of view
_GYRUS_MM = 9.0
_SULCUS_DEPTH_MM = 20.0


@dataclass(frozen=True, eq=False)
class Anatomy:
    """Maps on the pixels of a view.

    Args:
        csf: fraction of cerebrospinal fluid inside the brain's outline.
        gray: fraction of grey matter.
        white: fraction of white matter.
        brain: inside the brain's outline, ventricles included.
        cavity_mm: distance to the inside of the skull, positive outside.
        points_mm: MNI coordinates.
    """

    csf: Field
    gray: Field
    white: Field
    brain: Bool[np.ndarray, "h w"]
    cavity_mm: Field
    points_mm: Points


@dataclass(frozen=True, eq=False)
class Individual:
    """What makes one person's slice: the deformation of the atlas and the folds of the cortex.

    Args:
        view: the slice.
        plane_mm: where each pixel lies in the undeformed slice.
        section: grey, white, brain and cavity distance of the undeformed slice, 2 mm pixels.
        folds: a field whose zero lines are sulci.
        atrophy: how much the fluid spaces are widened; 0 is a young adult.
    """

    view: View
    plane_mm: Plane
    section: Float32[np.ndarray, "section_rows section_columns 4"]
    folds: Field
    atrophy: float

    def anatomy(self, push_mm: Plane | None = None) -> Anatomy:
        """Return the tissues, displaced where a lesion pushes.

        Args:
            push_mm: ``(2, h, w)``; how far the tissue seen at a pixel has been moved.
        """
        cavity_mm = _look_up(self.section[..., 3], self.view, self.plane_mm)
        source = self.plane_mm if push_mm is None else self.plane_mm - push_mm
        maps = _look_up(self.section[..., :3], self.view, source)
        brain = maps[..., 2] > 0.5
        gray, white = np.ascontiguousarray(maps[..., 0]), np.ascontiguousarray(maps[..., 1])
        folds = self.folds
        if push_mm is not None:
            folds = _carry(folds, push_mm / np.float32(self.view.spacing_mm))
        csf, gray, white = self._sharpened(gray, white, maps[..., 2], folds, cavity_mm)
        points_mm = self.view.to_mni(self.plane_mm)
        return Anatomy(csf, gray, white, brain, cavity_mm, points_mm)

    def _sharpened(
        self, gray: Field, white: Field, brain: Field, folds: Field, cavity_mm: Field
    ) -> tuple[Field, Field, Field]:
        """Turn the probabilities of a population into the tissues of a person.

        The maps are blurred where people differ. Sulci are laid along the zero lines of a random
        field, grey matter along them; where the atlas is certain nothing changes.
        """
        cortical = np.float32(0.12) * np.exp(np.minimum(cavity_mm, 0) / np.float32(9.0))
        csf = np.clip(brain - gray - white, np.float32(0.003) + cortical, 1)
        off = np.abs(folds)
        sulcus = np.exp(-((off / np.float32(0.2)) ** 2))
        ribbon = np.exp(-((off / np.float32(0.8)) ** 2))
        odds = (
            csf * csf * np.exp(np.float32(3.6) * sulcus + np.float32(self.atrophy - 0.3)),
            gray * gray * np.exp(np.float32(1.5) * ribbon),
            white * white * np.exp(np.float32(1.4) - np.float32(1.5) * ribbon),
        )
        total = odds[0] + odds[1] + odds[2] + np.float32(1e-6)
        return odds[0] / total, odds[1] / total, odds[2] / total


def draw_individual(rng: np.random.Generator, view: View) -> Individual:
    """Draw one person: elastic deformation, folds of the cortex, width of the fluid spaces."""
    plane_mm = view.pixels_mm()
    elastic = [smooth_field(rng, view.shape, view.spacing_mm, 70.0) for _ in range(2)]
    plane_mm = plane_mm + np.float32(2.8) * np.stack(elastic)
    winding = smooth_field(rng, view.shape, view.spacing_mm, 8.0)
    return Individual(
        view=view,
        plane_mm=plane_mm,
        section=_section(view),
        folds=_radial_field(rng, plane_mm) + np.float32(0.5) * winding,
        atrophy=float(rng.gamma(1.6, 0.8)),
    )


def _radial_field(rng: np.random.Generator, plane_mm: Plane) -> Field:
    """Return a field whose zero lines run mostly from the surface towards the middle."""
    around = round(2 * np.pi * 70.0 / _GYRUS_MM)
    coarse = rng.standard_normal((12, around), np.float32) * np.float32(1.4)
    angle = np.arctan2(plane_mm[1], plane_mm[0]) * np.float32(around / (2 * np.pi))
    radius = np.hypot(plane_mm[0], plane_mm[1]) / np.float32(_SULCUS_DEPTH_MM)
    field = cv2.remap(coarse, angle, radius, cv2.INTER_CUBIC, borderMode=cv2.BORDER_WRAP)
    return field.astype(np.float32)


def _section(view: View) -> Float32[np.ndarray, "rows columns 4"]:
    reach_mm = [side * view.spacing_mm / 2 + _SECTION_MARGIN_MM for side in view.shape]
    rows, columns = (
        np.arange(-reach, reach + _SECTION_MM, _SECTION_MM).astype(np.float32) for reach in reach_mm
    )
    grid = np.stack(np.meshgrid(columns, rows)).astype(np.float32)
    return load_atlas().section(view.to_mni(grid))


def _look_up(section: np.ndarray, view: View, plane_mm: Plane) -> np.ndarray:
    rows, columns = (side * view.spacing_mm / 2 + _SECTION_MARGIN_MM for side in view.shape)
    return cv2.remap(
        np.ascontiguousarray(section),
        (plane_mm[0] + np.float32(columns)) / np.float32(_SECTION_MM),
        (plane_mm[1] + np.float32(rows)) / np.float32(_SECTION_MM),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(np.float32)


def _carry(field: Field, push_px: Plane) -> Field:
    height, width = field.shape
    columns, rows = np.meshgrid(
        np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    )
    return cv2.remap(
        field,
        columns - push_px[0],
        rows - push_px[1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(np.float32)
