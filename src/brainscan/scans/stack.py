"""Where the frames of a DICOM series lie: their order, and the affine of their volume."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from brainscan.scans.header import Frame
from brainscan.scans.orientation import Affine, is_usable

_SAME_DIRECTION = 1e-3
_SAME_PLACE_MM = 1e-3
_EVEN_MM, _EVEN_SHARE = 0.02, 0.02
_TO_RIGHT_ANTERIOR = np.array([-1.0, -1.0, 1.0])  # DICOM counts towards the left and the back


def order_along_normal(frames: Sequence[Frame]) -> list[int] | None:
    """Return the frames' order along the direction across them.

    Returns:
        Their indices; None where they do not say how they lie, are not parallel, or where two lie
        at one place.
    """
    first = frames[0].orientation
    if first is None or any(frame.position is None for frame in frames):
        return None
    if any(not _parallel(first, frame.orientation) for frame in frames):
        return None
    depths = _positions(frames) @ _normal(first)
    order = np.argsort(depths, kind="stable")
    if len(frames) > 1 and np.diff(depths[order]).min() < _SAME_PLACE_MM:
        return None
    return [int(index) for index in order]


def directions_of(frame: Frame) -> Affine | None:
    """Return an affine that knows how a frame lies, but neither where nor how large it is."""
    if frame.orientation is None:
        return None
    affine = np.eye(4)
    affine[:3, :2] = np.reshape(frame.orientation, (2, 3)).T
    affine[:3, 2] = _normal(frame.orientation)
    affine[:3] *= _TO_RIGHT_ANTERIOR[:, None]
    return affine


def affine_of(frames: Sequence[Frame]) -> Affine | None:
    """Return the affine of a volume whose axes are columns, rows and frames in their order.

    Returns:
        None where the frames do not say how they lie or how large their pixels are, or where the
        gaps between them are uneven, as they are where a slice is missing.
    """
    first = frames[0]
    if first.orientation is None or first.position is None or first.spacing is None:
        return None
    if any(frame.spacing != first.spacing for frame in frames):
        return None
    step = _step(frames)
    if step is None:
        return None
    along, down = np.reshape(first.orientation, (2, 3))
    affine = np.eye(4)
    affine[:3, 0] = along * first.spacing[1]
    affine[:3, 1] = down * first.spacing[0]
    affine[:3, 2] = step
    affine[:3, 3] = first.position
    affine[:3] *= _TO_RIGHT_ANTERIOR[:, None]
    return affine if is_usable(affine) else None


def _step(frames: Sequence[Frame]) -> Float[np.ndarray, "3"] | None:
    """Return the way from one frame to the next in mm, if it is the same between all of them."""
    first = frames[0]
    if len(frames) == 1:
        thickness = first.gap or first.thickness or 1.0
        return None if first.orientation is None else _normal(first.orientation) * thickness
    places = _positions(frames)
    step = (places[-1] - places[0]) / (len(frames) - 1)
    ideal = places[0] + np.arange(len(frames))[:, None] * step
    off = float(np.abs(places - ideal).max())
    return step if off <= max(_EVEN_MM, _EVEN_SHARE * float(np.linalg.norm(step))) else None


def _positions(frames: Sequence[Frame]) -> Float[np.ndarray, "n 3"]:
    return np.array([frame.position for frame in frames], np.float64)


def _normal(orientation: tuple[float, ...]) -> Float[np.ndarray, "3"]:
    along, down = np.reshape(orientation, (2, 3))
    normal = np.cross(along, down)
    return normal / np.linalg.norm(normal)


def _parallel(one: tuple[float, ...], other: tuple[float, ...] | None) -> bool:
    return other is not None and bool(np.allclose(one, other, atol=_SAME_DIRECTION))
