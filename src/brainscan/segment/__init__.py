"""Outline the tumour: from patches, from labels alone, or by a trained network."""

from brainscan.segment.frame import Frame
from brainscan.segment.postprocess import Postprocess
from brainscan.segment.segmenter import Outline, Segmenter

__all__ = ["Frame", "Outline", "Postprocess", "Segmenter"]
