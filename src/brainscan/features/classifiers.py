"""Classical classifiers by name, over a table of features."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar, runtime_checkable

from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from brainscan._core.registry import Registry


@runtime_checkable
class Classifier(Protocol):
    """What a classifier must do: scikit-learn's estimators with probabilities do it."""

    def fit(self, X: Any, y: Any) -> Any:  # noqa: D102, N803
        ...

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: D102, N803
        ...

    def predict_proba(self, X: Any) -> NDArray[Any]:  # noqa: D102, N803
        ...


Builder = Callable[[int], Any]  # a scikit-learn estimator, whose types do not say what it does
B = TypeVar("B", bound=Builder)

classifiers: Registry[Builder] = Registry("classifier")
"""The classical classifiers by name, on tables of features."""


def register_classifier(name: str) -> Callable[[B], B]:
    """Return a decorator that makes ``build_classifier(name)`` call the decorated function.

    The function takes a seed and returns an unfitted scikit-learn estimator that takes tables
    ``(n, d)`` and has ``predict_proba``.

    Raises:
        ValueError: the name is taken.

    Examples:
        >>> from sklearn.ensemble import RandomForestClassifier
        >>> @register_classifier("random_forest")
        ... def random_forest(seed: int) -> RandomForestClassifier:
        ...     return RandomForestClassifier(random_state=seed)
    """

    def add(builder: B) -> B:
        classifiers.add(name, builder)
        return builder

    return add


def build_classifier(name: str, seed: int = 0) -> Classifier:
    """Return an unfitted classifier of feature tables, for two classes or more.

    It learns from tables, not images: the features learn nothing, so one table of them serves every
    split. ``make_pipeline(GlcmLbp(), build_classifier("svm"))`` takes images.

    Args:
        name: ``"knn"`` (5 nearest neighbours), ``"tree"``, ``"svm"`` (radial kernel), each
            on standardised features, or a name of your own; see `register_classifier`.
        seed: of what is random in it.

    Raises:
        ValueError: an unknown name.
        TypeError: a classifier of your own has no probabilities.

    Examples:
        >>> import numpy as np
        >>> table = np.random.default_rng(0).normal(size=(20, 4))
        >>> labels = np.arange(20) % 2
        >>> build_classifier("knn").fit(table, labels).predict_proba(table).shape
        (20, 2)
    """
    classifier = classifiers[name](seed)
    if not hasattr(classifier, "predict_proba"):
        raise TypeError(
            f"classifier {name!r} must have predict_proba; got {classifier!r}. "
            "CalibratedClassifierCV adds probabilities to an estimator without."
        )
    return classifier


@register_classifier("knn")
def knn(seed: int) -> Pipeline:
    """Return 5 nearest neighbours; nothing in it is random."""
    return make_pipeline(StandardScaler(), KNeighborsClassifier(5))


@register_classifier("tree")
def decision_tree(seed: int) -> Pipeline:
    """Return a decision tree, grown until its leaves are pure."""
    return make_pipeline(StandardScaler(), DecisionTreeClassifier(random_state=seed))


@register_classifier("svm")
def svm(seed: int) -> Pipeline:
    """Return a support vector machine with a radial kernel.

    Its scores become probabilities by a sigmoid fitted in 5-fold cross-validation within the
    training data, which so must hold 5 images of each class.
    """
    calibrated = CalibratedClassifierCV(
        SVC(),
        cv=5,
        ensemble=False,  # pyright: ignore[reportArgumentType]
    )
    return make_pipeline(StandardScaler(), calibrated)
