"""From a probability map to a mask that follows the image: the second of the paper's two steps."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from jaxtyping import Bool, Float
from numpy.typing import NDArray
from skimage import segmentation

from brainscan._core.checks import check_image
from brainscan._core.images import to_gray, to_range_255
from brainscan._core.registry import Registry
from brainscan._core.types import Image, Mask

_Plane = Float[np.ndarray, "h w"]
Refinement = Callable[[_Plane, _Plane, float], Bool[np.ndarray, "h w"]]

refinements: Registry[Refinement] = Registry("refinement")
"""The refinements by name: functions ``(probability, image, threshold) -> mask``.

All three arguments lie in 0 to 1, the map and the grey image have one size, and the map reaches the
threshold somewhere.
"""

_BETA = 130.0  # scikit-image's own: how much an edge hinders the walker
_STEPS = 20  # of a contour: it moves by a pixel a step, at most
_ROUNDS = 5  # of a graph cut, between which its models of brightness are fitted anew


def refine(
    probability: _Plane, image: Image, method: str = "random_walker", threshold: float = 0.5
) -> Mask:
    """Return the mask that a probability map and the image it is of agree on.

    Args:
        probability: ``(height, width)`` in 0 to 1, from `probability_map`, a segmenter or a heat
            map.
        image: ``(height, width)`` or ``(height, width, channels)``, as it was read; its brightness
            is looked at.
        method: one of `brainscan.segment.refinements`:

            - ``"random_walker"``: tumour is where a walker who avoids edges comes to sure tumour
              before sure background (Grady, doi:10.1109/TPAMI.2006.233). Sure are the pixels
              halfway from the threshold to the map's highest value and above, and those under half
              of the threshold.
            - ``"chan_vese"``: the outline moves to where two regions of even brightness part,
              within a band around it (Chan and Vese, doi:10.1109/83.902291).
            - ``"geodesic_contour"``: the outline moves to edges near it (Caselles et al.,
              doi:10.1023/A:1007979827043), both by morphological steps (Marquez-Neila et al.,
              doi:10.1109/TPAMI.2013.106).
            - ``"graph_cut"``: the cheapest cut between two models of brightness, again for the
              pixels that are not sure (GrabCut; Rother et al., doi:10.1145/1015706.1015720).
            - ``"threshold"``: the map alone, without the image.
        threshold: the value from which a pixel counts as tumour; best chosen on validation images,
            since patches drawn in equal numbers make tumours seem more frequent than they are.

    Returns:
        ``(height, width)`` bool; empty where the map stays below the threshold everywhere.

    Raises:
        ValueError: the map is not of the image's size or not in 0 to 1, the threshold is not
            between 0 and 1, or the method is unknown.

    Examples:
        >>> import numpy as np
        >>> import brainscan as bs
        >>> image = np.zeros((40, 40), np.uint8)
        >>> image[10:20, 10:20] = 200
        >>> vague = np.zeros((40, 40))
        >>> vague[8:22, 8:22], vague[13:17, 13:17] = 0.6, 0.9
        >>> int(bs.segment.refine(vague, image).sum())
        100
    """
    run = refinements[method]
    image = check_image(image)
    probability = _checked_map(probability, image)
    if not 0 < threshold < 1:
        raise ValueError(f"threshold must lie between 0 and 1; got {threshold!r}.")
    if probability.max() < threshold:
        return np.zeros(probability.shape, np.bool_)
    return run(probability, to_range_255(to_gray(image)) / np.float32(255), threshold)


def _checked_map(probability: Any, image: Image) -> NDArray[np.float64]:
    array = np.asarray(probability, np.float64)
    if array.shape != image.shape[:2]:
        raise ValueError(
            f"probability must have the size of its image, {image.shape[0]}x{image.shape[1]} "
            f"(height x width); got {'x'.join(map(str, array.shape))}."
        )
    if not (array.min() >= 0 and array.max() <= 1):  # NaN is refused too
        raise ValueError(
            f"probability must lie in 0 to 1; got {array.min():.3g} to {array.max():.3g}."
        )
    return array


@refinements.register("threshold")
def _threshold(probability: _Plane, image: _Plane, threshold: float) -> Mask:
    del image
    return probability >= threshold


@refinements.register("random_walker")
def _random_walker(probability: _Plane, image: _Plane, threshold: float) -> Mask:
    surely, surely_not = _sure(probability, threshold)
    if not surely_not.any() or image.min() == image.max():
        return probability >= threshold
    mask = np.zeros(probability.shape, np.bool_)
    rows, columns = _window(~surely_not, margin=1)
    seeds = np.where(surely, 1, np.where(surely_not, 2, 0))[rows, columns]
    if (seeds == 0).any():
        part = image[rows, columns]
        seeds = segmentation.random_walker(part, seeds, beta=_BETA, mode="bf")
    mask[rows, columns] = seeds == 1
    return mask


@refinements.register("chan_vese")
def _chan_vese(probability: _Plane, image: _Plane, threshold: float) -> Mask:
    mask = probability >= threshold
    band = _dilate(mask, _STEPS)
    rows, columns = _window(band, margin=0)
    # The rest of the head has brightness of its own, which must not pull.
    start: Any = mask[rows, columns]
    moved: Any = segmentation.morphological_chan_vese(
        image[rows, columns], _STEPS, init_level_set=start
    )
    mask[rows, columns] = (moved == 1) & band[rows, columns]
    return mask


@refinements.register("geodesic_contour")
def _geodesic_contour(probability: _Plane, image: _Plane, threshold: float) -> Mask:
    edges = segmentation.inverse_gaussian_gradient(image)
    start: Any = probability >= threshold
    moved: Any = segmentation.morphological_geodesic_active_contour(
        edges, _STEPS, init_level_set=start
    )
    return moved == 1


@refinements.register("graph_cut")
def _graph_cut(probability: _Plane, image: _Plane, threshold: float) -> Mask:
    surely, surely_not = _sure(probability, threshold)
    likely = np.where(probability >= threshold, cv2.GC_PR_FGD, cv2.GC_PR_BGD)
    state = np.where(surely, cv2.GC_FGD, np.where(surely_not, cv2.GC_BGD, likely))
    if not surely_not.any() or image.min() == image.max():
        return probability >= threshold
    rows, columns = _window(~surely_not, margin=_STEPS)
    pixels = np.repeat(np.rint(255 * image[rows, columns]).astype(np.uint8)[:, :, None], 3, axis=2)
    cv2.setRNGSeed(0)  # its models of brightness begin with clusters at random
    cut, _, _ = cv2.grabCut(
        pixels,
        np.ascontiguousarray(state[rows, columns], np.uint8),
        (0, 0, 0, 0),  # not looked at
        np.zeros((1, 65)),
        np.zeros((1, 65)),
        _ROUNDS,
        cv2.GC_INIT_WITH_MASK,
    )
    mask = np.zeros(probability.shape, np.bool_)
    mask[rows, columns] = (cut == cv2.GC_FGD) | (cut == cv2.GC_PR_FGD)
    return mask


def _sure(probability: _Plane, threshold: float) -> tuple[Mask, Mask]:
    """Return what is tumour and what is background without a look at the image."""
    high = (threshold + float(probability.max())) / 2
    return probability >= high, probability < threshold / 2


def _dilate(mask: Mask, pixels: int) -> Mask:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * pixels + 1, 2 * pixels + 1))
    return cv2.dilate(mask.astype(np.uint8), disc) > 0


def _window(mask: Mask, margin: int) -> tuple[slice, slice]:
    """Return the rows and columns of a mask, with a margin where there is room."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + 1 + margin),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + 1 + margin),
    )
