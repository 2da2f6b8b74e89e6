"""Argument checks that every figure shares."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainscan._core.checks import check_same_length
from brainscan._core.types import Labels, Scores


def check_scores(labels: Labels, scores: Scores) -> None:
    """Raise ValueError unless the scores are probabilities, one (or one row) a label."""
    for name, values in (("labels", labels), ("scores", scores)):
        if not hasattr(values, "ndim"):
            raise TypeError(
                f"{name} must be a NumPy array; got {type(values).__name__}. numpy.array(...) "
                "makes one."
            )
    if labels.ndim != 1 or labels.dtype.kind not in "biu":
        raise ValueError(
            "labels must be class indices, whole numbers of shape (n,); got shape "
            f"{labels.shape} and dtype {labels.dtype}. A Dataset turns names into indices."
        )
    if scores.dtype.kind not in "fiu":
        raise ValueError(f"scores must be probabilities, floats; got dtype {scores.dtype}.")
    check_same_length(labels=labels, scores=scores)
    if len(labels) == 0:
        raise ValueError("labels and scores must hold at least one image; got none.")
    if scores.ndim not in (1, 2) or (scores.ndim == 2 and scores.shape[1] < 2):
        raise ValueError(
            "scores must have shape (n,), or (n, classes) with 2 classes or more; "
            f"got {scores.shape}."
        )
    if not np.isfinite(scores).all() or scores.min() < 0 or scores.max() > 1:
        raise ValueError(
            f"scores must be probabilities in 0 to 1; got {scores.min()} to {scores.max()}."
        )
    last = count_classes(scores) - 1
    if labels.min() < 0 or labels.max() > last:
        raise ValueError(
            f"labels must be class indices 0 to {last}, as the scores have; "
            f"got {labels.min()} to {labels.max()}."
        )


def check_two_classes(labels: Labels, scores: Scores, name: str) -> None:
    """Raise ValueError unless the scores are ``(n,)`` probabilities of class 1."""
    if scores.ndim != 1:
        raise ValueError(
            f"{name} needs scores of two classes, (n,) probabilities of class 1; got shape "
            f"{scores.shape}. Take one class against the rest: labels == i and scores[:, i]."
        )
    check_scores(labels, scores)


def check_level(level: float) -> None:
    """Raise ValueError unless a confidence level lies between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1; got {level}.")


def count_classes(scores: Scores) -> int:
    """Return how many classes the scores tell apart."""
    return 2 if scores.ndim == 1 else scores.shape[1]


def group_codes(groups: NDArray[Any] | None, n: int) -> NDArray[np.int64]:
    """Return ``(n,)`` the number of the group of each image; without groups, each its own.

    Raises:
        ValueError: there is not one group an image.
    """
    if groups is None:
        return np.arange(n)
    if len(groups) != n:
        raise ValueError(f"groups must hold one group an image, {n}; got {len(groups)}.")
    return np.unique(groups, return_inverse=True)[1].astype(np.int64)
