"""Whether an image is like those that a classifier was trained on, by the features it stands on."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from scipy.linalg import eigh

FALSE_ALARMS = 0.01
_MOST_DIRECTIONS = 64
_MOST_ROWS = 1000  # enough to find the directions by
_FOLDS = 5

Features = Float[np.ndarray, "n d"]


@dataclass(frozen=True, eq=False)
class Outliers:
    """The distance of features from those of the training images, 1 at the limit.

    Features are standardised and their size is put on a logarithm, since a single one that is far
    out says less than many that are somewhat out. The main directions hold the training images as
    an ellipsoid (Mahalanobis's distance); what of an image lies outside all these directions counts
    beside it.

    Attributes:
        mean: ``(d,)`` of the training features.
        scale: ``(d,)`` their standard deviation.
        centre: ``(d,)`` the mean of what standardising and the logarithm make of them.
        directions: ``(k, d)`` of largest variance around the centre, orthonormal.
        spread: ``(k,)`` standard deviation along each.
        rest: standard deviation of what lies outside the directions, over all images.
        limit: the distance that ``false_alarms`` of images like the training images pass.
        false_alarms: a share.

    References:
        K. Lee et al., NeurIPS 2018, https://arxiv.org/abs/1807.03888; for the rest beside the main
        directions, H. Wang et al., CVPR 2022, doi:10.1109/CVPR52688.2022.00487.
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    centre: NDArray[np.float32]
    directions: NDArray[np.float32]
    spread: NDArray[np.float32]
    rest: float
    limit: float
    false_alarms: float

    def __call__(self, features: Features) -> NDArray[np.float64]:
        """Return ``(n,)`` distances; above 1 is unlike the training images."""
        return self.distances(features) / self.limit

    def distances(self, features: Features) -> NDArray[np.float64]:
        """Return ``(n,)`` distances without the limit."""
        rows = _damped(features, self.mean, self.scale) - self.centre
        along = rows @ self.directions.T
        outside = np.maximum((rows**2).sum(axis=1) - (along**2).sum(axis=1), 0.0)
        inside = ((along / self.spread) ** 2).mean(axis=1)
        return np.sqrt(inside + outside / self.rest**2)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return everything as arrays, for a file; `from_arrays` takes them."""
        return {field.name: np.asarray(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> "Outliers":
        """Make it of what `arrays` returned.

        Raises:
            ValueError: an array is missing, of another shape or not finite.
        """
        try:
            values = [arrays[field.name] for field in fields(cls)]
            mean, scale, centre, directions, spread = values[:5]
            shaped = mean.shape == scale.shape == centre.shape == directions.shape[1:]
            shaped = shaped and directions.ndim == 2 and spread.shape == directions.shape[:1]
            finite = all(np.isfinite(value).all() for value in values)
            numbers = (float(value) for value in values[5:])
            made = cls(mean, scale, centre, directions, spread, *numbers)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ValueError(
                f"the statistics of outliers must be the arrays of Outliers; got {sorted(arrays)}."
            ) from error
        if not shaped or not finite or min(made.rest, made.limit) <= 0:
            raise ValueError(
                "the statistics of outliers must be finite, of shapes that fit; got "
                f"{[value.shape for value in values]}."
            )
        return made


def fit_outliers(
    features: Features, groups: NDArray[Any], false_alarms: float = FALSE_ALARMS
) -> Outliers:
    """Learn what training images look like to a classifier, and where unlike begins.

    The limit is set on images that took no part: each fifth of the groups is measured by statistics
    of the others.

    Args:
        features: ``(n, d)`` of training images.
        groups: ``(n,)`` the group of each.
        false_alarms: the share of like images that may be called unlike.

    Raises:
        ValueError: there are fewer than ten images.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> known = fit_outliers(rng.normal(size=(200, 5)), np.arange(200))
        >>> bool((known(rng.normal(size=(100, 5))) > 1).mean() < 0.1)
        True
        >>> bool(known(np.full((1, 5), 9.0))[0] > 1)
        True
    """
    if len(features) < 10:
        raise ValueError(f"features must be of ten images or more; got {len(features)}.")
    _, codes = np.unique(groups, return_inverse=True)
    part = np.random.default_rng(0).permutation(codes.max() + 1)[codes] % _FOLDS
    apart: list[NDArray[np.float64]] = []
    for fold in range(_FOLDS):
        known, new = features[part != fold], features[part == fold]
        if len(known) > 1 and len(new):
            apart.append(Outliers(*_shape_of(known), 1.0, false_alarms).distances(new))
    seen = np.concatenate(apart)
    # Of n distances in order, the k-th is passed by (n + 1 - k) / (n + 1) of new ones.
    rank = min(len(seen), int(np.ceil((len(seen) + 1) * (1 - false_alarms))))
    limit = float(np.sort(seen)[rank - 1])
    return Outliers(*_shape_of(features), limit, false_alarms)


def _damped(features: Features, mean: NDArray[Any], scale: NDArray[Any]) -> NDArray[np.float64]:
    rows = (features.astype(np.float64) - mean) / scale
    return np.sign(rows) * np.log1p(np.abs(rows))


def _shape_of(features: Features) -> tuple[Any, Any, Any, Any, Any, float]:
    """Return all but the limit: mean, scale, centre, directions, their spread, and the rest's."""
    table = features.astype(np.float64)
    mean, scale = table.mean(axis=0), table.std(axis=0)
    # A feature that never moves is given the spread of a typical one: a move of it is news.
    typical = float(np.median(scale[scale > 0])) if (scale > 0).any() else 1.0
    scale = np.where(scale > 1e-3 * typical, scale, typical)
    rows = _damped(table, mean, scale)
    centre = rows.mean(axis=0)
    rows -= centre
    some = rows[:: -(-len(rows) // _MOST_ROWS)]
    most = max(1, min(_MOST_DIRECTIONS, len(some) // 4, rows.shape[1]))
    largest = (len(some) - most, len(some) - 1)
    squares, left = eigh(some @ some.T, subset_by_index=largest)
    kept = squares > 1e-9 * squares[-1]
    directions = (left[:, kept] / np.sqrt(squares[kept])).T @ some
    variances = ((rows @ directions.T) ** 2).mean(axis=0)
    total = float((rows**2).sum(axis=1).mean())
    rest = max(total - float(variances.sum()), 1e-6 * total)
    return (
        mean.astype(np.float32),
        scale.astype(np.float32),
        centre.astype(np.float32),
        directions.astype(np.float32),
        np.sqrt(variances).astype(np.float32),
        float(np.sqrt(rest)),
    )
