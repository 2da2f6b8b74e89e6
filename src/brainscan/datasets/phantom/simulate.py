"""One simulated slice, from its index and seed."""

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Bool, UInt8

from brainscan.datasets.phantom.anatomy import draw_individual
from brainscan.datasets.phantom.contrast import CONTRASTS, draw_sequence, signals
from brainscan.datasets.phantom.head import draw_head
from brainscan.datasets.phantom.layer import Layer
from brainscan.datasets.phantom.lesion import draw_lesion
from brainscan.datasets.phantom.mimics import draw_mimics
from brainscan.datasets.phantom.scanner import draw_scanner
from brainscan.datasets.phantom.tissue import TISSUES, Tissue
from brainscan.datasets.phantom.view import draw_view

_CONTRAST_SHARES = MappingProxyType({"t1": 0.06, "t2": 0.18, "flair": 0.36, "t1ce": 0.4})


@dataclass(frozen=True, eq=False)
class Slice:
    """A simulated slice and the truth about it.

    Args:
        image: ``(h, w)`` uint8.
        tumour: ``(h, w)`` solid tumour and its core, without oedema.
        brain: ``(h, w)`` brain with its ventricles, and the tumour.
        head: ``(h, w)`` everything inside the skin.
        label: 1 with a tumour, 0 without.
        plane: ``"axial"``, ``"coronal"`` or ``"sagittal"``.
        level_mm: MNI coordinate of the slice along its normal.
        contrast: ``"t1"``, ``"t2"``, ``"flair"`` or ``"t1ce"`` (T1 after contrast agent).
        kind: the kind of tumour, or "" without one.
        spacing_mm: the size of a pixel.
    """

    image: UInt8[np.ndarray, "h w"]
    tumour: Bool[np.ndarray, "h w"]
    brain: Bool[np.ndarray, "h w"]
    head: Bool[np.ndarray, "h w"]
    label: int
    plane: str
    level_mm: float
    contrast: str
    kind: str
    spacing_mm: float


def check_whole(number: Any, name: str, at_least: int) -> int:
    """Return a whole number, or raise ValueError."""
    whole = isinstance(number, int | np.integer) and not isinstance(number, bool)
    if not whole or number < at_least:
        raise ValueError(f"{name} must be a whole number of {at_least} or more; got {number!r}.")
    return int(number)


def label_of(index: int, seed: int) -> int:
    """Return the label of a slice; of slices 2k and 2k + 1 one has a tumour, drawn at random."""
    first = int(np.random.default_rng([seed, index // 2, 1]).integers(2))
    return first ^ (index % 2)


def simulate(index: int, seed: int = 0) -> Slice:
    """Simulate one slice; the same index and seed give the same bits.

    Everything but the tumour is drawn before the label is looked at, from random streams of its
    own: view, anatomy, mimics, contrast and scanner say nothing about the class.

    Args:
        index: which slice, 0 or more.
        seed: which series of slices, 0 or more.

    Returns:
        The slice with its masks.

    Raises:
        ValueError: a number is not whole or negative.

    Examples:
        >>> scan = simulate(3, seed=1)
        >>> scan.image.dtype, scan.image.shape == scan.tumour.shape
        (dtype('uint8'), True)
    """
    index = check_whole(index, "index", at_least=0)
    seed = check_whole(seed, "seed", at_least=0)
    streams = np.random.SeedSequence([seed, index]).spawn(6)
    form, person, around, harmless, scanning, disease = map(np.random.default_rng, streams)
    label = label_of(index, seed)
    view = draw_view(form)
    contrast = str(form.choice(CONTRASTS, p=[_CONTRAST_SHARES[name] for name in CONTRASTS]))
    scanner = draw_scanner(form)
    tissues = _draw_tissues(person)
    sequence = draw_sequence(form, contrast, tissues)
    individual = draw_individual(person, view)
    healthy = individual.anatomy()
    edge_mm = max(1.0, view.spacing_mm)
    kind, painted, tumour = "", (), np.zeros(view.shape, bool)
    anatomy = healthy
    if label == 1:
        lesion = draw_lesion(disease, individual, healthy)
        anatomy = individual.anatomy(lesion.push_mm(healthy))
        painted, cover = lesion.cover(anatomy, edge_mm)
        kind, tumour = lesion.kind, cover > 0.5
        tissues = {**tissues, **lesion.tissues}
    head = draw_head(around, healthy, view.spacing_mm)
    layers = (
        *head.layers,
        Layer("white", anatomy.white / np.maximum(1 - anatomy.gray, np.float32(1e-3))),
        Layer("gray", anatomy.gray),
        *draw_mimics(harmless, anatomy, view.spacing_mm),
        *painted,
    )
    tissue_signals = signals(sequence, tissues, agent=contrast == "t1ce")
    image = scanner.image(scanning, layers, tissue_signals, view.spacing_mm)
    return Slice(
        image=image,
        tumour=tumour,
        brain=anatomy.brain | tumour,
        head=head.mask,
        label=label,
        plane=view.plane,
        level_mm=view.level_mm,
        contrast=contrast,
        kind=kind,
        spacing_mm=view.spacing_mm,
    )


def _draw_tissues(rng: np.random.Generator) -> dict[str, Tissue]:
    """Vary the tissues from person to person by a few per cent."""
    return {
        name: replace(
            tissue,
            t1_ms=tissue.t1_ms * rng.normal(1, 0.04),
            t2_ms=tissue.t2_ms * rng.normal(1, 0.04),
            uptake_mmol_l=tissue.uptake_mmol_l * rng.uniform(0.6, 1.4),
        )
        for name, tissue in TISSUES.items()
    }
