"""Above which score to call a tumour."""

from typing import Literal

import numpy as np

from brainscan._core.types import Labels, Scores
from brainscan.metrics.checks import check_two_classes
from brainscan.metrics.ranking import weights_by_score


def choose_threshold(
    labels: Labels,
    scores: Scores,
    rule: Literal["youden", "sensitivity"] = "youden",
    at_least: float | None = None,
) -> float:
    """Return the threshold for `decide` that serves best on these images.

    Give it validation images only: chosen on test images, it makes the test look better than it is.

    Args:
        labels: ``(n,)`` 0 or 1 of validation images; both must occur.
        scores: their ``(n,)`` probabilities of class 1.
        rule: ``"youden"`` for the largest sum of sensitivity and specificity, ``"sensitivity"`` for
            the highest specificity at a sensitivity of ``at_least``.
        at_least: the sensitivity asked for, above 0, 1 at most; for that rule only.

    Returns:
        The middle between the scores that it parts; of equally good ones the lowest.

    Raises:
        ValueError: one class only, an unknown rule, ``at_least`` missing, out of range or given to
            Youden's rule, or images of class 1 with a score of 0, that no threshold finds.

    References:
        Youden, Cancer 1950, doi:10.1002/1097-0142(1950)3:1<32::AID-CNCR2820030106>3.0.CO;2-3.

    Examples:
        >>> labels, scores = np.array([0, 0, 1, 0, 1]), np.array([0.1, 0.2, 0.4, 0.6, 0.8])
        >>> round(choose_threshold(labels, scores), 3)
        0.3
        >>> round(choose_threshold(labels, scores, "sensitivity", at_least=0.5), 3)
        0.7
    """
    check_two_classes(labels, scores, "choose_threshold")
    _check_rule(rule, at_least)
    if len(np.unique(labels)) < 2:
        raise ValueError(f"labels must hold both classes; got only {labels[0]}.")
    ones, zeros = weights_by_score(labels, scores, np.ones((1, len(labels))))
    found = np.cumsum(ones[0]) / ones.sum()
    spared = 1 - np.cumsum(zeros[0]) / zeros.sum()
    middles = _below(np.unique(scores.astype(np.float64))[::-1])
    if at_least is None:
        merit = np.where(middles >= 0, found + spared, -np.inf)
    else:
        merit = np.where((middles >= 0) & (found >= at_least - 1e-12), spared, -np.inf)
    if not np.isfinite(merit).any():
        raise ValueError(f"no threshold reaches a sensitivity of {at_least}: tumours score 0.")
    best = np.flatnonzero(merit >= merit.max() - 1e-12)
    return float(middles[best[-1]])


def _below(
    values: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return for each of the falling values a threshold just below it, -1 where there is none."""
    lower = np.append(values[1:], 0.0)
    middles = (values + lower) / 2
    middles = np.where(middles < values, middles, lower)
    return np.where(middles < values, middles, -1.0)


def _check_rule(rule: str, at_least: float | None) -> None:
    if rule not in ("youden", "sensitivity"):
        raise ValueError(f"rule must be 'youden' or 'sensitivity'; got {rule!r}.")
    if (rule == "sensitivity") != (at_least is not None):
        raise ValueError(
            f"at_least must be given for the rule 'sensitivity' and for no other; got {at_least} "
            f"for {rule!r}."
        )
    if at_least is not None and not 0 < at_least <= 1:
        raise ValueError(f"at_least must be above 0 and 1 at most; got {at_least}.")
