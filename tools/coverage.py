"""Measure how often each interval of `brainscan.metrics` holds the truth, and write the page.

OMP_NUM_THREADS=1 python tools/coverage.py            # about 6 minutes on one core
OMP_NUM_THREADS=1 python tools/coverage.py 20         # 20 repetitions, a look; the page is printed
"""

import datetime as dt
import platform
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.stats import norm

import brainscan as bs
from brainscan import metrics

PAGE = Path(__file__).parents[1] / "docs/explanation/interval-coverage.md"
SEED = 20250101
REPETITIONS = 500
PREVALENCE = 0.6  # of tumours among the images, as in the paper's data
CLINIC = 0.1  # the stated prevalence of PPV and NPV
SIZES = (51, 253)
AREAS = (0.9, 0.99)
AT = 20  # of the 101 points of the ROC curve: 1 - specificity of 0.2


class Images(NamedTuple):
    """Labels, the calibrated scores of two models, and groups."""

    labels: NDArray[np.int64]
    a: NDArray[np.float64]
    b: NDArray[np.float64]
    groups: NDArray[np.int64]


def draw(rng: np.random.Generator, n: int, area: float, clustered: bool) -> Images:
    """Draw images whose two models have this area under the ROC curve, and one a little less.

    Clustered, 15% of the groups hold 2 to 4 near copies: the same label, almost the same evidence.
    """
    several = (rng.random(n) < 0.15) & clustered
    sizes = np.where(several, rng.integers(2, 5, n), 1)
    groups = np.repeat(np.arange(n), sizes)[:n]
    labels = (rng.random(n) < PREVALENCE).astype(np.int64)[groups]
    shared = rng.normal(size=n)[groups] + 0.1 * rng.normal(size=n)
    other = rng.normal(size=n)[groups] + 0.1 * rng.normal(size=n)
    apart = np.sqrt(2) * norm.ppf(area)
    a = posterior(labels * apart + shared, apart)
    b = posterior(labels * 0.9 * apart + 0.8 * shared + 0.6 * other, 0.9 * apart)
    return Images(labels, a, b, groups)


def posterior(evidence: NDArray[np.float64], apart: float) -> NDArray[np.float64]:
    """Return the probability of a tumour given evidence that is ``apart`` higher with one."""
    odds = np.exp(apart * evidence - apart**2 / 2) * PREVALENCE / (1 - PREVALENCE)
    return odds / (1 + odds)


def figures(images: Images) -> dict[str, float]:
    """Return the value of everything that gets an interval."""
    labels, a, b, _ = images
    values = {f"{name}, Wilson": getattr(metrics, name)(labels, a) for name in ("ppv", "npv")}
    values |= point_estimates(labels, a)
    false = np.sort(a[labels == 0])[::-1]
    values["ROC band at 0.2"] = float((a[labels == 1] > false[int(0.2 * len(false))]).mean())
    for measure in (metrics.accuracy, metrics.roc_auc):
        gap = measure(labels, a) - measure(labels, b)
        values[f"difference in {measure.__name__}"] = gap
    values["roc_auc, bootstrap"] = values["roc_auc"]
    return values


def point_estimates(labels: NDArray[np.int64], scores: NDArray[np.float64]) -> dict[str, float]:
    """Return what `evaluate` gives, without intervals."""
    clinic = {"prevalence": CLINIC}
    names = bs.metrics.estimate.NAMES
    return {
        name: getattr(metrics, name)(labels, scores, **(clinic if name in ("ppv", "npv") else {}))
        for name in names
    }


def intervals(images: Images, everything: bool) -> dict[str, tuple[float, float] | None]:
    """Return the interval of each figure."""
    labels, a, b, groups = images
    found: dict[str, tuple[float, float] | None] = {}
    for name, estimate in metrics.evaluate(labels, a, groups, prevalence=CLINIC).items():
        found[name] = ends(estimate)
    called = metrics.decide(a)
    for name, some in (("ppv", called == 1), ("npv", called == 0)):
        if some.any():
            hits = (called == labels)[some]
            found[f"{name}, Wilson"] = metrics.clustered_wilson(hits, groups[some])
    if everything:
        found["roc_auc, bootstrap"] = metrics.cluster_bootstrap(metrics.roc_auc, labels, a, groups)
        for measure in (metrics.accuracy, metrics.roc_auc):
            gap = metrics.paired_bootstrap(labels, a, b, groups, measure)
            found[f"difference in {measure.__name__}"] = ends(gap)
        curve = metrics.roc_curve(labels, a, groups, replicates=500)
        found["ROC band at 0.2"] = (curve.low[AT], curve.high[AT])
    return found


def ends(estimate: metrics.Estimate | None) -> tuple[float, float] | None:
    """Return the ends of an estimate that has them."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return None
    return estimate.low, estimate.high


def cover(n: int, area: float, clustered: bool, repetitions: int) -> dict[str, float]:
    """Return the share of repetitions in which each interval holds the truth."""
    truth = figures(draw(np.random.default_rng(SEED), 1_000_000, area, clustered))
    held: dict[str, list[bool]] = defaultdict(list)
    for repetition in range(repetitions):
        rng = np.random.default_rng((SEED, repetition, n, clustered))
        images = draw(rng, n, area, clustered)
        if len(np.unique(images.labels)) < 2:
            continue
        for name, interval in intervals(images, everything=area == AREAS[0]).items():
            if interval is not None:
                held[name].append(interval[0] <= truth[name] <= interval[1])
    return {name: float(np.mean(each)) for name, each in held.items()}


def to_markdown(table: dict[tuple[float, int, bool], dict[str, float]], area: float) -> str:
    """Return the rows of one area as a table; what is outside 93 to 97% in bold."""
    columns = [key for key in table if key[0] == area]
    titles = [f"n = {n}, {'near copies' if clustered else 'alone'}" for _, n, clustered in columns]
    lines = [f"| figure | {' | '.join(titles)} |", "| --- |" + " ---: |" * len(titles)]
    for name in table[columns[0]]:
        cells = [shown(table[key][name]) for key in columns]
        lines.append(f"| {name.replace('_', ' ')} | {' | '.join(cells)} |")
    return "\n".join(lines)


def shown(share: float) -> str:
    """Return a percentage, in bold outside 93 to 97."""
    text = f"{100 * share:.1f}"
    return text if 0.93 <= share <= 0.97 else f"**{text}**"


def main(write: Callable[[str], object], repetitions: int) -> None:
    """Simulate, and write the page."""
    keys = [(area, n, clustered) for area in AREAS for n in SIZES for clustered in (False, True)]
    table = {key: cover(key[1], key[0], key[2], repetitions) for key in keys}
    made = (
        f"{repetitions} repetitions, seed {SEED}, Python {platform.python_version()}, "
        f"NumPy {np.__version__}, SciPy {scipy.__version__}, {dt.date.today().isoformat()}"
    )
    text = TEXT.format(
        made=made,
        noise=f"{196 * np.sqrt(0.95 * 0.05 / repetitions):.1f}",
        usual=to_markdown(table, AREAS[0]),
        good=to_markdown(table, AREAS[1]),
    )
    write(text)


TEXT = """# How often the intervals hold the truth

An interval that is called 95% should hold the true value in 95 of 100 studies. This page checks
that of the intervals of `brainscan.metrics`, by simulation: images are drawn from a population
whose figures are known, and the intervals are counted that hold them.

The population: 60% tumours, evidence normal in each class, scores calibrated. "Alone" means that
each image is a group of its own; with "near copies", 15% of the groups hold 2 to 4 images of one
label and almost the same score, and the intervals are told the groups. PPV and NPV are at a stated
prevalence of 10% unless "Wilson" stands beside them. The difference is between two models, the
second one weaker, on the same images. Bold: outside 93 to 97%. With so many repetitions a figure
is itself uncertain by {noise} points.

## A model with an AUC of 0.9

{usual}

## A nearly perfect model, with an AUC of 0.99

{good}

## What falls short, and why

With few images, or few errors, no interval is exact: the counts come in whole images, so the
coverage jumps with the true value, and what is not among the images can't be resampled. The choices
here lean towards too wide.

- **Counts** (accuracy, sensitivity, specificity, PPV, NPV): Wilson's interval, with the number of
  images divided by the design effect of the groups. The design effect is itself estimated, from
  the few groups that hold several images and an error.
- **Figures of a confusion table** (balanced accuracy, F1, MCC, PPV and NPV at a prevalence): each
  resample gets one image a class more, spread at random over the decisions (Jeffreys' prior).
  A model without an error so gets an interval that is not empty, as from a plain percentile
  bootstrap it would be.
- **AUC of two classes**: DeLong's variance on the logit, between groups where there are some. With
  near copies and an AUC of 0.99 the few images that are out of order may be one group, or none: the
  variance is then known badly, and the interval too narrow.
- **Difference in AUC, bands, and AUC of several classes**: a quarter of the resamples get an image
  a class more, scored as any image is. With 51 images that one image weighs much, and the interval
  is a little wide.
- **Average precision**: the same image weighs most here, since it may head the ranking. With an
  AUC of 0.99 most samples of 51 are ranked perfectly, and the interval, which allows for an image
  that is not, is wider than it need be.
- **Brier score and log-loss** are means of losses that are mostly small and seldom large. With an
  AUC of 0.99 the large ones may be missing from the sample, and more so with near copies, where one
  bad group is several images. The added image makes up for it: not quite for the Brier score, and
  more than needed for the log-loss of 51 images, which has no upper limit.

Not simulated: the AUC of several classes, made as "roc auc, bootstrap" is, and the band of the
precision-recall curve, made as that of the ROC curve is.
The band of the ROC curve is pointwise: the whole curve lies inside it less often.

Made by `tools/coverage.py`: {made}.
"""


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(print, int(sys.argv[1]))
    else:
        main(lambda text: PAGE.write_text(text, encoding="utf-8"), REPETITIONS)
