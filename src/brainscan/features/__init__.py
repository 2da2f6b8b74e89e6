"""Texture features and the classical classifiers on them."""

from brainscan.features.classifiers import (
    Classifier,
    build_classifier,
    classifiers,
    register_classifier,
)
from brainscan.features.glcm import Glcm, glcm
from brainscan.features.glcm_lbp import GlcmLbp, glcm_lbp
from brainscan.features.lbp import Lbp, lbp

__all__ = [
    "Classifier",
    "Glcm",
    "GlcmLbp",
    "Lbp",
    "build_classifier",
    "classifiers",
    "glcm",
    "glcm_lbp",
    "lbp",
    "register_classifier",
]
