"""One person's healthy anatomy in a slice: where which tissue is."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float32

from brainscan.datasets.phantom.atlas import load_atlas
from brainscan.datasets.phantom.fields import Field, ramp, smooth_field
from brainscan.datasets.phantom.view import Plane, Points, View

_SECTION_MM = 2.0
_SECTION_SIDE = 150  # 300 mm: the largest field of view, its offset and the deformation


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
    section: Float32[np.ndarray, "rows columns 4"]
    folds: Field
    atrophy: float

    def anatomy(self, push_mm: Plane | None = None) -> Anatomy:
        """Return the tissues, displaced where a lesion pushes.

        Args:
            push_mm: ``(2, h, w)``; how far the tissue seen at a pixel has been moved.
        """
        cavity_mm = _look_up(self.section[..., 3], self.plane_mm)
        source = self.plane_mm if push_mm is None else self.plane_mm - push_mm
        maps = _look_up(self.section[..., :3], source)
        brain = maps[..., 2] > 0.5
        gray, white = np.ascontiguousarray(maps[..., 0]), np.ascontiguousarray(maps[..., 1])
        folds = self.folds
        if push_mm is not None:
            folds = _carry(folds, push_mm / np.float32(self.view.spacing_mm))
        csf, gray, white = self._sharpened(gray, white, maps[..., 2], folds)
        points_mm = self.view.to_mni(self.plane_mm)
        return Anatomy(csf, gray, white, brain, cavity_mm, points_mm)

    def _sharpened(
        self, gray: Field, white: Field, brain: Field, folds: Field
    ) -> tuple[Field, Field, Field]:
        """Turn the probabilities of a population into the tissues of a person.

        The maps are blurred where people differ. Sulci are laid along the zero lines of a random
        field, grey matter along them; where the atlas is certain nothing changes.
        """
        csf = np.clip(brain - gray - white, 0.004, 1)
        off = np.abs(folds)
        sulcus = np.exp(-((off / np.float32(0.16)) ** 2))
        ribbon = np.exp(-((off / np.float32(0.75)) ** 2))
        odds = (
            csf * csf * np.exp(3.2 * sulcus + self.atrophy - 0.4),
            gray * gray * np.exp(1.6 * ribbon),
            white * white * np.exp(1.5 - 1.6 * ribbon),
        )
        total = odds[0] + odds[1] + odds[2] + np.float32(1e-6)
        return tuple((part / total).astype(np.float32) for part in odds)  # pyright: ignore[reportReturnType]


def draw_individual(rng: np.random.Generator, view: View) -> Individual:
    """Draw one person: elastic deformation, folds of the cortex, width of the fluid spaces."""
    plane_mm = view.pixels_mm()
    elastic = [smooth_field(rng, view.shape, view.spacing_mm, 45.0) for _ in range(2)]
    plane_mm = plane_mm + np.float32(2.2) * np.stack(elastic)
    coarse = smooth_field(rng, view.shape, view.spacing_mm, 7.5)
    fine = smooth_field(rng, view.shape, view.spacing_mm, 4.0)
    return Individual(
        view=view,
        plane_mm=plane_mm,
        section=_section(view),
        folds=coarse + np.float32(0.25) * fine,
        atrophy=float(rng.gamma(2.0, 0.45)),
    )


def _section(view: View) -> Float32[np.ndarray, "rows columns 4"]:
    axis = (np.arange(_SECTION_SIDE, dtype=np.float32) - (_SECTION_SIDE - 1) / 2) * _SECTION_MM
    grid = np.stack(np.meshgrid(axis, axis)).astype(np.float32)
    sampled = load_atlas().section(view.to_mni(grid))
    return np.ascontiguousarray(np.moveaxis(sampled, 0, -1))


def _look_up(section: np.ndarray, plane_mm: Plane) -> np.ndarray:
    pixels = plane_mm / np.float32(_SECTION_MM) + np.float32((_SECTION_SIDE - 1) / 2)
    return cv2.remap(
        np.ascontiguousarray(section),
        pixels[0],
        pixels[1],
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
