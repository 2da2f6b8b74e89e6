"""Figures of merit of masks: overlap, distance between outlines, lesions found."""

from brainscan.metrics.segmentation.evaluation import MaskEvaluation, evaluate_masks
from brainscan.metrics.segmentation.lesions import lesion_f1
from brainscan.metrics.segmentation.outline import average_surface_distance, hd95
from brainscan.metrics.segmentation.overlap import dice, iou, mask_precision, mask_sensitivity

__all__ = [
    "MaskEvaluation",
    "average_surface_distance",
    "dice",
    "evaluate_masks",
    "hd95",
    "iou",
    "lesion_f1",
    "mask_precision",
    "mask_sensitivity",
]
