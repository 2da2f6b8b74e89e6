"""Measure how hard the phantom is: what form, brightness, texture and a small network tell.

python tools/phantom_difficulty.py            # about 5 minutes on two idle cores
python tools/phantom_difficulty.py --quick    # without the network
"""

import sys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import brainscan as bs

Image = NDArray[np.uint8]


def main() -> None:
    """Print an AUC a line, from 5-fold cross-validation on the default phantom."""
    data = bs.datasets.load("phantom")
    images = list(data)
    tables = {
        "form": [form(image) for image in images],
        "brightness": [brightness(image) for image in images],
    }
    classifiers = {
        "logistic regression": make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000)),
        "random forest": RandomForestClassifier(500, random_state=0),
    }
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    print(data)
    for facts, table in tables.items():
        for name, classifier in classifiers.items():
            scores = cross_val_predict(
                classifier, np.array(table), data.labels, cv=folds, method="predict_proba"
            )
            print(f"{facts}, {name}: AUC {roc_auc_score(data.labels, scores[:, 1]):.3f}")
    models = ["svm"] if "--quick" in sys.argv else ["svm", "small_cnn"]
    print(bs.benchmark.run(data, models=models, progress=False).to_markdown())


def form(image: Image) -> Sequence[float]:
    """Height, width, their ratio and the mean of the border: nothing of the brain."""
    height, width = image.shape
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    return (height, width, height / width, float(border.mean()))


def brightness(image: Image) -> Sequence[float]:
    """Mean, standard deviation and percentiles of all pixels."""
    percentiles = np.percentile(image, (1, 5, 10, 25, 50, 75, 90, 95, 99))
    return (float(image.mean()), float(image.std()), *percentiles.tolist())


if __name__ == "__main__":
    main()
