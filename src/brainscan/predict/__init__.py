"""Use what was trained: a bundle, a predictor, exports."""

from brainscan.predict.bundle import Bundle, load_segmenter
from brainscan.predict.card import Card
from brainscan.predict.export import export
from brainscan.predict.exporters import Exporter, exporters
from brainscan.predict.folder import FolderResult, predict_folder
from brainscan.predict.outliers import Outliers, fit_outliers
from brainscan.predict.prediction import Prediction
from brainscan.predict.predictor import Predictor
from brainscan.predict.reading import scans_in
from brainscan.predict.texture import TextureClassifier
from brainscan.predict.train import train

__all__ = [
    "Bundle",
    "Card",
    "Exporter",
    "FolderResult",
    "Outliers",
    "Prediction",
    "Predictor",
    "TextureClassifier",
    "export",
    "exporters",
    "fit_outliers",
    "load_segmenter",
    "predict_folder",
    "scans_in",
    "train",
]
