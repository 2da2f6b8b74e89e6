"""Fit the last layer of a network to its optimum, on features that are computed once an image."""

import time
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from brainscan._core.types import Labels, Scores
from brainscan.metrics import accuracy, log_loss
from brainscan.train.history import Epoch, History
from brainscan.train.loss import class_weights
from brainscan.train.recipe import Recipe
from brainscan.train.trainer import OnEpoch, Trainer

_LAST = "score"


class LastLayerTrainer(Trainer):
    """Fits the last layer by logistic regression; the rest of the network stays as it is.

    Features are kept by the content of the image, so the folds of a cross-validation compute them
    once.

    Args:
        model: a classifier as `brainscan.models.build` returns it, with a head without weights;
            all but its last layer are frozen.
        recipe: how to train it; see `Recipe.penalty` and `Recipe.flips`.

    Raises:
        RuntimeError: Keras does not run on JAX.
        ValueError: the head has weights, which would stay random.
    """

    def __init__(self, model: keras.Model, recipe: Recipe) -> None:
        last = model.get_layer(_LAST)
        backbone = next(layer for layer in model.layers if isinstance(layer, keras.Model))
        random = [
            layer.name
            for layer in model.layers
            if layer.trainable_weights and layer not in (backbone, last)
        ]
        if random:
            raise ValueError(
                "trained='last_layer' needs a head without weights, which would stay random; "
                f"got layers {', '.join(random)}. Use head='stages' or 'global_average'."
            )
        for layer in model.layers:
            layer.trainable = layer is last
        super().__init__(model, recipe)
        self._last: Any = last
        body: Any = keras.Model(model.input, last.input)
        self._values = [variable.value for variable in body.variables]
        count = len(body.trainable_variables)

        def embed(values: list[Any], images: Any) -> Any:
            return body.stateless_call(values[:count], values[count:], images, training=False)[0]

        self._functions["embed"] = jax.jit(embed)
        self._known: dict[bytes, NDArray[np.float32]] = {}

    def fit(
        self,
        images: NDArray[Any],
        labels: NDArray[Any],
        validation: tuple[NDArray[Any], NDArray[Any]] | None = None,
        seed: int = 0,
        on_epoch: OnEpoch | None = None,
    ) -> History:
        """Fit the last layer; see `Trainer.fit`. The outcome does not depend on the seed.

        Validation images are only looked at: there is no epoch to choose.
        """
        images, labels = self._checked(images, labels)
        if len(np.unique(labels)) < self.classes:
            raise ValueError(
                f"labels must hold all {self.classes} classes; got {np.unique(labels).tolist()}."
            )
        weights = class_weights(self.recipe, labels, self.classes)[labels]
        compiling, begin = self.compile_seconds, time.perf_counter()
        views = [images, images[:, :, ::-1]] if self.recipe.flips else [images]
        table = np.concatenate([self._features(view) for view in views])
        # Every image counts once, however many views of it there are.
        shares = np.tile(weights / len(views), len(views))
        self._last.set_weights(
            _optimum(table, np.tile(labels, len(views)), shares, self.recipe.penalty)
        )
        figures = [self._figures(*part) for part in ((images, labels), validation) if part]
        seconds = time.perf_counter() - begin - (self.compile_seconds - compiling)
        seen = figures[1] if len(figures) == 2 else (None, None)
        epoch = Epoch(1, *figures[0], *seen, seconds)
        if on_epoch is not None:
            on_epoch(epoch)
        return History((epoch,), 1, self.compile_seconds - compiling)

    def scores(self, images: NDArray[Any]) -> Scores:
        """Return the model's scores; see `Trainer.scores`."""
        images, _ = self._checked(images, np.zeros(len(images), np.int64))

        def scores_of(view: NDArray[Any]) -> Scores:
            scores = np.asarray(self._last(self._features(view)))
            return scores[:, 0] if self.classes == 2 else scores

        return self._over_views(images, scores_of)

    def _figures(self, images: NDArray[Any], labels: Labels) -> tuple[float, float]:
        scores = self.scores(images).astype(np.float64)
        return log_loss(labels, scores), accuracy(labels, scores)

    def _features(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Return what the last layer sees, ``(n, d)``."""
        keys = [blake2b(image.tobytes(), digest_size=16).digest() for image in images]
        new = np.array([i for i, key in enumerate(keys) if key not in self._known], np.int64)
        if len(new):
            for index, counts in self._batches(new):
                batch = jnp.asarray(images[index], jnp.float32)
                found = np.asarray(self._run("embed", self._values, batch))
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


def make_trainer(model: keras.Model, recipe: Recipe) -> Trainer:
    """Return the trainer that the recipe asks for."""
    kind: Callable[[keras.Model, Recipe], Trainer] = (
        LastLayerTrainer if recipe.trained == "last_layer" else Trainer
    )
    return kind(model, recipe)
