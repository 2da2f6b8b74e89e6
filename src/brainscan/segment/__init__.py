"""Outline the tumour: from patches, from labels alone, or by a trained network."""

from brainscan.segment.postprocess import Postprocess

__all__ = ["Postprocess"]
