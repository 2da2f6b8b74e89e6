"""Outline the tumour: from patches, from labels alone, or by a trained network."""
