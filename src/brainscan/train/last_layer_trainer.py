"""A trainer that fits the last layer alone, and the choice between the trainers."""

import time
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from brainscan._core.types import Scores
from brainscan.metrics import accuracy, log_loss
from brainscan.train.checks import check_images
from brainscan.train.history import Epoch, History
from brainscan.train.last_layer import LastLayer
from brainscan.train.loss import class_weights
from brainscan.train.recipe import Recipe
from brainscan.train.trainer import Masks, OnEpoch, Trainer


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
        super().__init__(model, recipe)
        self._last = self._head or LastLayer(model, recipe)
        self._head = self._last

    def fit(
        self,
        images: NDArray[Any],
        labels: NDArray[Any] | None,
        validation: tuple[Any, ...] | None = None,
        seed: int = 0,
        on_epoch: OnEpoch | None = None,
        masks: Masks | None = None,
    ) -> History:
        """Fit the last layer; see `Trainer.fit`. The outcome does not depend on the seed.

        Validation images are only looked at: there is no epoch to choose.
        """
        images, targets = self._checked(images, labels, masks)
        known = targets.labels
        weights = class_weights(self.recipe, known, self.classes)[known]
        compiling, begin = self.compile_seconds, time.perf_counter()
        self._last.fit(images, known, weights)
        figures = [self._figures(*part) for part in ((images, known), validation) if part]
        seconds = time.perf_counter() - begin - (self.compile_seconds - compiling)
        seen = figures[1] if len(figures) == 2 else (None, None)
        epoch = Epoch(1, *figures[0], *seen, seconds)
        if on_epoch is not None:
            on_epoch(epoch)
        return History((epoch,), 1, self.compile_seconds - compiling)

    def scores(self, images: NDArray[Any]) -> Scores:
        """Return the model's scores; see `Trainer.scores`."""
        images = check_images(self.model, images)

        def scores_of(view: NDArray[Any]) -> Scores:
            scores = self._last.scores(view)
            return scores[:, 0] if self.classes == 2 else scores

        return self._over_views(images, scores_of)

    def _figures(self, images: NDArray[Any], labels: NDArray[Any]) -> tuple[float, float]:
        scores = self.scores(images).astype(np.float64)
        return log_loss(labels, scores), accuracy(labels, scores)


def make_trainer(model: keras.Model, recipe: Recipe) -> Trainer:
    """Return the trainer that the recipe asks for."""
    return (LastLayerTrainer if recipe.trained == "last_layer" else Trainer)(model, recipe)
