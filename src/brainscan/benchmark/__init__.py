"""Compare networks and classical classifiers, as the paper did and without leaks."""

from brainscan.benchmark.calibrated import Calibrated, calibrate
from brainscan.benchmark.contender import Training
from brainscan.benchmark.controls import Control, controls
from brainscan.benchmark.corruptions import corrupt, corruptions
from brainscan.benchmark.images import ImageRecord
from brainscan.benchmark.presets import Preset, presets
from brainscan.benchmark.protocol import Protocol, protocols
from brainscan.benchmark.report import write_report
from brainscan.benchmark.result import Predictions, Result, Row
from brainscan.benchmark.run import run
from brainscan.benchmark.segmentation.contender import MaskContender, segmenters
from brainscan.benchmark.segmentation.images import MaskInputs
from brainscan.benchmark.segmentation.result import (
    MaskPredictions,
    SegmentationResult,
    SegmentationRow,
)
from brainscan.benchmark.segmentation.run import run_segmentation
from brainscan.benchmark.subgroups import Subgroup, subgroups

__all__ = [
    "Calibrated",
    "Control",
    "ImageRecord",
    "MaskContender",
    "MaskInputs",
    "MaskPredictions",
    "Predictions",
    "Preset",
    "Protocol",
    "Result",
    "Row",
    "SegmentationResult",
    "SegmentationRow",
    "Subgroup",
    "Training",
    "calibrate",
    "controls",
    "corrupt",
    "corruptions",
    "presets",
    "protocols",
    "run",
    "run_segmentation",
    "segmenters",
    "subgroups",
    "write_report",
]
