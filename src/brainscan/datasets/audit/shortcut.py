"""Can the class be told without the brain: from the files' form, or from the image's border?"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Int64, Num
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedGroupKFold

from brainscan._core.types import Labels
from brainscan.datasets.audit.facts import Facts

_FOLDS, _TREES, _RESAMPLES = 5, 100, 1000
_MOST = 5000  # images; a shortcut that matters shows in these


@dataclass(frozen=True)
class Shortcut:
    """How well the class can be told from what says nothing of a tumour.

    The interval resamples what was predicted and not what was learnt from, which makes it somewhat
    too narrow: in simulations without any shortcut it lay wholly above 0.5 in about one data set of
    twenty. A lower end just above 0.5 is a hint and no proof.

    Args:
        sees: what the classifier saw, in words.
        auc: the area under the ROC curve in grouped, stratified cross-validation; with several
            classes the mean of one against the rest. 0.5 is chance.
        low: the lower end of its 95% interval, from a bootstrap of the groups.
        high: the upper end.
        images: how many images it was measured on.
        groups: how many groups of near-duplicates or patients these are.
    """

    sees: str
    auc: float
    low: float
    high: float
    images: int
    groups: int

    @property
    def found(self) -> bool:
        """Whether the whole interval is above chance."""
        return self.low > 0.5

    @property
    def meaning(self) -> str:
        """What the figures mean, in a sentence."""
        told = (
            f"From {self.sees} alone the class can be told with an AUC of {self.auc:.2f} "
            f"(95% interval {self.low:.2f} to {self.high:.2f})"
        )
        if self.found:
            return (
                f"{told}: a model may learn this in place of the tumour, and then its figures are "
                "too good."
            )
        return f"{told}: {self.groups} independent groups do not show it to be more than chance."


def find_shortcuts(
    facts: Sequence[Facts],
    thumbnails: Float32[np.ndarray, "n side side"],
    labels: Labels,
    groups: Int64[np.ndarray, " n"],
    seed: int = 0,
) -> tuple[Shortcut, ...]:
    """Measure what the metadata tell of the class, and what the border does.

    Args:
        facts: of each image.
        thumbnails: of each image.
        labels: the class of each image.
        groups: images of one group are never on both sides of a fold.
        seed: decides the folds, the trees and the resamples.

    Raises:
        ValueError: see `measure_shortcut`.
    """
    names, metadata = metadata_of(facts)
    what = f"the form of the {'files' if 'format' in names else 'images'} ({', '.join(names)})"
    border = border_of(thumbnails).astype(np.float64)
    edge = "the outermost 3% of the pixels on each side"
    return (
        measure_shortcut(what, metadata, labels, groups, seed),
        measure_shortcut(edge, border, labels, groups, seed),
    )


def metadata_of(
    facts: Sequence[Facts],
) -> tuple[tuple[str, ...], Float[np.ndarray, "n features"]]:
    """Return the names and values of what is known of images but for their pixels."""
    columns: dict[str, list[float]] = {
        "height": [f.height for f in facts],
        "width": [f.width for f in facts],
        "aspect ratio": [f.height / f.width for f in facts],
        "channels": [f.channels for f in facts],
        "bit depth": [f.bits for f in facts],
    }
    sizes = [f.bytes for f in facts]
    if all(size is not None for size in sizes):
        columns["bytes per pixel"] = [(f.bytes or 0) / (f.height * f.width) for f in facts]
        formats = [f.format or "" for f in facts]
        order = sorted(set(formats))
        columns["format"] = [order.index(name) for name in formats]
    return tuple(columns), np.array(list(columns.values()), np.float64).T


def border_of(thumbnails: Float32[np.ndarray, "n side side"]) -> Float32[np.ndarray, "n pixels"]:
    """Return the outermost pixels of thumbnails: a thirty-second of the image on each side."""
    inner = np.zeros(thumbnails.shape[1:], np.bool_)
    inner[1:-1, 1:-1] = True
    return thumbnails[:, ~inner]


def measure_shortcut(
    sees: str,
    features: Float[np.ndarray, "n features"],
    labels: Labels,
    groups: Int64[np.ndarray, " n"],
    seed: int = 0,
) -> Shortcut:
    """Cross-validate a random forest that sees these features only.

    Args:
        sees: what the features are, in words.
        features: one row an image.
        labels: the class of each image.
        groups: images of one group are never on both sides of a fold.
        seed: decides the folds, the trees and the resamples.

    Raises:
        ValueError: there are fewer than two classes of two groups each.
    """
    chosen = _some_groups(labels, groups, seed)
    features, groups = features[chosen], groups[chosen]
    _, labels = np.unique(labels[chosen], return_inverse=True)
    scores = _out_of_fold(features, labels, groups, seed)
    low, high = _interval(labels, scores, groups, seed)
    auc = _auc(labels, scores, np.ones(len(labels)))
    return Shortcut(sees, auc, low, high, len(labels), len(np.unique(groups)))


def _some_groups(
    labels: Labels, groups: Int64[np.ndarray, " n"], seed: int
) -> Int64[np.ndarray, " m"]:
    """Return the images of enough groups, chosen at random, of the classes with two or more."""
    testable = [c for c in np.unique(labels) if len(np.unique(groups[labels == c])) > 1]
    if len(testable) < 2:
        raise ValueError(
            "a shortcut can be looked for in two classes or more, of two groups each or more; "
            f"got {len(testable)}."
        )
    usable = np.flatnonzero(np.isin(labels, testable))
    _, number = np.unique(groups[usable], return_inverse=True)
    rank = np.random.default_rng(seed).permutation(number.max() + 1)[number]
    order = np.argsort(rank, kind="stable")
    last = rank[order[min(_MOST, len(order)) - 1]]
    return np.sort(usable[rank <= last])


def _out_of_fold(
    features: Float[np.ndarray, "n features"],
    labels: Labels,
    groups: Int64[np.ndarray, " n"],
    seed: int,
) -> Float[np.ndarray, "n classes"]:
    classes = int(labels.max()) + 1
    fewest = min(len(np.unique(groups[labels == c])) for c in range(classes))
    splitter = StratifiedGroupKFold(min(_FOLDS, fewest), shuffle=True, random_state=seed)
    scores = np.full((len(labels), classes), 1 / classes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of classes with fewer images than folds
        folds = list(splitter.split(features, labels, groups))
    for train, test in folds:
        # Balanced trees: where the features say nothing the score is 1/classes in every fold, not
        # the fold's own share of classes, which would put the pooled AUC below 0.5.
        forest = RandomForestClassifier(
            _TREES,
            min_samples_leaf=3,
            class_weight="balanced_subsample",
            random_state=seed,
            n_jobs=-1,
        ).fit(features[train], labels[train])
        # One thread: several add the trees up in the order they end, so equal scores would differ.
        forest.set_params(n_jobs=1)
        scores[np.ix_(test, forest.classes_)] = forest.predict_proba(features[test])
    return scores


def _interval(
    labels: Labels,
    scores: Float[np.ndarray, "n classes"],
    groups: Int64[np.ndarray, " n"],
    seed: int,
) -> tuple[float, float]:
    """Return the 2.5th and 97.5th percentile of the AUC over resamples of whole groups."""
    rng = np.random.default_rng(seed)
    _, number = np.unique(groups, return_inverse=True)
    n = int(number.max()) + 1
    areas: list[float] = []
    for _ in range(_RESAMPLES):
        weights = np.bincount(rng.integers(0, n, n), minlength=n)[number]
        if len(np.unique(labels[weights > 0])) == scores.shape[1]:
            areas.append(_auc(labels, scores, weights))
    low, high = np.percentile(areas, [2.5, 97.5])
    return float(low), float(high)


def _auc(
    labels: Labels, scores: Float[np.ndarray, "n classes"], weights: Num[np.ndarray, " n"]
) -> float:
    """Return the weighted AUC of each class against the rest, averaged; of two both are the same.

    The same as scikit-learn's ``roc_auc_score``, at a tenth of the time for a thousand resamples.
    """
    classes = range(scores.shape[1])
    return float(np.mean([_auc_of(labels == c, scores[:, c], weights) for c in classes]))


def _auc_of(
    positive: Bool[np.ndarray, " n"],
    scores: Float[np.ndarray, " n"],
    weights: Num[np.ndarray, " n"],
) -> float:
    _, level = np.unique(scores, return_inverse=True)
    hits = np.bincount(level, weights * positive)
    misses = np.bincount(level, weights * ~positive)
    below = np.cumsum(misses) - misses / 2  # a tie counts half
    return float(hits @ below / (hits.sum() * misses.sum()))
