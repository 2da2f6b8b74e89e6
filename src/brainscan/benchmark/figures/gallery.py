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
    sure = rows[wrong, chosen[wrong]]
    shown = wrong[np.argsort(-sure, kind="stable")][:_SHOWN]
    where = {image: index for index, image in enumerate(result.images)}
    lines = -(-len(shown) // _COLUMNS)
    figure = Figure(figsize=(2 * _COLUMNS, 2.4 * lines + 0.6), layout="constrained")
    axes = figure.subplots(lines, _COLUMNS, squeeze=False).ravel()
    for axis, index in zip(axes, shown, strict=False):
        axis.imshow(result.crops[where[seen.ids[index]]])
        truth, said = classes[int(seen.labels[index])], classes[int(chosen[index])]
        text = f"{_short(seen.ids[index])}\n{truth}, said {said} {rows[index, chosen[index]]:.2f}"
        axis.set_title(text, fontsize="x-small", parse_math=False)
    for axis in axes:
        axis.axis("off")
    figure.suptitle(f"{name}: {len(wrong)} of {len(seen.ids)} wrong, the surest {len(shown)} first")
    return figure


def _short(name: str) -> str:
    return name if len(name) <= 22 else f"...{name[-19:]}"
