"""What every metric asks of its labels and scores."""

import numpy as np

from brainscan._core.checks import check_same_length
from brainscan._core.types import Labels, Scores


def check(labels: Labels, scores: Scores) -> None:
    """Raise ValueError unless labels are class indices and scores their probabilities."""
    check_same_length(labels=labels, scores=scores)
    if len(labels) == 0:
        raise ValueError("labels and scores must hold at least one image; got none.")
    if not np.isfinite(scores).all() or scores.min() < 0 or scores.max() > 1:
        raise ValueError(
            f"scores must be probabilities in 0 to 1; got {scores.min()} to {scores.max()}."
        )
    classes = class_count(scores)
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"labels must be class indices below {classes}; got {labels.min()} to {labels.max()}."
        )


def check_binary(labels: Labels, scores: Scores, name: str) -> None:
    """Raise ValueError unless there is one score an image."""
    check(labels, scores)
    if scores.ndim != 1:
        raise ValueError(
            f"{name} is defined for two classes, scores of shape (n,); got {scores.shape}. "
            "Compare one class with the rest: labels == k, scores[:, k]."
        )


def class_count(scores: Scores) -> int:
    """Return how many classes the scores are of."""
    return 2 if scores.ndim == 1 else scores.shape[1]


def as_rows(scores: Scores) -> Scores:
    """Return scores with a column for each class."""
    return np.stack([1 - scores, scores], axis=1) if scores.ndim == 1 else scores
