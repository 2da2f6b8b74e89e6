"""Simulate one slice from a seed."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, UInt8

from brainscan.datasets.stopgap.anatomy import TISSUES, Anatomy, build, draw_person, pixel_grid
from brainscan.datasets.stopgap.contrast import (
    BLOOD,
    NORMAL,
    WHITE_SPOT,
    Sequence,
    draw_sequence,
    vary,
)
from brainscan.datasets.stopgap.fields import Field, smooth_field
from brainscan.datasets.stopgap.lesion import Lesion, draw_lesion, push
from brainscan.datasets.stopgap.mimics import Mimics, draw_mimics
from brainscan.datasets.stopgap.scanner import scan


@dataclass(frozen=True, eq=False)
class Slice:
    """A simulated slice and everything that is known of it.

    Args:
        image: ``(h, w)`` uint8.
        tumour: ``(h, w)`` bool; core and rim, without the oedema; all False where there is none.
        brain: ``(h, w)`` bool; the brain with its fluid.
        head: ``(h, w)`` bool; everything that is not air.
        label: 1 with a tumour, else 0.
        contrast: ``"t1"``, ``"t1_contrast"``, ``"t2"`` or ``"flair"``.
        plane: ``"axial"``, ``"coronal"`` or ``"sagittal"``.
        kind: of the tumour, ``""`` where there is none.
    """

    image: UInt8[np.ndarray, "h w"]
    tumour: Bool[np.ndarray, "h w"]
    brain: Bool[np.ndarray, "h w"]
    head: Bool[np.ndarray, "h w"]
    label: int
    contrast: str
    plane: str
    kind: str


def simulate(index: int, seed: int = 0) -> Slice:
    """Simulate slice ``index``; even ones are healthy, odd ones have a tumour.

    Head, sequence, mimics and scanner are drawn before and apart from the tumour, so nothing but
    the tumour itself tells the classes apart.

    Args:
        index: 0 or more; each is another person.
        seed: of the whole series.

    Example:
        >>> simulate(1).tumour.any()
        np.True_
    """
    label = index % 2
    streams = [np.random.default_rng([seed, index, part]) for part in range(5)]
    person = draw_person(streams[0])
    sequence = draw_sequence(streams[1])
    grid = pixel_grid(person)
    anatomy = build(person, grid)
    lesion = None
    if label:
        lesion = draw_lesion(streams[4], person, anatomy)
        moved = build(person, push(streams[4], person, grid, lesion))
        # The skull does not give way, and the tumour stays inside of it.
        anatomy = Anatomy(moved.tissues, anatomy.brain, anatomy.head)
    mimics = draw_mimics(streams[2], person, anatomy)
    signal = _signal(streams[1], sequence, anatomy, mimics, lesion)
    image = scan(streams[3], signal, anatomy.head)
    tumour = lesion.mask if lesion else np.zeros(person.size, np.bool_)
    return Slice(
        image,
        tumour,
        anatomy.brain,
        anatomy.head,
        label,
        sequence.contrast,
        person.plane,
        lesion.kind if lesion else "",
    )


def _signal(
    rng: np.random.Generator,
    sequence: Sequence,
    anatomy: Anatomy,
    mimics: Mimics,
    lesion: Lesion | None,
) -> Field:
    size = anatomy.brain.shape
    signal = np.zeros(size, np.float32)
    for share, name in zip(anatomy.tissues, TISSUES, strict=True):
        uneven = 1 + 0.03 * smooth_field(rng, (size[0], size[1]), 8.0)
        signal += share * uneven * np.float32(sequence.signal(vary(NORMAL[name], rng)))
    signal = _lay(signal, mimics.spots, sequence.signal(vary(WHITE_SPOT, rng)))
    if lesion is not None:
        texture = 1 + 0.06 * smooth_field(rng, (size[0], size[1]), 5.0)
        necrosis, tumour, oedema = lesion.tissues
        signal = _lay(signal, lesion.oedema, sequence.signal(oedema))
        signal = _lay(signal, lesion.solid, sequence.signal(tumour, lesion.uptake) * texture)
        signal = _lay(signal, lesion.core, sequence.signal(necrosis))
    # Blood flows out of the slice before its echo, unless the agent makes it shine.
    stays = 1.0 if sequence.agent_mmol else float(rng.uniform(0.1, 0.6))
    signal = _lay(signal, mimics.vessels, stays * sequence.signal(vary(BLOOD, rng), 1.0))
    return signal * (1 + mimics.shine)


def _lay(signal: Field, share: Field, brightness: float | Field) -> Field:
    return (signal * (1 - share) + share * brightness).astype(np.float32)
