"""An image beside its map, with a legend: what a person can read and print."""

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from brainscan._core.types import Image, Mask
from brainscan.explain.overlay import ALPHA, COLOURS, CONTOUR, LEVEL, checked

_TRUTH = "#009E73"
_MIDDLE = 127.0  # the grey on which the legend shows the colours
_WIDTH = 3.6  # of a panel, in inches


def figure(
    image: Image,
    map: NDArray[Any],  # noqa: A002
    title: str | None = None,
    alpha: float = ALPHA,
    level: float | None = LEVEL,
    mask: Mask | None = None,
) -> Figure:
    """Draw the image, and beside it the same with the map over it, a line and a legend.

    Args:
        image: as for `brainscan.explain.overlay`.
        map: as for `brainscan.explain.overlay`.
        title: a line above both, such as the file's name and the score.
        alpha: as for `brainscan.explain.overlay`.
        level: as for `brainscan.explain.overlay`.
        mask: ``(height, width)`` where the tumour is known to be; its outline is dashed in both.

    Returns:
        A figure; ``figure.savefig("map.png")`` writes it.

    Raises:
        ValueError: the sizes differ, or a number is out of range.

    Examples:
        >>> import brainscan as bs
        >>> image, spot = np.zeros((64, 64), np.uint8), np.zeros((64, 64))
        >>> spot[20:30, 20:30] = 1
        >>> len(bs.explain.figure(image, spot, title="a spot").axes)
        3
    """
    gray, heat = checked(image, map, alpha, level)
    if mask is not None and np.shape(mask) != gray.shape:
        raise ValueError(
            f"mask must have the image's size, {gray.shape[0]} x {gray.shape[1]}; got shape "
            f"{np.shape(mask)}."
        )
    height = min(2.5, max(0.5, gray.shape[0] / gray.shape[1])) * _WIDTH
    drawn = Figure(figsize=(2 * _WIDTH + 0.9, height + 0.85), layout="constrained")
    original, over = drawn.subplots(1, 2)
    for axis, name in ((original, "image"), (over, "what speaks for the class")):
        axis.imshow(gray, cmap="gray", vmin=0, vmax=255)
        axis.set_title(name, fontsize="medium")
        axis.set_axis_off()
        if mask is not None and np.any(mask):
            axis.contour(np.asarray(mask), [0.5], colors=_TRUTH, linestyles="dashed", linewidths=1)
    colours = mpl.colormaps[COLOURS]
    layer = colours(heat)
    layer[..., 3] = alpha * heat
    over.imshow(layer)
    lines: list[Line2D] = []
    if level is not None and heat.min() < level <= heat.max():
        blue = "#{:02X}{:02X}{:02X}".format(*CONTOUR)
        over.contour(heat, [level], colors=blue, linewidths=1.3)
        lines.append(Line2D([], [], color=blue, label=f"map at {level:g}"))
    if mask is not None:
        lines.append(Line2D([], [], color=_TRUTH, linestyle="dashed", label="known tumour"))
    if lines:
        drawn.legend(handles=lines, loc="outside lower center", ncols=len(lines), frameon=False)
    bar = drawn.colorbar(
        ScalarMappable(cmap=_as_it_looks(colours, alpha)), ax=over, fraction=0.05, pad=0.03
    )
    bar.set_label("share of the map's largest value")
    if title is not None:
        drawn.suptitle(title, parse_math=False)
    return drawn


def _as_it_looks(colours: Any, alpha: float) -> ListedColormap:
    """Return the colours as they look over a middle grey, for the legend."""
    share = np.linspace(0, 1, 256)
    cover = (alpha * share)[:, None]
    return ListedColormap((1 - cover) * _MIDDLE / 255 + cover * colours(share)[:, :3])
