"""From raw slices to what a model or a feature takes: crop, resize, rescale."""

from brainscan.preprocess.box import Box
from brainscan.preprocess.chain import Chain
from brainscan.preprocess.crop import BrainCropper
from brainscan.preprocess.foreground import PAPER_THRESHOLD
from brainscan.preprocess.intensity import Standardize, ToRange255, ToRGB
from brainscan.preprocess.resize import Resize
from brainscan.preprocess.step import Step

__all__ = [
    "PAPER_THRESHOLD",
    "Box",
    "BrainCropper",
    "Chain",
    "Resize",
    "Standardize",
    "Step",
    "ToRGB",
    "ToRange255",
]
