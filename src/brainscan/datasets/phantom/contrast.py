"""Pulse sequences: from tissue properties to signal."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from brainscan.datasets.phantom.tissue import Tissue

# Gadobutrol in human plasma at 1.5 T and 37 degrees C, l/(mmol s): r1 from Szomolanyi et al. 2019,
# doi:10.1097/RLI.0000000000000577; r2 from Rohrer et al. 2005,
# doi:10.1097/01.rli.0000184756.66360.d3.
R1_RELAXIVITY = 4.78
R2_RELAXIVITY = 6.1

_OUTFLOW_TE_MS = 30.0  # blood in a large vessel has left the slice before a later spin echo

CONTRASTS = ("t1", "t2", "flair", "t1ce")


@dataclass(frozen=True)
class SpinEcho:
    """A spin echo: T1-weighted when short, T2-weighted when long."""

    tr_ms: float
    te_ms: float

    def signal(self, tissue: Tissue) -> float:
        """Return the signal of a tissue; flowing blood is lost to a late echo."""
        if tissue.flows and self.te_ms > _OUTFLOW_TE_MS:
            return 0.0
        recovered = 1 - np.exp(-self.tr_ms / tissue.t1_ms)
        return float(tissue.density * recovered * np.exp(-self.te_ms / tissue.t2_ms))


@dataclass(frozen=True)
class InversionRecovery:
    """A spin echo after an inversion pulse, as magnitude: FLAIR when it nulls the fluid."""

    tr_ms: float
    te_ms: float
    ti_ms: float

    def signal(self, tissue: Tissue) -> float:
        """Return the signal of a tissue; flowing blood is lost to a late echo."""
        if tissue.flows and self.te_ms > _OUTFLOW_TE_MS:
            return 0.0
        inverted = 2 * np.exp(-self.ti_ms / tissue.t1_ms)
        recovered = abs(1 - inverted + np.exp(-self.tr_ms / tissue.t1_ms))
        return float(tissue.density * recovered * np.exp(-self.te_ms / tissue.t2_ms))


@dataclass(frozen=True)
class SpoiledGradientEcho:
    """A spoiled gradient echo in its steady state (FLASH, SPGR)."""

    tr_ms: float
    te_ms: float
    flip_angle_deg: float

    def signal(self, tissue: Tissue) -> float:
        """Return the signal of a tissue; the echo is early enough for flowing blood."""
        angle = np.deg2rad(self.flip_angle_deg)
        decay = np.exp(-self.tr_ms / tissue.t1_ms)
        steady = np.sin(angle) * (1 - decay) / (1 - np.cos(angle) * decay)
        return float(tissue.density * steady * np.exp(-self.te_ms / tissue.t2_star_ms))


Sequence = SpinEcho | InversionRecovery | SpoiledGradientEcho


def fluid_nulling_ti_ms(tr_ms: float, t1_ms: float) -> float:
    """Return the inversion time at which a tissue of that T1 gives no signal."""
    return float(t1_ms * (np.log(2) - np.log1p(np.exp(-tr_ms / t1_ms))))


def draw_sequence(
    rng: np.random.Generator, contrast: str, tissues: Mapping[str, Tissue]
) -> Sequence:
    """Draw the settings of a clinical sequence at 1.5 T for one of `CONTRASTS`."""
    if contrast == "t2":
        return SpinEcho(tr_ms=rng.uniform(3000, 6000), te_ms=rng.uniform(80, 120))
    if contrast == "flair":
        tr_ms = rng.uniform(8000, 11000)
        null_ms = fluid_nulling_ti_ms(tr_ms, tissues["csf"].t1_ms)
        return InversionRecovery(tr_ms, rng.uniform(90, 140), null_ms * rng.uniform(0.92, 1.08))
    if rng.random() < 0.5:
        return SpinEcho(tr_ms=rng.uniform(400, 650), te_ms=rng.uniform(10, 20))
    return SpoiledGradientEcho(rng.uniform(18, 35), rng.uniform(3, 6), rng.uniform(22, 35))


def signals(sequence: Sequence, tissues: Mapping[str, Tissue], agent: bool) -> dict[str, float]:
    """Return each tissue's signal, with or without contrast agent.

    References:
        R. W. Brown et al., "Magnetic Resonance Imaging: Physical Principles and Sequence Design",
        2nd ed., Wiley, 2014, doi:10.1002/9781118633953
    """
    if agent:
        tissues = {
            name: tissue.enhanced(R1_RELAXIVITY, R2_RELAXIVITY) for name, tissue in tissues.items()
        }
    return {name: sequence.signal(tissue) for name, tissue in tissues.items()}
