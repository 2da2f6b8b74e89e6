"""Where the head is in a slice, and the brain in the head."""

import cv2
import numpy as np
from jaxtyping import Float32, UInt8
from scipy.ndimage import binary_fill_holes

from brainscan._core.checks import check_image
from brainscan._core.images import to_gray, to_uint8
from brainscan._core.types import Image, Mask
from brainscan.preprocess.foreground import foreground

_Gray = UInt8[np.ndarray, "h w"]

# Lengths in shares of the head's own size, the root of its area. All of these were chosen on
# simulated slices of seeds 5 and 7; the page on patches and weak labels measures on another.
_JOINED = 0.04  # scalp and brain are nearer to each other
_CORE = 0.2  # what lies deeper than this is brain, for its brightness
_TYPICAL = 35  # percentile of the core's brightness: a bright tumour may fill much of it
_LEVELS = (0.65, 0.75)  # shares of that brightness that part tissue from bone
_OPENED = (0.01, 0.02, 0.03, 0.045, 0.06)  # how thick bridges from brain to scalp may be
_RIM = 0.04  # scalp is found within this, and no brain
_ON_RIM = 0.02  # of the brain's area
_SULCI = 0.04


def head_mask(image: Image) -> Mask:
    """Return the head, everything inside the skin.

    What differs from the background as `brainscan.preprocess.BrainCropper` has it, joined where
    scalp and brain lie apart, the largest part, holes filled.

    Args:
        image: ``(height, width)`` or ``(height, width, channels)``.

    Returns:
        ``(height, width)`` bool; empty where nothing stands out.

    Raises:
        ValueError: the image is refused.

    Examples:
        >>> import brainscan as bs
        >>> scan = bs.datasets.phantom.simulate(0)
        >>> found = bs.segment.head_mask(scan.image)
        >>> bool((found & scan.head).sum() > 0.9 * (found | scan.head).sum())
        True
    """
    return _head(to_uint8(to_gray(check_image(image))))


def brain_mask(image: Image) -> Mask:
    """Return the brain with its ventricles, as far as one slice tells it from the skull.

    Bone is dark in every common contrast. In the head, what is nearly as bright as its middle is
    tissue; it is opened by ever larger discs, and if need be at a higher level, until the part in
    the middle no longer comes to the rim, where the scalp is. That part is grown back, and sulci
    and holes are closed.

    It is made for axial slices through the cerebrum. In slices through the face and the neck,
    coronal and sagittal ones above all, the outline often leaks along soft tissue; white matter
    that is dark beside a bright tumour in a T2 image, or a dark tumour at the surface, may be left
    out; and where the scalp was cut off already, all that is left is taken for brain. One slice
    cannot tell. For volumes there are tools that can, such as HD-BET or SynthStrip.

    Args:
        image: ``(height, width)`` or ``(height, width, channels)``.

    Returns:
        ``(height, width)`` bool, within `head_mask`; empty where nothing stands out.

    Raises:
        ValueError: the image is refused.

    References:
        Thresholds and openings of growing size: Brummer et al., IEEE Trans. Med. Imaging 1993,
        doi:10.1109/42.232244.

    Examples:
        >>> import brainscan as bs
        >>> scan = bs.datasets.phantom.simulate(0)
        >>> found = bs.segment.brain_mask(scan.image)
        >>> bool((found & scan.brain).sum() > 0.9 * (found | scan.brain).sum())
        True
    """
    gray = to_uint8(to_gray(check_image(image)))
    head = _head(gray)
    if not head.any():
        return head
    size = float(np.sqrt(head.sum()))
    depth = _depth(head)
    core = depth > min(_CORE * size, 0.5 * float(depth.max()))
    smooth = cv2.GaussianBlur(gray, (3, 3), 0)
    typical = float(np.percentile(smooth[core], _TYPICAL))
    rim = depth <= _RIM * size
    best: tuple[float, Mask] = (1.0, core)
    for level in _LEVELS:
        found = _off_the_rim(head & (smooth > level * typical), core, rim, size)
        best = min(best, found, key=lambda outcome: outcome[0])
        if best[0] <= _ON_RIM:
            break
    return _fill(_close(best[1], _SULCI * size)) & head


def _off_the_rim(tissue: Mask, core: Mask, rim: Mask, size: float) -> tuple[float, Mask]:
    """Return the middle part of the tissue, opened until little of it lies on the rim; how much."""
    best: tuple[float, Mask] = (1.0, core)
    for share in _OPENED:
        radius = max(1.0, share * size)
        part = _most_of(_open(tissue, radius), core)
        if not part.any():
            break
        on_rim = float((part & rim).sum() / part.sum())
        if on_rim < best[0]:
            best = on_rim, _dilate(part, radius) & tissue
        if on_rim <= _ON_RIM:
            break
    return best


def _head(gray: _Gray) -> Mask:
    seen = foreground(gray) > 0
    if not seen.any():
        return seen
    joined = _close(seen, _JOINED * float(np.sqrt(seen.sum())))
    filled = _fill(joined)
    return _most_of(filled, filled)


def _most_of(mask: Mask, where: Mask) -> Mask:
    """Return the connected part of a mask that covers most of a region."""
    count, parts = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    if count == 1:
        return mask
    covered = np.bincount(parts[where], minlength=count)[1:]
    return parts == 1 + int(covered.argmax())


def _fill(mask: Mask) -> Mask:
    return np.asarray(binary_fill_holes(mask), np.bool_)


def _open(mask: Mask, radius: float) -> Mask:
    eroded = _depth(mask) > radius
    return _dilate(eroded, radius) if eroded.any() else eroded


def _close(mask: Mask, radius: float) -> Mask:
    room = int(np.ceil(radius)) + 1
    grown = _dilate(np.pad(mask, room), radius)
    return (_depth(grown) > radius)[room:-room, room:-room]


def _dilate(mask: Mask, radius: float) -> Mask:
    return _distance(~mask) <= radius


def _depth(mask: Mask) -> Float32[np.ndarray, "h w"]:
    """Return how far inside a mask each pixel lies; beyond the border of the image is outside."""
    return _distance(np.pad(mask, 1))[1:-1, 1:-1]


def _distance(mask: Mask) -> Float32[np.ndarray, "h w"]:
    """Return how far the nearest pixel outside of the mask is."""
    return cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
