"""Figures of confusion tables, many tables at once.

A table is ``(classes, classes)``, a row a label and a column a decision. Each figure takes tables
``(r, classes, classes)`` and returns ``(r,)``, NaN where it is not defined. Tables hold weights, so
that the replicates of a bootstrap are one stack of tables.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from brainscan._core.types import Labels

Tables: TypeAlias = NDArray[np.float64]
Values: TypeAlias = NDArray[np.float64]


def joint_tables(
    labels: Labels, decisions: Sequence[Labels], classes: int, weights: NDArray[np.float64]
) -> Tables:
    """Return ``(r, classes, classes, ...)`` weights by label and the decision of each model."""
    shape = (classes,) * (1 + len(decisions))
    cells = np.ravel_multi_index((labels, *decisions), shape)
    return (weights @ np.eye(int(np.prod(shape)))[cells]).reshape(-1, *shape)


def ratio(part: Values, whole: Values) -> Values:
    """Return ``part / whole``, NaN where the whole is 0."""
    return np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0)


def accuracy(tables: Tables) -> Values:
    """Return the share of images that are decided rightly."""
    return ratio(np.trace(tables, axis1=1, axis2=2), tables.sum(axis=(1, 2)))


def balanced_accuracy(tables: Tables) -> Values:
    """Return the mean over the classes, those with images, of the share decided rightly."""
    right = _recall(tables)
    return np.where(np.isfinite(right).sum(axis=1) > 1, mean_of_known(right), np.nan)


def sensitivity(tables: Tables) -> Values:
    """Return the share of class 1 that is found."""
    return _recall(tables)[:, 1]


def specificity(tables: Tables) -> Values:
    """Return the share of class 0 that is left in peace."""
    return _recall(tables)[:, 0]


def ppv(tables: Tables, prevalence: float | None = None) -> Values:
    """Return the share of class 1 among what is called class 1, at a prevalence where given."""
    if prevalence is None:
        return ratio(tables[:, 1, 1], tables[:, :, 1].sum(axis=1))
    true = sensitivity(tables) * prevalence
    return ratio(true, true + (1 - specificity(tables)) * (1 - prevalence))


def npv(tables: Tables, prevalence: float | None = None) -> Values:
    """Return the share of class 0 among what is called class 0, at a prevalence where given."""
    return ppv(tables[:, ::-1, ::-1], None if prevalence is None else 1 - prevalence)


def f1(tables: Tables) -> Values:
    """Return F1 of class 1; with more than two classes the mean over the classes."""
    right = np.diagonal(tables, axis1=1, axis2=2)
    each = ratio(2 * right, tables.sum(axis=1) + tables.sum(axis=2))
    return each[:, 1] if each.shape[1] == 2 else mean_of_known(each)


def mcc(tables: Tables) -> Values:
    """Return Matthews' correlation, for several classes as Gorodkin has it."""
    labels, decisions = tables.sum(axis=2), tables.sum(axis=1)
    total = tables.sum(axis=(1, 2))
    shared = np.trace(tables, axis1=1, axis2=2) * total - (labels * decisions).sum(axis=1)
    spread = (total**2 - (labels**2).sum(axis=1)) * (total**2 - (decisions**2).sum(axis=1))
    return ratio(shared, np.sqrt(np.maximum(spread, 0)))


def mean_of_known(values: Values) -> Values:
    """Return the mean over the last axis of what is not NaN; NaN where nothing is known."""
    known = np.isfinite(values)
    return ratio(np.where(known, values, 0).sum(axis=-1), known.sum(axis=-1).astype(np.float64))


def _recall(tables: Tables) -> Values:
    return ratio(np.diagonal(tables, axis1=1, axis2=2), tables.sum(axis=2))
