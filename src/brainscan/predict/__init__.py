"""Use what was trained: a bundle, a predictor, exports."""

from brainscan.predict.bundle import Bundle
from brainscan.predict.card import Card
from brainscan.predict.outliers import Outliers, fit_outliers
from brainscan.predict.prediction import Prediction
from brainscan.predict.predictor import Predictor
from brainscan.predict.train import train

__all__ = [
    "Bundle",
    "Card",
    "Outliers",
    "Prediction",
    "Predictor",
    "fit_outliers",
    "train",
]
