"""Figures of merit, with what they are worth."""

from brainscan.metrics.bootstrap import bootstrap_mean, cluster_bootstrap
from brainscan.metrics.calibration import (
    Reliability,
    Temperature,
    calibration_error,
    fit_temperature,
    reliability,
)
from brainscan.metrics.classification import accuracy, balanced_accuracy, decide, f1, mcc
from brainscan.metrics.comparison import (
    Comparison,
    Test,
    compare,
    delong_test,
    holm,
    mcnemar,
    paired_bootstrap,
)
from brainscan.metrics.conformal import Conformal, fit_conformal
from brainscan.metrics.curves import (
    Curve,
    DecisionCurve,
    decision_curve,
    precision_recall_curve,
    roc_curve,
)
from brainscan.metrics.delong import delong
from brainscan.metrics.diagnosis import npv, ppv, sensitivity, specificity
from brainscan.metrics.estimate import Estimate, evaluate
from brainscan.metrics.intervals import Interval, clustered_wilson, wilson
from brainscan.metrics.probability import brier, log_loss
from brainscan.metrics.ranking import average_precision, roc_auc
from brainscan.metrics.segmentation import (
    MaskEvaluation,
    average_surface_distance,
    dice,
    evaluate_masks,
    hd95,
    iou,
    lesion_f1,
    mask_precision,
    mask_sensitivity,
)
from brainscan.metrics.threshold import choose_threshold

__all__ = [
    "Comparison",
    "Conformal",
    "Curve",
    "DecisionCurve",
    "Estimate",
    "Interval",
    "MaskEvaluation",
    "Reliability",
    "Temperature",
    "Test",
    "accuracy",
    "average_precision",
    "average_surface_distance",
    "balanced_accuracy",
    "bootstrap_mean",
    "brier",
    "calibration_error",
    "choose_threshold",
    "cluster_bootstrap",
    "clustered_wilson",
    "compare",
    "decide",
    "decision_curve",
    "delong",
    "delong_test",
    "dice",
    "evaluate",
    "evaluate_masks",
    "f1",
    "fit_conformal",
    "fit_temperature",
    "hd95",
    "holm",
    "iou",
    "lesion_f1",
    "log_loss",
    "mask_precision",
    "mask_sensitivity",
    "mcc",
    "mcnemar",
    "npv",
    "paired_bootstrap",
    "ppv",
    "precision_recall_curve",
    "reliability",
    "roc_auc",
    "roc_curve",
    "sensitivity",
    "specificity",
    "wilson",
]
