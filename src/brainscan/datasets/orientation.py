"""The eight orientations of a square: flips, quarter turns and transposes."""

from typing import Any

import numpy as np
from jaxtyping import Shaped

ORIENTATIONS = tuple(
    (transposed, flipped_rows, flipped_columns)
    for transposed in (False, True)
    for flipped_rows in (False, True)
    for flipped_columns in (False, True)
)
"""What is done in turn: exchange rows and columns, reverse the rows, reverse the columns."""

AS_IT_IS = 0


def orient(squares: Shaped[np.ndarray, "*n side side"], orientation: int) -> Any:
    """Return squares of pixels in one of the eight orientations; a view where possible.

    Examples:
        >>> orient(np.array([[1, 2], [3, 4]]), 1).tolist()  # left and right exchanged
        [[2, 1], [4, 3]]
    """
    transposed, flipped_rows, flipped_columns = ORIENTATIONS[orientation]
    if transposed:
        squares = np.swapaxes(squares, -1, -2)
    if flipped_rows:
        squares = squares[..., ::-1, :]
    return squares[..., ::-1] if flipped_columns else squares


def orient_cosines(coefficients: Shaped[np.ndarray, "*n side side"], orientation: int) -> Any:
    """Return the cosine transform of the squares that `orient` gives.

    Reversing an axis changes the sign of its odd coefficients, and nothing else.
    """
    transposed, flipped_rows, flipped_columns = ORIENTATIONS[orientation]
    if transposed:
        coefficients = np.swapaxes(coefficients, -1, -2)
    signs = np.where(np.arange(coefficients.shape[-1]) % 2, -1, 1).astype(coefficients.dtype)
    if flipped_rows:
        coefficients = coefficients * signs[:, None]
    return coefficients * signs if flipped_columns else coefficients
