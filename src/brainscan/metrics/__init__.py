"""Figures of merit, with what they are worth."""

from brainscan.metrics.calibration import Reliability, Temperature, fit_temperature, reliability
from brainscan.metrics.classification import (
    accuracy,
    average_precision,
    balanced_accuracy,
    brier,
    confusion,
    decide,
    f1,
    log_loss,
    mcc,
    npv,
    ppv,
    roc_auc,
    sensitivity,
    specificity,
)
from brainscan.metrics.comparison import (
    Comparison,
    compare,
    delong_test,
    holm,
    mcnemar,
    paired_bootstrap,
    smallest_significant,
)
from brainscan.metrics.conformal import Conformal, fit_conformal
from brainscan.metrics.curves import (
    Curve,
    DecisionCurve,
    decision_curve,
    precision_recall_curve,
    roc_curve,
)
from brainscan.metrics.estimate import Estimate, evaluate
from brainscan.metrics.intervals import Interval, cluster_bootstrap, delong, wilson
from brainscan.metrics.threshold import choose_threshold

__all__ = [
    "Comparison",
    "Conformal",
    "Curve",
    "DecisionCurve",
    "Estimate",
    "Interval",
    "Reliability",
    "Temperature",
    "accuracy",
    "average_precision",
    "balanced_accuracy",
    "brier",
    "choose_threshold",
    "cluster_bootstrap",
    "compare",
    "confusion",
    "decide",
    "decision_curve",
    "delong",
    "delong_test",
    "evaluate",
    "f1",
    "fit_conformal",
    "fit_temperature",
    "holm",
    "log_loss",
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
    "smallest_significant",
    "specificity",
    "wilson",
]
