"""What each tissue is to the scanner: relaxation times and proton density."""

from dataclasses import dataclass, replace
from types import MappingProxyType


@dataclass(frozen=True)
class Tissue:
    """MR properties at 1.5 T.

    Args:
        t1_ms: longitudinal relaxation time.
        t2_ms: transverse relaxation time.
        t2_star_ms: the same with the dephasing that a gradient echo sees.
        density: proton density relative to water.
        uptake_mmol_l: concentration of the contrast agent after injection.
        flows: moves out of the slice between excitation and a late echo (blood in large vessels).
    """

    t1_ms: float
    t2_ms: float
    t2_star_ms: float
    density: float
    uptake_mmol_l: float = 0.0
    flows: bool = False

    def enhanced(self, r1: float, r2: float) -> "Tissue":
        """Return the tissue with its contrast agent; relaxivities in l/(mmol s)."""
        return replace(
            self,
            t1_ms=_shortened(self.t1_ms, r1 * self.uptake_mmol_l),
            t2_ms=_shortened(self.t2_ms, r2 * self.uptake_mmol_l),
            t2_star_ms=_shortened(self.t2_star_ms, r2 * self.uptake_mmol_l),
        )


def _shortened(time_ms: float, rate_per_s: float) -> float:
    return time_ms / (1 + rate_per_s * time_ms / 1000)


# Normal tissues and white-matter lesions: BrainWeb's table (Kwan et al. 1999,
# doi:10.1109/42.816072). Blood: Stanisz et al. 2005, doi:10.1002/mrm.20605. Marrow of the adult
# skull is fatty and takes fat's values; cortical bone gives no signal. The tumour's tissues are
# the middles of what `lesion` draws; published values scatter and overlap (Kjaer et al. 1991,
# doi:10.3109/02841859109177614), so theirs are choices within that scatter.
# The uptakes are ours: they make tissues enhance as they do on clinical images.
TISSUES = MappingProxyType(
    {
        "air": Tissue(1, 1, 1, 0),
        "bone": Tissue(1, 1, 1, 0),
        "csf": Tissue(2569, 329, 58, 1.0),
        "gray": Tissue(833, 83, 69, 0.86, uptake_mmol_l=0.02),
        "white": Tissue(500, 70, 61, 0.77, uptake_mmol_l=0.01),
        "fat": Tissue(350, 70, 58, 1.0),
        "marrow": Tissue(350, 70, 58, 0.6),
        "muscle": Tissue(900, 47, 30, 1.0, uptake_mmol_l=0.1),
        "white_matter_lesion": Tissue(752, 237, 204, 0.76),
        "blood": Tissue(1441, 290, 58, 0.9, uptake_mmol_l=0.7, flows=True),
        "choroid_plexus": Tissue(1100, 140, 60, 0.9, uptake_mmol_l=0.45),
        "oedema": Tissue(1000, 150, 100, 0.88),
        "tumour": Tissue(1150, 125, 80, 0.9),
        "necrosis": Tissue(1900, 240, 100, 0.95),
    }
)
