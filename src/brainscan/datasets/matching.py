"""Find the pairs of thumbnails that correlate, in any of eight orientations, without trying all."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float32, Int64
from scipy.fft import dctn

from brainscan.datasets.orientation import AS_IT_IS, ORIENTATIONS, orient, orient_cosines

_LOW = 10  # cosines a side that the first look keeps
_ROWS, _COLUMNS = 128, 4096  # a tile of pairs, in all orientations: 16 MB of bounds
_VERIFIED = 4096  # pairs compared in full at once: 32 MB
_ROUNDING = 1e-5  # of float32 products of length 1

Pairs = Int64[np.ndarray, "found 2"]
Signatures = Float32[np.ndarray, "n low low"]


class Matcher:
    """Search standardised thumbnails for pairs that correlate above a threshold.

    A thumbnail is split into its low cosines and the rest. By Cauchy and Schwarz the correlation of
    two is at most the product of the low parts plus the product of the lengths of the rests: a
    hundred numbers an image rule nearly every pair out, and only what is left is compared in full.
    No pair is missed, and at no time are more than a few tiles of pairs in memory.

    Args:
        rows: thumbnails of mean 0 and length 1; those that are 0 throughout match nothing.
        threshold: the correlation of two images as they are, at least 0.
        turned_threshold: the correlation of an image and another that is flipped or turned.
    """

    def __init__(
        self, rows: Float32[np.ndarray, "n side side"], threshold: float, turned_threshold: float
    ) -> None:
        self._rows = rows
        self._signatures = _sign(rows)
        limits = np.full((len(ORIENTATIONS), 1, 1), turned_threshold, np.float32)
        limits[AS_IT_IS] = threshold
        self._limits = limits

    def tiles(self) -> Iterator[tuple[int, int]]:
        """Yield where each tile of pairs starts: its first row and its first column."""
        n = len(self._rows)
        for row in range(0, n, _ROWS):
            for column in range(row, n, _COLUMNS):
                yield row, column

    def matches(self, tile: tuple[int, int], groups: Int64[np.ndarray, " n"]) -> Pairs:
        """Return the pairs ``(i, j)``, ``i < j``, of a tile that match in some orientation.

        Args:
            tile: one of `tiles`.
            groups: one number an image; pairs within one group are known already and left out.
        """
        candidates = self._candidates(*tile)
        candidates = candidates[groups[candidates[:, 1]] != groups[candidates[:, 2]]]
        found = [
            self._verified(candidates[start : start + _VERIFIED])
            for start in range(0, len(candidates), _VERIFIED)
        ]
        return np.concatenate(found) if found else np.empty((0, 2), np.int64)

    def _candidates(self, row: int, column: int) -> Int64[np.ndarray, "pairs 3"]:
        """Return ``(orientation, i, j)`` of the pairs whose bound exceeds the threshold."""
        left = self._signatures[row : row + _ROWS]
        right = self._signatures[column : column + _COLUMNS].reshape(-1, _LOW * _LOW)
        turned = np.stack([orient_cosines(left, o) for o in range(len(ORIENTATIONS))])
        bounds = turned.reshape(-1, _LOW * _LOW) @ right.T
        bounds = bounds.reshape(len(ORIENTATIONS), len(left), len(right))
        possible = np.flatnonzero(bounds > self._limits - np.float32(_ROUNDING))
        orientation, i, j = np.unravel_index(possible, bounds.shape)
        pairs = np.stack([orientation, i + row, j + column], axis=1)
        return pairs[pairs[:, 1] < pairs[:, 2]]

    def _verified(self, candidates: Int64[np.ndarray, "pairs 3"]) -> Pairs:
        kept: list[np.ndarray] = []
        for orientation in np.unique(candidates[:, 0]):
            pairs = candidates[candidates[:, 0] == orientation, 1:]
            left = orient(self._rows[pairs[:, 0]], int(orientation))
            correlation = np.einsum("kij,kij->k", left, self._rows[pairs[:, 1]])
            kept.append(pairs[correlation > self._limits[orientation, 0, 0]])
        return np.concatenate(kept)


def _sign(rows: Float32[np.ndarray, "n side side"]) -> Signatures:
    """Return the low cosines; in place of the mean, which is 0, the length of the rest."""
    signatures = np.empty((len(rows), _LOW, _LOW), np.float32)
    for start in range(0, len(rows), _COLUMNS):
        block = slice(start, start + _COLUMNS)
        cosines = np.asarray(dctn(rows[block], axes=(1, 2), norm="ortho"))
        signatures[block] = cosines[:, :_LOW, :_LOW]
        low = (signatures[block, :, :] ** 2).sum(axis=(1, 2)) - signatures[block, 0, 0] ** 2
        whole = (rows[block] ** 2).sum(axis=(1, 2))
        signatures[block, 0, 0] = np.sqrt(np.maximum(0, whole - low))
    return signatures
