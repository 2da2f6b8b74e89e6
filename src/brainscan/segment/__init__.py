"""Outline the tumour: from patches, from image labels alone, or by a trained network; the brain."""

from brainscan.segment.brain import brain_mask, head_mask
from brainscan.segment.frame import Frame
from brainscan.segment.patches import Patches, cut_patches
from brainscan.segment.postprocess import Postprocess
from brainscan.segment.probability_map import probability_map
from brainscan.segment.refine import refine, refinements
from brainscan.segment.segmenter import Outline, Segmenter
from brainscan.segment.weak import weak_mask

__all__ = [
    "Frame",
    "Outline",
    "Patches",
    "Postprocess",
    "Segmenter",
    "brain_mask",
    "cut_patches",
    "head_mask",
    "probability_map",
    "refine",
    "refinements",
    "weak_mask",
]
