"""How accuracy falls as images get worse."""

import numpy as np
from matplotlib.figure import Figure

from brainscan.benchmark.figures.style import PALETTE
from brainscan.benchmark.result import Result

_COLUMNS = 4


def curves(result: Result) -> Figure:
    """Draw accuracy against severity, a panel a corruption, a line a model; 0 is uncorrupted."""
    names = list(next(iter(result.robustness.values())))
    rows = -(-len(names) // _COLUMNS)
    figure = Figure(figsize=(3 * _COLUMNS, 2.6 * rows + 0.6), layout="constrained")
    axes = np.atleast_1d(figure.subplots(rows, _COLUMNS, sharey=True, squeeze=False)).ravel()
    clean = {row.model: row.accuracy for row in result.rows}
    for axis, name in zip(axes, names, strict=False):
        for number, (model, by_name) in enumerate(result.robustness.items()):
            values = [clean[model], *by_name[name]]
            colour = PALETTE[number % len(PALETTE)]
            axis.plot(range(len(values)), values, marker=".", color=colour, label=model)
        axis.set_title(name.replace("_", " "), fontsize="medium")
        axis.set_ylim(0, 1.02)
        axis.grid(alpha=0.3)
        axis.set_xlabel("severity")
    for axis in axes[len(names) :]:
        axis.remove()
    axes[0].set_ylabel("test accuracy")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
    figure.suptitle(f"{result.settings['data']['name']}: accuracy on corrupted test images")
    return figure
