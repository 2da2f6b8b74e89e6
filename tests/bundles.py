"""Bundles that are quick to make, and answer: of a network trained on nothing, and classical."""

from dataclasses import replace

import cv2
import numpy as np

from brainscan import metrics, models
from brainscan.predict import Bundle, Card, fit_outliers
from brainscan.predict.scorer import Scorer
from brainscan.predict.texture import fit_texture
from brainscan.preprocess import BrainCropper

SIZE = (32, 32)


def head(seed=0, size=64, spot=None):
    """A textured disc on black, with a bright spot or none."""
    rng = np.random.default_rng(seed)
    texture = cv2.resize(rng.integers(60, 160, (6, 6), dtype=np.uint8), (size, size))
    disc = cv2.circle(np.zeros((size, size)), (size // 2, size // 2), size * 7 // 16, 1, -1) > 0
    image = np.where(disc, texture, 0).astype(np.uint8)
    if spot is not None:
        cv2.circle(image, spot, size // 9, 250, -1)
    return image


def crops_of(images):
    cropper = BrainCropper(SIZE, blank="keep")
    return np.stack([np.repeat(cropper(image)[..., None], 3, axis=2) for image in images])


def make_bundle(classes=("no", "yes"), flips=True):
    network = models.build(
        "small_cnn", (*SIZE, 3), None, "global_max", classes=len(classes), seed=0
    )
    cropper = BrainCropper(SIZE, blank="keep")
    crops = crops_of([head(i) for i in range(40)])
    scores, features = Scorer(network, flips)(crops)
    labels = np.arange(40) % len(classes)
    return Bundle(
        network,
        classes,
        cropper,
        flips,
        metrics.Temperature(1.5),
        0.5 if len(classes) == 2 else None,
        metrics.fit_conformal(labels, scores),
        fit_outliers(features, np.arange(40)),
        Card(
            "small_cnn",
            "Tests.",
            {
                "name": "discs",
                "images": 40,
                "groups": 40,
                "counts": dict.fromkeys(classes, 40 // len(classes)),
                "licence": "none",
                "citation": "",
            },
            {"recipe": {}, "seed": 0, "protocol": "None.", "date": "2026-11-25"},
            ("0" * 64,),
            metrics.evaluate(labels, scores),
            (0.9,) * len(classes),
            0.8,
            {"python": "3"},
        ),
    )


def make_texture_bundle(name="svm", classes=("no", "yes")):
    """Class 0 is textured, the others smooth by degrees; a tenth of the labels are wrong."""
    labels = np.arange(40) % len(classes)
    images = [cv2.GaussianBlur(head(i), (0, 0), 0.1 + k) for i, k in enumerate(labels)]
    labels[::10] = (labels[::10] + 1) % len(classes)
    crops = crops_of(images)
    classifier = fit_texture(name, crops, labels, seed=0)
    scores, features = classifier(crops)
    return replace(
        make_bundle(classes),
        classifier=classifier,
        flips=False,
        conformal=metrics.fit_conformal(labels, scores),
        outliers=fit_outliers(features, np.arange(40)),
    )
