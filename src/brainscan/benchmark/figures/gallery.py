"""The images that a model got wrong, the surest errors first."""

import numpy as np
from matplotlib.figure import Figure

from brainscan.benchmark.result import Result
from brainscan.metrics import decide

_SHOWN, _COLUMNS = 24, 6


def failures(result: Result, name: str) -> Figure | None:
    """Draw what a model classified wrongly, as it saw it.

    Args:
        result: with its crops.
        name: the model's.

    Returns:
        A figure; None where nothing was wrong, or where there are no crops.
    """
    if result.crops is None:
        return None
    classes = result.settings["data"]["classes"]
    seen = result.predictions[name].averaged()
    chosen = decide(seen.scores)
    rows = seen.scores if seen.scores.ndim == 2 else np.stack([1 - seen.scores, seen.scores], 1)
    wrong = np.flatnonzero(chosen != seen.labels)
    if len(wrong) == 0:
        return None
    surest = np.argsort(-rows[wrong, chosen[wrong]], kind="stable")
    shown = wrong[surest][:_SHOWN]
    where = {image: index for index, image in enumerate(result.images)}
    lines = -(-len(shown) // _COLUMNS)
    figure = Figure(figsize=(2 * _COLUMNS, 2.4 * lines + 0.5))
    grid = figure.add_gridspec(lines, _COLUMNS, **_margins(lines))
    for place, index in enumerate(shown):
        axis = figure.add_subplot(grid[place // _COLUMNS, place % _COLUMNS])
        axis.set_axis_off()
        axis.imshow(result.crops[where[seen.ids[index]]])
        truth, said = classes[int(seen.labels[index])], classes[int(chosen[index])]
        text = (
            f"{short_name(seen.ids[index])}\n{truth}, said {said} {rows[index, chosen[index]]:.2f}"
        )
        axis.set_title(text, fontsize="x-small", parse_math=False)
    figure.suptitle(
        f"{name}: {len(wrong)} of {len(seen.ids)} wrong, the surest {len(shown)} first",
        y=1 - 0.15 / figure.get_figheight(),
        va="top",
    )
    return figure


def _margins(lines: int) -> dict[str, float]:
    """Return where the images lie, as shares of a figure with this many lines of them."""
    height = 2.4 * lines + 0.5
    return {
        "left": 0.01,
        "right": 0.99,
        "bottom": 0.05 / height,
        "top": 1 - 0.85 / height,
        "wspace": 0.05,
        "hspace": 0.2,
    }


def short_name(name: str) -> str:
    """Return the end of a long name, for a title."""
    return name if len(name) <= 22 else f"...{name[-19:]}"
