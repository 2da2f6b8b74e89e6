"""How bright each tissue is, from the signal equations and published relaxation times."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

CONTRASTS = ("t1", "t1_contrast", "t2", "flair")
_RELAXIVITY_PER_MMOL_S = 4.1  # gadopentetate in plasma, 37 degrees, 1.5 T


class Tissue(NamedTuple):
    """Relaxation times at 1.5 T in milliseconds, and the proton density, water 1."""

    t1_ms: float
    t2_ms: float
    density: float


NORMAL = {
    "gray": Tissue(833, 83, 0.86),
    "white": Tissue(500, 70, 0.77),
    "fluid": Tissue(2569, 329, 1.0),
    "skull": Tissue(1000, 1, 0.02),
    "marrow": Tissue(500, 70, 0.77),
    "fat": Tissue(350, 70, 1.0),
    "skin": Tissue(900, 47, 1.0),
}
"""BrainWeb's tissues (Kwan et al., IEEE TMI 1999, doi:10.1109/42.816072); cortical bone has none."""

WHITE_SPOT = Tissue(752, 237, 0.76)
"""BrainWeb's white-matter lesion, for the small spots that healthy people have."""

BLOOD = Tissue(1200, 60, 0.9)


@dataclass(frozen=True)
class Sequence:
    """A spin-echo sequence, with an inversion before it where ``inversion_ms`` is not 0.

    Args:
        contrast: one of `CONTRASTS`.
        repetition_ms: TR.
        echo_ms: TE.
        inversion_ms: TI; 0 for none.
        agent_mmol: concentration of contrast agent in blood, mmol/l; 0 for none.
    """

    contrast: str
    repetition_ms: float
    echo_ms: float
    inversion_ms: float = 0
    agent_mmol: float = 0

    def signal(self, tissue: Tissue, agent_share: float = 0) -> float:
        """Return the magnitude of a tissue's signal.

        Args:
            tissue: relaxation times and proton density.
            agent_share: how much of the blood's concentration of contrast agent the tissue takes
                up, 0 to 1.

        References:
            The signal equations: Bernstein, King and Zhou, Handbook of MRI Pulse Sequences,
            doi:10.1016/B978-0-12-092861-3.X5000-6. The relaxivity: Rohrer et al., Investigative
            Radiology 2005, doi:10.1097/01.rli.0000184756.66360.d3.
        """
        rate = _RELAXIVITY_PER_MMOL_S * self.agent_mmol * agent_share / 1000
        t1, t2 = 1 / (1 / tissue.t1_ms + rate), 1 / (1 / tissue.t2_ms + rate)
        recovered = 1 + np.exp(-self.repetition_ms / t1) if self.inversion_ms else 1.0
        lost = (
            2 * np.exp(-self.inversion_ms / t1)
            if self.inversion_ms
            else np.exp(-self.repetition_ms / t1)
        )
        return float(tissue.density * abs(recovered - lost) * np.exp(-self.echo_ms / t2))


def draw_sequence(rng: np.random.Generator) -> Sequence:
    """Draw a contrast and the settings of its sequence."""
    contrast = CONTRASTS[rng.choice(4, p=(0.2, 0.35, 0.25, 0.2))]
    if contrast == "t2":
        return Sequence(contrast, rng.uniform(3000, 5000), rng.uniform(85, 115))
    if contrast == "flair":
        repetition = rng.uniform(7000, 9500)
        fluid = NORMAL["fluid"].t1_ms
        null = fluid * np.log(2 / (1 + np.exp(-repetition / fluid)))
        return Sequence(
            contrast, repetition, rng.uniform(90, 125), float(null * rng.uniform(0.93, 1.05))
        )
    agent = rng.uniform(0.5, 1.2) if contrast == "t1_contrast" else 0.0
    return Sequence(contrast, rng.uniform(450, 700), rng.uniform(9, 18), agent_mmol=float(agent))


def vary(tissue: Tissue, rng: np.random.Generator, share: float = 0.06) -> Tissue:
    """Return a tissue of one person: each value some per cent off."""
    factors = np.exp(share * rng.standard_normal(3))
    return Tissue(
        float(tissue.t1_ms * factors[0]),
        float(tissue.t2_ms * factors[1]),
        float(tissue.density * (1 + (factors[2] - 1) / 3)),
    )
