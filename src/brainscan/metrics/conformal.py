"""Sets of classes that hold the right one as often as promised."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainscan._core.types import Labels, Scores
from brainscan.metrics.checks import check_scores, count_classes
from brainscan.metrics.probability import class_columns


@dataclass(frozen=True)
class Conformal:
    """A rule that gives each image the classes that can't be ruled out.

    Attributes:
        coverage: the promise, for each class.
        quantiles: for each class, how far below 1 its score may be; infinite where there were too
            few images to promise anything without always naming it.
        counts: the images of each class that it was fitted on.
    """

    coverage: float
    quantiles: tuple[float, ...]
    counts: tuple[int, ...]

    def __call__(self, scores: Scores) -> NDArray[np.bool_]:
        """Return the prediction sets.

        Args:
            scores: ``(n,)`` probabilities of class 1, or ``(n, classes)``.

        Returns:
            ``(n, classes)``, True where the class is in the set. One class is an answer; several,
            or none, abstain.

        Raises:
            ValueError: the scores have another number of classes.
        """
        columns = class_columns(scores)
        if columns.shape[1] != len(self.quantiles):
            raise ValueError(
                f"scores must have {len(self.quantiles)} classes, as in fitting; "
                f"got {columns.shape[1]}."
            )
        return 1 - columns <= np.array(self.quantiles)


def fit_conformal(labels: Labels, scores: Scores, coverage: float = 0.9) -> Conformal:
    """Return split-conformal prediction sets with the coverage promised for each class.

    Of new images of a class, the set holds that class for at least this share, on average over
    calibration sets, whatever the model. That takes images that were not trained on, and new ones
    like them: it does not hold for another hospital's.

    Args:
        labels: ``(n,)`` class indices of validation images.
        scores: their ``(n,)`` probabilities of class 1, or ``(n, classes)``.
        coverage: between 0 and 1.

    Returns:
        The rule. A class with n images gets the ``ceil((n + 1) * coverage)``-th smallest of their
        ``1 - score``; where that is more than n (fewer than 9 images for 0.9) it is infinite, and
        the class is in every set.

    Raises:
        ValueError: the lengths differ, there is none, a score is not in 0 to 1, or coverage is not
            between 0 and 1.

    References:
        Vovk, Mach. Learn. 2013, doi:10.1007/s10994-013-5355-6. Sadinle, Lei and Wasserman, J. Am.
        Stat. Assoc. 2019, doi:10.1080/01621459.2017.1395341.

    Examples:
        >>> labels = np.repeat([0, 1], 9)
        >>> scores = np.concatenate([np.linspace(0.1, 0.6, 9), np.linspace(0.3, 0.9, 9)])
        >>> fit_conformal(labels, scores)(np.array([0.05, 0.5, 0.95])).tolist()
        [[True, False], [True, True], [False, True]]
    """
    check_scores(labels, scores)
    if not 0 < coverage < 1:
        raise ValueError(f"coverage must be between 0 and 1; got {coverage}.")
    columns = class_columns(scores)
    misfits = [np.sort(1 - columns[labels == i, i]) for i in range(count_classes(scores))]
    quantiles = tuple(_upper(values, coverage) for values in misfits)
    return Conformal(coverage, quantiles, tuple(len(values) for values in misfits))


def _upper(values: NDArray[np.float64], coverage: float) -> float:
    # Rounded: 10 * 0.9 must be 9, not a hair above it.
    rank = int(np.ceil(np.round((len(values) + 1) * coverage, 9)))
    return float(values[rank - 1]) if rank <= len(values) else float("inf")
