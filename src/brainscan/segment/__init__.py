"""Where the tumour is, and the brain: masks from patches, from image labels, from brightness."""

from brainscan.segment.brain import brain_mask, head_mask
from brainscan.segment.fully_convolutional import fully_convolutional
from brainscan.segment.patches import Patches, cut_patches
from brainscan.segment.probability_map import probability_map
from brainscan.segment.refine import refine, refinements

__all__ = [
    "Patches",
    "brain_mask",
    "cut_patches",
    "fully_convolutional",
    "head_mask",
    "probability_map",
    "refine",
    "refinements",
]
