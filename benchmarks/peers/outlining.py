"""What both sides of the comparison of outlining networks share: no framework is named here."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

BATCH = 16
LEARNING_RATE = 5e-4


def answer(
    calls: dict[str, Callable[[], float]], learn: Callable[[dict[str, Any], int], Any]
) -> None:
    """Answer each line of standard input.

    ``forward`` and ``train`` are answered with the seconds of a warm step; ``learn DATA EPOCHS``
    with what comes of training on the arrays of a file, as JSON.
    """
    for line in sys.stdin:
        what, *arguments = line.split()
        if what == "learn":
            data = dict(np.load(Path(arguments[0])))
            print(json.dumps(learn(data, int(arguments[1]))), flush=True)
        else:
            print(calls[what](), flush=True)


def timed(call: Callable[[], Any]) -> Callable[[], float]:
    """Return a function that gives the seconds of a call."""

    def run() -> float:
        begin = time.perf_counter()
        call()
        return time.perf_counter() - begin

    return run


def mean_dice(masks: Any, probabilities: Any) -> float:
    """Return the mean Dice over images of what is above one half."""
    found, truth = np.asarray(probabilities) > 0.5, np.asarray(masks) > 0
    both, sizes = (found & truth).sum((1, 2)), found.sum((1, 2)) + truth.sum((1, 2))
    return float((2 * both / np.maximum(sizes, 1)).mean())
