"""Checks for one's own backbones, features, data sets and augmentations: brainscan's own pass them.

Each raises AssertionError with what was expected and what came, and returns nothing.
"""

from brainscan.testing.augmentation import check_augmentation
from brainscan.testing.backbone import check_backbone
from brainscan.testing.dataset import check_dataset
from brainscan.testing.extractor import check_extractor

__all__ = ["check_augmentation", "check_backbone", "check_dataset", "check_extractor"]
