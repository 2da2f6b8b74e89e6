"""What healthy slices have that a careless reader takes for a tumour."""

from dataclasses import dataclass

import cv2
import numpy as np

from brainscan.datasets.stopgap.anatomy import Anatomy, Person
from brainscan.datasets.stopgap.fields import Field


@dataclass(frozen=True, eq=False)
class Mimics:
    """Shares of what is drawn on every slice, tumour or not.

    Args:
        vessels: ``(h, w)`` blood: cut vessels, branches in the sulci, the sagittal sinus.
        spots: ``(h, w)`` small white-matter spots.
        shine: ``(h, w)`` a patch in which every tissue is off by this share: fat left unsuppressed,
            a coil nearby, flow.
    """

    vessels: Field
    spots: Field
    shine: Field


def draw_mimics(rng: np.random.Generator, person: Person, anatomy: Anatomy) -> Mimics:
    """Draw vessels, spots and a patch of other brightness."""
    brain = anatomy.brain
    places = np.argwhere(brain)
    rim = np.argwhere(anatomy.tissues[2] * brain > 0.3)
    rim = rim if len(rim) else places
    vessels = np.zeros(person.size, np.float32)
    for _ in range(int(rng.integers(3, 12))):
        row, column = rim[rng.integers(len(rim))]
        _dot(vessels, row, column, rng.uniform(0.8, 2.2) / person.pixel_mm)
    for _ in range(int(rng.integers(1, 6))):
        _branch(vessels, rng, rim[rng.integers(len(rim))], person)
    if rng.random() < 0.6:  # the sinus at the vault
        top = places[places[:, 0].argmin()]
        bottom = places[places[:, 0].argmax()]
        row, column = top if rng.random() < 0.5 else bottom
        _dot(vessels, row, column, rng.uniform(2.0, 4.5) / person.pixel_mm)
    if rng.random() < 0.3:  # a tangled or wide vessel near the surface
        row, column = rim[rng.integers(len(rim))]
        _dot(vessels, row, column, rng.uniform(2.5, 5.0) / person.pixel_mm)
    spots = np.zeros(person.size, np.float32)
    white = np.argwhere(anatomy.tissues[1] > 0.7)
    for _ in range(int(rng.integers(0, 9)) if len(white) else 0):
        row, column = white[rng.integers(len(white))]
        _dot(spots, row, column, rng.uniform(0.8, 3.0) / person.pixel_mm)
    shine = np.zeros(person.size, np.float32)
    if rng.random() < 0.5:
        row, column = places[rng.integers(len(places))]
        _dot(shine, row, column, rng.uniform(8.0, 25.0) / person.pixel_mm)
        shine = cv2.GaussianBlur(shine, (0, 0), rng.uniform(5.0, 10.0) / person.pixel_mm)
        shine *= np.float32(rng.uniform(-0.25, 0.4))
    blur = max(0.4, 0.5 / person.pixel_mm)
    return Mimics(
        cv2.GaussianBlur(vessels, (0, 0), blur) * anatomy.head,
        cv2.GaussianBlur(spots, (0, 0), blur) * brain,
        shine,
    )


def _dot(canvas: Field, row: float, column: float, radius: float) -> None:
    cv2.circle(
        canvas, (round(column * 16), round(row * 16)), round(radius * 16), 1.0, -1, cv2.LINE_8, 4
    )


def _branch(
    canvas: Field,
    rng: np.random.Generator,
    start: np.ndarray[tuple[int], np.dtype[np.int64]],
    person: Person,
) -> None:
    """Draw a winding line."""
    steps = int(rng.integers(6, 18))
    turns = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.5, steps))
    path = start + np.cumsum(np.stack([np.sin(turns), np.cos(turns)], 1), 0) * 2.5 / person.pixel_mm
    points = np.rint(path[:, ::-1] * 16).astype(np.int32)
    thick = max(1, round(rng.uniform(0.8, 1.8) / person.pixel_mm))
    cv2.polylines(canvas, [points], False, 1.0, thick, cv2.LINE_8, 4)
