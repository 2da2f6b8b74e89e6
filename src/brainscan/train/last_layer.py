"""Fit the last layer of a network to its optimum, on features that are computed once an image."""

from hashlib import blake2b
from typing import Any

import jax.numpy as jnp
import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from brainscan._core.types import Labels
from brainscan.train.batches import full_batches
from brainscan.train.compiled import Compiled
from brainscan.train.rates import backbone_of
from brainscan.train.recipe import Recipe

_LAST = "score"


class LastLayer:
    """The last layer of a classifier, over features of the network below it.

    Features are kept by the content of the image for as long as the network below keeps its
    weights, so the folds of a cross-validation compute them once.

    Args:
        model: a classifier as `brainscan.models.build` returns it, with a head without weights.
        recipe: its penalty, flips and batch size count.

    Raises:
        ValueError: the head has weights, which would stay random.
    """

    def __init__(self, model: keras.Model, recipe: Recipe) -> None:
        last: Any = model.get_layer(_LAST)
        backbone = backbone_of(model)
        random = [
            layer.name for layer in model.layers if layer.weights and layer not in (backbone, last)
        ]
        if random:
            raise ValueError(
                "a last layer that is fitted to its optimum needs a head without weights, which "
                f"would stay random; got layers {', '.join(random)}. "
                "Use head='stages' or 'global_average'."
            )
        body: Any = keras.Model(model.input, last.input)

        def embed(trainable: list[Any], others: list[Any], images: Any) -> Any:
            return body.stateless_call(trainable, others, images, training=False)[0]

        self.compiled = Compiled(inference=("embed",), embed=embed)
        self._last, self._body, self._recipe = last, body, recipe
        self._known: dict[bytes, NDArray[np.float32]] = {}
        self._weights = b""

    def fit(self, images: NDArray[Any], labels: Labels, weights: NDArray[Any]) -> None:
        """Give the layer the weights of a regularised logistic regression.

        Args:
            images: ``(n, height, width, channels)`` in 0 to 255.
            labels: ``(n,)`` class indices.
            weights: ``(n,)``; how much each image counts.

        Raises:
            ValueError: a class has no image.
        """
        classes = max(2, int(self._last.units))
        if len(np.unique(labels)) < classes:
            raise ValueError(
                f"labels must hold all {classes} classes; got {np.unique(labels).tolist()}."
            )
        views = [images, images[:, :, ::-1]] if self._recipe.flips else [images]
        table = np.concatenate([self.features(view) for view in views])
        # Every image counts once, however many views of it there are.
        shares = np.tile(weights / len(views), len(views))
        self._last.set_weights(
            _optimum(table, np.tile(labels, len(views)), shares, self._recipe.penalty)
        )

    def scores(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Return what the layer says of images, ``(n, units)``."""
        return np.asarray(self._last(self.features(images)))

    def features(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Return what the layer sees, ``(n, d)``."""
        trainable = [variable.value for variable in self._body.trainable_variables]
        others = [variable.value for variable in self._body.non_trainable_variables]
        weights = blake2b(b"".join(np.asarray(v).tobytes() for v in [*trainable, *others])).digest()
        if weights != self._weights:
            self._known, self._weights = {}, weights
        keys = [blake2b(image.tobytes(), digest_size=16).digest() for image in images]
        new = np.array([i for i, key in enumerate(keys) if key not in self._known], np.int64)
        if len(new):
            for index, counts in full_batches(new, self._recipe.batch_size):
                batch = jnp.asarray(images[index], jnp.float32)
                found = np.asarray(self.compiled("embed", trainable, others, batch))
                for i, row, count in zip(index, found, counts, strict=True):
                    if count:
                        self._known[keys[i]] = row
        return np.stack([self._known[key] for key in keys])


def _optimum(
    table: NDArray[np.float32], labels: Labels, weights: NDArray[Any], penalty: float
) -> list[NDArray[np.float32]]:
    """Return kernel ``(d, units)`` and bias of the regularised logistic regression."""
    mean, scale = table.mean(axis=0, dtype=np.float64), table.std(axis=0, dtype=np.float64)
    scale = np.where(scale > 0, scale, 1.0) * np.sqrt(table.shape[1])
    rows = (table - mean) / scale
    regression: Any = LogisticRegression(C=1 / penalty, max_iter=5000, tol=1e-6)
    if len(rows) > rows.shape[1]:
        regression.fit(rows, labels, sample_weight=weights)
        best = regression.coef_
    else:
        # The best weights are a mixture of the rows, so as few numbers are sought as images are.
        squares, left = np.linalg.eigh(rows @ rows.T)
        known = squares > 1e-12 * squares.max()
        left, sizes = left[:, known], np.sqrt(squares[known])
        regression.fit(left * sizes, labels, sample_weight=weights)
        best = regression.coef_ @ (left / sizes).T @ rows
    kernel = best.T / scale[:, None]
    bias = regression.intercept_ - mean @ kernel
    return [kernel.astype(np.float32), bias.astype(np.float32)]
