"""Figures over many resamples at once, whole groups at a time."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from brainscan._core.types import Labels, Scores
from brainscan.metrics import classification, diagnosis, probability, ranking, tables
from brainscan.metrics.checks import count_classes
from brainscan.metrics.tables import Values

Statistic: TypeAlias = Callable[..., float | None]
"""A figure of labels and scores, None where it is not defined."""

Weights: TypeAlias = NDArray[np.float64]
"""``(r, n)``: how often each image is in each resample."""

# A resample is a row of weights, and these do all rows at once; any other statistic is called once
# a resample.
OF_TABLES: dict[Statistic, Callable[..., Values]] = {
    classification.accuracy: tables.accuracy,
    classification.balanced_accuracy: tables.balanced_accuracy,
    diagnosis.sensitivity: tables.sensitivity,
    diagnosis.specificity: tables.specificity,
    diagnosis.ppv: tables.ppv,
    diagnosis.npv: tables.npv,
    classification.f1: tables.f1,
    classification.mcc: tables.mcc,
}
OF_SCORES: dict[Statistic, Callable[[Labels, Scores, Weights], Values]] = {
    ranking.roc_auc: ranking.weighted_roc_auc,
    ranking.average_precision: ranking.weighted_average_precision,
    probability.brier: lambda y, p, weights: _mean(probability.squared_errors(y, p), weights),
    probability.log_loss: lambda y, p, weights: _mean(probability.log_errors(y, p), weights),
}
CELLS_AT_ONCE = 4_000_000  # of one block of weights: 32 MB
POOL = 32  # scores that the image added to a class is drawn from
ONE_MORE = 0.25  # how often it is added


def resample(
    codes: NDArray[np.int64], rng: np.random.Generator, replicates: int
) -> Iterator[Weights]:
    """Yield blocks of weights that draw whole groups with replacement, as many as there are."""
    groups, n = int(codes.max()) + 1, len(codes)
    block = max(1, CELLS_AT_ONCE // n)
    for start in range(0, replicates, block):
        rows = min(block, replicates - start)
        drawn = rng.integers(groups, size=(rows, groups)) + groups * np.arange(rows)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=rows * groups).reshape(rows, groups)
        yield counts[:, codes].astype(np.float64)


def replicate(
    statistic: Statistic,
    labels: Labels,
    models: tuple[Scores, ...],
    weights: Weights,
    rng: np.random.Generator,
) -> list[Values]:
    """Return ``(r,)`` values of the statistic for each model, NaN where it is not defined.

    Each resample gets up to one more image a class, at random; see `cluster_bootstrap`.

    Args:
        statistic: a figure of this package, perhaps a `functools.partial` of it, or any function.
        labels: ``(n,)``.
        models: the scores of each model for the same images.
        weights: ``(r, n)`` whole numbers.
        rng: of the images added.
    """
    function, options = _taken_apart(statistic)
    if function in OF_TABLES:
        threshold = options.pop("threshold", 0.5)
        stacks = _tables_of_models(labels, models, threshold, weights, rng)
        return [OF_TABLES[function](stack, **options) for stack in stacks]
    labels, models, weights = with_one_more(labels, models, weights, rng)
    if function in OF_SCORES and not options:
        return [OF_SCORES[function](labels, scores, weights) for scores in models]
    return [_one_by_one(statistic, labels, scores, weights) for scores in models]


def with_one_more(
    labels: Labels, models: tuple[Scores, ...], weights: Weights, rng: np.random.Generator
) -> tuple[Labels, tuple[Scores, ...], Weights]:
    """Add to a quarter of the resamples, for each class, an image scored as any image is."""
    classes = np.unique(labels)
    pool = (len(classes), min(len(labels), POOL))
    drawn = [scores[rng.integers(len(labels), size=pool).ravel()] for scores in models]
    added = rng.random((len(weights), pool[0])) < ONE_MORE
    which = rng.integers(pool[1], size=added.shape)
    extra = added[:, :, None] * (which[:, :, None] == np.arange(pool[1]))
    return (
        np.concatenate([labels, np.repeat(classes, pool[1])]),
        tuple(np.concatenate(both) for both in zip(models, drawn, strict=True)),
        np.concatenate([weights, extra.reshape(len(weights), -1)], axis=1),
    )


def _taken_apart(statistic: Statistic) -> tuple[Statistic, dict[str, Any]]:
    if isinstance(statistic, partial) and not statistic.args:
        return statistic.func, dict(statistic.keywords)
    return statistic, {}


def _tables_of_models(
    labels: Labels,
    models: tuple[Scores, ...],
    threshold: float,
    weights: Weights,
    rng: np.random.Generator,
) -> list[tables.Tables]:
    decisions = [classification.decide(scores, threshold) for scores in models]
    classes = count_classes(models[0])
    joint = tables.joint_tables(labels, decisions, classes, weights)
    # Jeffreys' prior: one more image a class, shared among the cells, at random.
    present = np.bincount(labels, minlength=classes) > 0
    extra = rng.gamma(float(classes) ** -len(models), size=joint.shape)
    joint += extra * present.reshape(-1, *[1] * len(models))
    axes = range(2, joint.ndim)
    return [joint.sum(axis=tuple(a for a in axes if a != own)) for own in axes]


def _one_by_one(statistic: Statistic, labels: Labels, scores: Scores, weights: Weights) -> Values:
    values: list[float | None] = []
    for row in weights:
        images = np.repeat(np.arange(len(labels)), row.astype(np.int64))
        values.append(statistic(labels[images], scores[images]))
    return np.array([np.nan if value is None else value for value in values])


def _mean(losses: NDArray[np.float64], weights: Weights) -> Values:
    return (weights @ losses) / weights.sum(axis=1)
