"""A network as one compiled function from crops to scores and features."""

from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
from jaxtyping import Float, UInt8
from numpy.typing import NDArray

from brainscan._backend import compiler_options, require_jax

BATCH = 16


class Scorer:
    """The scores of a network, and the features that its last layer stands on.

    It compiles for one image and for a full batch, each when first needed, and for nothing else: a
    last, smaller batch is filled up.

    Args:
        network: a classifier as `brainscan.models.build` returns it, with the last layer ``score``.
        flips: whether scores and features are the mean over an image and its mirror image.
        batch_size: images a step.
    """

    def __init__(self, network: keras.Model, flips: bool, batch_size: int = BATCH) -> None:
        require_jax("brainscan.predict")
        last: Any = network.get_layer("score")
        both: Any = keras.Model(network.input, [network.output, last.input])

        def run(trainable: list[Any], others: list[Any], images: Any) -> tuple[Any, Any]:
            pixels = images.astype(jnp.float32)
            views = jnp.concatenate([pixels, pixels[:, :, ::-1]]) if flips else pixels
            outputs: Any = both.stateless_call(trainable, others, views, training=False)[0]
            scores, features = (
                part.reshape(-1, len(images), part.shape[-1]).mean(axis=0) for part in outputs
            )
            return scores, features

        self._run = jax.jit(run, compiler_options=compiler_options(inference=True))
        self._batch_size = batch_size
        self._values = (
            [variable.value for variable in both.trainable_variables],
            [variable.value for variable in both.non_trainable_variables],
        )

    def __call__(
        self, images: UInt8[np.ndarray, "n h w 3"]
    ) -> tuple[NDArray[np.float64], Float[np.ndarray, "n d"]]:
        """Return scores and features.

        Args:
            images: crops, 0 to 255; one or more.

        Returns:
            ``(n,)`` probabilities of class 1, or ``(n, classes)``; and ``(n, d)`` features.
        """
        size = 1 if len(images) == 1 else self._batch_size
        parts: list[tuple[Any, ...]] = []
        for start in range(0, len(images), size):
            batch = images[start : start + size]
            filled = np.resize(batch, (size, *images.shape[1:]))
            parts.append(
                tuple(np.asarray(part)[: len(batch)] for part in self._run(*self._values, filled))
            )
        scores, features = (np.concatenate(some) for some in zip(*parts, strict=True))
        wide = scores.astype(np.float64)
        return (wide[:, 0] if wide.shape[1] == 1 else wide), features
