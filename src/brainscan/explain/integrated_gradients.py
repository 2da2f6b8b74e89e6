"""Integrated gradients: what each pixel adds to the logit on the way from a baseline."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from brainscan.explain.baseline import baselines
from brainscan.explain.batches import in_batches
from brainscan.explain.method import methods
from brainscan.explain.network import Network

_MOST_MISSED = 0.25  # of the change of the logit: more than this, and a warning says so
_NO_CHANGE = 1e-3  # of a logit: less is rounding


@methods.register("integrated_gradients")
@dataclass(frozen=True)
class IntegratedGradients:
    """Integrated gradients: gradients along a straight line from a baseline, times the difference.

    What the pixels are given adds up to the difference of the logit between image and baseline.
    How nearly, tells whether the steps were enough: a warning says where, over all images, more
    than a quarter is missed.

    Args:
        steps: how many points of the line are looked at (Gauss-Legendre), 1 or more.
        baseline: what the image is compared with, one of `brainscan.explain.baselines`:
            ``"blurred"``, ``"black"`` or ``"mean"``. On a model that standardises each image the
            last two are one and the same picture along the whole line but its very beginning, and
            tell nothing.

    Raises:
        ValueError: a setting is out of range.

    References:
        Sundararajan et al., "Axiomatic Attribution for Deep Networks", ICML 2017,
        https://arxiv.org/abs/1703.01365.
    """

    steps: int = 32
    baseline: str = "blurred"

    def __post_init__(self) -> None:
        steps: Any = self.steps
        if not isinstance(steps, int) or isinstance(steps, bool) or steps < 1:
            raise ValueError(f"steps must be a positive whole number; got {steps!r}.")
        baselines[self.baseline]

    def attribute(
        self, network: Network, images: NDArray[np.float32], target: int
    ) -> NDArray[np.float32]:
        """Return ``(n, height, width)``, see `brainscan.explain.Method`; signed."""
        explain, values = network.compiled(self, lambda: self._make(network)), network.values
        changes: list[NDArray[Any]] = []

        def one_batch(batch: Any, without: Any) -> Any:
            found, change = explain(values, target, batch, without)
            changes.append(np.asarray(change))
            return found

        found = in_batches(one_batch, images, baselines[self.baseline](images))
        change = np.concatenate(changes)[: len(images)]
        missed = np.abs(found.sum(axis=(1, 2)) - change).sum()
        share = float(missed / max(float(np.abs(change).sum()), _NO_CHANGE * len(images)))
        if share > _MOST_MISSED:
            warnings.warn(
                f"integrated gradients must add up to the change of the logit; with {self.steps} "
                f"steps from the baseline {self.baseline!r} they miss {share:.0%} of it. Give more "
                "steps, or another baseline.",
                stacklevel=4,
            )
        return found

    def _make(self, network: Network) -> Callable[..., Any]:
        points, weights = np.polynomial.legendre.leggauss(self.steps)
        line = jnp.asarray(np.stack([(points + 1) / 2, weights / 2], axis=1), jnp.float32)

        def explain(values: list[Any], target: Any, images: Any, without: Any) -> tuple[Any, Any]:
            def total(seen: Any) -> Any:
                return network.logit(values, seen, target).sum()

            def add(so_far: Any, point: Any) -> tuple[Any, None]:
                place, weight = point
                slope = jax.grad(total)(without + place * (images - without))
                return so_far + weight * slope, None

            mean_slope, _ = jax.lax.scan(add, jnp.zeros_like(images), line)
            before, after = (network.logit(values, seen, target) for seen in (without, images))
            return ((images - without) * mean_slope).sum(axis=-1), after - before

        return explain
