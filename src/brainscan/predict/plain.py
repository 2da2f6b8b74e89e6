"""Classical classifiers as plain arrays, for a file that may come from anyone.

A fitted object of scikit-learn holds state of compiled code, such as the nodes of a tree, that is
taken on trust when it is put back and changes from version to version. Here are numbers alone, each
checked, and arithmetic on them; the probabilities are scikit-learn's.
"""

from dataclasses import dataclass, fields
from functools import cached_property
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float, Float32
from numpy.typing import NDArray
from scipy.special import expit

Rows = Float32[np.ndarray, "n d"]
Probabilities = Float[np.ndarray, "n classes"]


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The share of each class among the nearest of the images that were learnt from.

    Attributes:
        rows: ``(m, d)`` float32, their standardised features.
        labels: ``(m,)`` int64, their class indices; every class is among them.
        nearest: ``()`` int64, how many are asked.
    """

    rows: NDArray[np.float32]
    labels: NDArray[np.int64]
    nearest: NDArray[np.int64]

    def __post_init__(self) -> None:
        _check(self)
        found = np.unique(self.labels)
        _require(
            self.rows.ndim == 2
            and self.labels.shape == self.rows.shape[:1]
            and self.nearest.shape == ()
            and 1 <= self.nearest <= len(self.rows)
            and np.array_equal(found, np.arange(len(found))),
            self,
        )

    @property
    def classes(self) -> int:
        """How many there are."""
        return int(self.labels.max()) + 1

    def fits(self, columns: int) -> bool:
        """Whether it takes so many features."""
        return self.rows.shape[1] == columns

    def __call__(self, rows: Rows) -> Probabilities:
        """Return the probabilities of the classes for standardised features."""
        return self._found.predict_proba(rows)

    @cached_property
    def _found(self) -> Any:
        from sklearn.neighbors import KNeighborsClassifier  # one who asks a network need not wait

        return KNeighborsClassifier(int(self.nearest)).fit(self.rows, self.labels)


@dataclass(frozen=True, eq=False)
class Tree:
    """A decision tree: from the root down to a leaf, by one feature a node.

    Attributes:
        left: ``(m,)`` int64, where a node leads if its feature is at most its threshold: to a later
            node; -1 for a leaf.
        right: ``(m,)`` int64, where it leads else.
        feature: ``(m,)`` int64; of no meaning for a leaf.
        threshold: ``(m,)`` float64; likewise.
        probabilities: ``(m, classes)`` float64.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    probabilities: NDArray[np.float64]

    def __post_init__(self) -> None:
        _check(self)
        count = len(self.probabilities)
        one_a_node = (self.left, self.right, self.feature, self.threshold)
        _require(
            self.probabilities.ndim == 2
            and count > 0
            and all(part.shape == (count,) for part in one_a_node)
            and np.array_equal(self.left == -1, self.right == -1)
            and all(self._leads_on(part) for part in (self.left, self.right)),
            self,
        )

    def _leads_on(self, children: NDArray[np.int64]) -> bool:
        """Whether each inner node leads to a later one, so that every way ends."""
        later = (children > np.arange(len(children))) & (children < len(children))
        return bool((later | (children == -1)).all())

    @property
    def classes(self) -> int:
        """How many there are."""
        return self.probabilities.shape[1]

    def fits(self, columns: int) -> bool:
        """Whether it takes so many features."""
        asked = self.feature[self.left >= 0]
        return bool(((asked >= 0) & (asked < columns)).all())

    def __call__(self, rows: Rows) -> Probabilities:
        """Return the probabilities of the classes for standardised features."""
        nodes = np.zeros(len(rows), np.int64)
        while (inner := np.flatnonzero(self.left[nodes] >= 0)).size:
            here = nodes[inner]
            low = rows[inner, self.feature[here]] <= self.threshold[here]
            nodes[inner] = np.where(low, self.left[here], self.right[here])
        return self.probabilities[nodes]


@dataclass(frozen=True, eq=False)
class VectorMachine:
    """A support vector machine with a radial kernel, and sigmoids that make probabilities of it.

    Each pair of classes has a decision, above 0 for one of them: of two classes for the second, of
    several for the first of the pair. Of several, what a class wins by makes its score.

    Attributes:
        vectors: ``(m, d)`` float64, the support vectors.
        gamma: ``()`` float64, of the kernel, above 0.
        weights: ``(pairs, m)`` float64, of the support vectors in each decision.
        intercepts: ``(pairs,)`` float64.
        slopes: ``(k,)`` float64, of the sigmoids: one for two classes, else one a class.
        offsets: ``(k,)`` float64; a probability is ``1 / (1 + exp(slope * score + offset))``.
    """

    vectors: NDArray[np.float64]
    gamma: NDArray[np.float64]
    weights: NDArray[np.float64]
    intercepts: NDArray[np.float64]
    slopes: NDArray[np.float64]
    offsets: NDArray[np.float64]

    def __post_init__(self) -> None:
        _check(self)
        pairs = self.classes * (self.classes - 1) // 2
        _require(
            self.vectors.ndim == 2
            and len(self.vectors) > 0
            and self.gamma.shape == ()
            and self.gamma > 0
            and self.weights.shape == (pairs, len(self.vectors))
            and self.intercepts.shape == (pairs,)
            and self.slopes.size not in (0, 2)
            and self.slopes.shape == self.offsets.shape == (self.slopes.size,),
            self,
        )

    @property
    def classes(self) -> int:
        """How many there are."""
        return max(2, self.slopes.size)

    def fits(self, columns: int) -> bool:
        """Whether it takes so many features."""
        return self.vectors.shape[1] == columns

    def __call__(self, rows: Rows) -> Probabilities:
        """Return the probabilities of the classes for standardised features."""
        from sklearn.metrics.pairwise import rbf_kernel  # as above

        kernel = rbf_kernel(rows.astype(np.float64), self.vectors, float(self.gamma))
        decisions = kernel @ self.weights.T + self.intercepts
        if self.classes == 2:
            (second,) = expit(-(self.slopes * decisions + self.offsets)).T
            return np.stack([1 - second, second], axis=1)
        found = expit(-(self.slopes * self._won(decisions) + self.offsets))
        total = found.sum(axis=1, keepdims=True)
        alike = np.full_like(found, 1 / self.classes)
        return np.divide(found, total, out=alike, where=total > 0)

    def _won(self, decisions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how many pairs each class wins, and by how much as a fraction behind that."""
        first, second = np.array(list(combinations(range(self.classes), 2))).T
        sides = np.eye(self.classes)[first], np.eye(self.classes)[second]
        lost = decisions < 0
        margins = decisions @ (sides[0] - sides[1])
        return ~lost @ sides[0] + lost @ sides[1] + margins / (3 * (np.abs(margins) + 1))


Plain: TypeAlias = Neighbours | Tree | VectorMachine

KINDS: dict[str, type[Neighbours] | type[Tree] | type[VectorMachine]] = {
    "knn": Neighbours,
    "svm": VectorMachine,
    "tree": Tree,
}
"""What the classifiers of `brainscan.features.classifiers` become, by name."""


def to_plain(name: str, pipeline: Any, rows: Rows, labels: NDArray[np.int64]) -> Plain:
    """Return a fitted classifier as arrays.

    Args:
        name: one of ``"knn"``, ``"svm"``, ``"tree"``.
        pipeline: what `build_classifier` returned of that name, fitted.
        rows: what it learnt from, standardised by its own first step.
        labels: their class indices; every class is among them.
    """
    fitted: Any = pipeline[-1]
    if name == "knn":
        return Neighbours(rows, labels, np.asarray(fitted.n_neighbors))
    if name == "tree":
        nodes = fitted.tree_
        shares = nodes.value[:, 0, :] / nodes.value[:, 0, :].sum(axis=1, keepdims=True)
        left, right = nodes.children_left, nodes.children_right
        return Tree(left, right, nodes.feature, nodes.threshold, shares)
    (one,) = fitted.calibrated_classifiers_
    machine, sigmoids = one.estimator, one.calibrators
    return VectorMachine(
        machine.support_vectors_,
        np.asarray(machine._gamma),  # what "scale" came to is nowhere else
        _weights_of_pairs(machine.dual_coef_, machine.n_support_),
        machine.intercept_,
        np.array([sigmoid.a_ for sigmoid in sigmoids]),
        np.array([sigmoid.b_ for sigmoid in sigmoids]),
    )


def to_arrays(plain: Plain) -> dict[str, NDArray[Any]]:
    """Return the arrays of a classifier, for a file; `from_arrays` takes them."""
    return {
        field.name: np.asarray(getattr(plain, field.name), order="C") for field in fields(plain)
    }


def from_arrays(name: str, arrays: dict[str, NDArray[Any]]) -> Plain:
    """Make a classifier of what `to_arrays` returned.

    Raises:
        ValueError: an unknown name, or arrays that make no such classifier.
    """
    if name not in KINDS:
        raise ValueError(f"a classifier of textures must be one of {sorted(KINDS)}; got {name!r}.")
    expected = {field.name for field in fields(KINDS[name])}
    if set(arrays) != expected:
        raise ValueError(f"{name} must be the arrays {sorted(expected)}; got {sorted(arrays)}.")
    return KINDS[name](**arrays)


def _weights_of_pairs(
    coefficients: NDArray[np.float64], counts: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Return ``(pairs, m)``: libsvm has a vector's weight against class c in row c, or c - 1."""
    if len(counts) == 2:
        return coefficients
    of = np.repeat(np.arange(len(counts)), counts)
    rows = [
        np.where(of == i, coefficients[j - 1], np.where(of == j, coefficients[i], 0.0))
        for i, j in combinations(range(len(counts)), 2)
    ]
    return np.stack(rows)


def _check(plain: Any) -> None:
    """Check that each array has the dtype that its annotation says, and is finite."""
    for field in fields(plain):
        value, wanted = getattr(plain, field.name), _DTYPES[field.type]
        if value.dtype != wanted or not np.isfinite(value).all():
            raise ValueError(
                f"{field.name} of a stored classifier must be finite and {np.dtype(wanted)}; got "
                f"{value.dtype}."
            )


def _require(holds: Any, plain: Any) -> None:
    if not holds:
        shapes = {field.name: getattr(plain, field.name).shape for field in fields(plain)}
        raise ValueError(
            f"the arrays of a stored {type(plain).__name__} must fit each other; got {shapes}."
        )


_DTYPES: dict[Any, type] = {NDArray[kind]: kind for kind in (np.float32, np.float64, np.int64)}
