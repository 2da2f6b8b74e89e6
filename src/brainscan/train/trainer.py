"""A network that is trained as often as asked, and compiled once."""

import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
from numpy.typing import NDArray

from brainscan._backend import require_jax
from brainscan._core.checks import check_same_length
from brainscan._core.types import Labels, Scores
from brainscan.metrics.classification import decide
from brainscan.models import mirrored
from brainscan.train.batches import full_batches
from brainscan.train.compiled import Compiled
from brainscan.train.history import Epoch, History
from brainscan.train.last_layer import LastLayer
from brainscan.train.loss import class_weights, loss_function
from brainscan.train.rates import rate_at, rate_shares, thaw
from brainscan.train.recipe import Recipe
from brainscan.train.step import State, inference_step, keep, start, training_step

OnEpoch = Callable[[Epoch], None]


class Trainer:
    """Trains one network, as often as asked, compiling each step once.

    Every batch has the recipe's batch size: a last, smaller one is filled up with other images of
    the set, which count neither in the loss nor in the figures, so nothing is compiled again.

    Args:
        model: a classifier as `brainscan.models.build` returns it; changed by `fit`.
        recipe: how to train it.

    Raises:
        RuntimeError: Keras does not run on JAX.
        ValueError: the model has two output units, where two classes need one; or the recipe asks
            for what the model cannot give, such as a count of resolutions it does not show.

    Example:
        >>> import brainscan as bs
        >>> model = bs.models.build("small_cnn", (64, 64, 3), weights=None)
        >>> trainer = bs.train.Trainer(model, bs.train.Recipe(epochs=1, size=(64, 64)))
    """

    def __init__(self, model: keras.Model, recipe: Recipe) -> None:
        require_jax("brainscan.train")
        if not isinstance(recipe, Recipe):
            raise TypeError(f"recipe must be a Recipe; got {recipe!r}. See brainscan.train.PAPER.")
        self.model = model
        self.recipe = recipe
        units = int(model.output_shape[-1])
        if units == 2:
            raise ValueError(
                "a model of two classes must end in one sigmoid unit; got two units. "
                "brainscan.models.build(..., classes=2) makes one."
            )
        self.classes = 2 if units == 1 else units
        self._head = LastLayer(model, recipe) if recipe.head_first else None
        thaw(model, recipe)
        self._optimizer = _optimizer(model, recipe)
        losses_of = loss_function(recipe, self.classes)
        shares = rate_shares(model, recipe.layer_decay)
        self._compiled = Compiled(
            donated={"train": 0},
            inference=("infer",),
            train=training_step(model, self._optimizer, losses_of, recipe, shares),
            infer=inference_step(model, losses_of),
        )

    @property
    def compile_seconds(self) -> float:
        """What compilation took so far."""
        head = 0.0 if self._head is None else self._head.compiled.seconds
        return self._compiled.seconds + head

    def fit(
        self,
        images: NDArray[Any],
        labels: NDArray[Any],
        validation: tuple[NDArray[Any], NDArray[Any]] | None = None,
        seed: int = 0,
        on_epoch: OnEpoch | None = None,
    ) -> History:
        """Train from the model's present weights; the model ends with those of its best epoch.

        Args:
            images: ``(n, height, width, channels)`` in 0 to 255; kept on the device as given, so
                uint8 takes a quarter of the memory of float32.
            labels: ``(n,)`` class indices, of any integer dtype.
            validation: images and labels that choose the best epoch, by the lowest loss. Without
                them, or with ``checkpoint="last"``, the last epoch's weights stay.
            seed: decides the order of the images, the augmentation and the dropout.
            on_epoch: called after every epoch.

        Returns:
            The epochs' figures. After Ctrl-C those of the finished epochs, marked as interrupted.

        Raises:
            ValueError: the lengths or shapes don't fit, or a label is no class index.
            FloatingPointError: the loss became NaN or infinite.
        """
        if not 0 <= seed < 2**32:
            raise ValueError(f"seed must be a whole number from 0 to 2**32 - 1; got {seed!r}.")
        images, labels = self._checked(images, labels)
        validation = None if validation is None else self._checked(*validation)
        weights = class_weights(self.recipe, labels, self.classes)
        compiled_before, interrupted = self.compile_seconds, False
        if self._head is not None:
            self._head.fit(images, labels, weights[labels])
        on_device = jnp.asarray(images)
        order, key = np.random.default_rng(seed), jax.random.key(seed)
        state = self._start(seed)
        epochs: list[Epoch] = []
        best: tuple[float, Epoch, State] | None = None
        try:
            for number in range(1, self.recipe.epochs + 1):
                compiling, begin = self.compile_seconds, time.perf_counter()
                state = state._replace(loss_sum=jnp.zeros(()), correct=jnp.zeros(()))
                state = self._epoch(state, key, number, order, on_device, labels, weights)
                loss, correct = float(state.loss_sum), float(state.correct)
                if not np.isfinite(loss):
                    raise FloatingPointError(
                        f"the training loss must stay finite; it is {loss} in epoch {number}. "
                        "Lower the learning rate, or check the images."
                    )
                seen = self._validate(state, validation)
                seconds = time.perf_counter() - begin - (self.compile_seconds - compiling)
                epoch = Epoch(number, loss / len(labels), correct / len(labels), *seen, seconds)
                rank = epoch.validation_loss if self.recipe.chooses_an_epoch else None
                rank = -float(number) if rank is None else rank
                if best is None or rank < best[0]:
                    best = (rank, epoch, jax.tree.map(jnp.copy, state))
                epochs.append(epoch)
                if on_epoch is not None:
                    on_epoch(epoch)
        except KeyboardInterrupt:
            interrupted = True
        if best is not None:
            keep(self.model, best[2])
        compile_seconds = self.compile_seconds - compiled_before
        best_epoch = 0 if best is None else best[1].number
        return History(tuple(epochs), best_epoch, compile_seconds, interrupted)

    def _epoch(
        self,
        state: State,
        key: Any,
        number: int,
        order: np.random.Generator,
        images: Any,
        labels: Labels,
        weights: NDArray[np.float32],
    ) -> State:
        """Run the steps of one epoch."""
        size = self.recipe.batch_size
        steps = -(-len(labels) // size)
        batches = full_batches(order.permutation(len(labels)), size)
        for step, (index, counts) in enumerate(batches):
            done = (number - 1) * steps + step
            state = self._compiled(
                "train",
                state,
                jax.random.fold_in(key, number * 1_000_003 + step),
                jnp.float32(rate_at(self.recipe, done, steps * self.recipe.epochs)),
                jnp.take(images, index, axis=0).astype(jnp.float32),
                jnp.asarray(labels[index], jnp.int32),
                jnp.asarray(weights[labels[index]]),
                jnp.asarray(counts),
            )
        return state

    def scores(self, images: NDArray[Any]) -> Scores:
        """Return the model's scores: ``(n,)`` for two classes, ``(n, classes)`` for more."""
        images, labels = self._checked(images, np.zeros(len(images), np.int64))
        state = self._start(0)
        return self._over_views(images, lambda view: self._infer(state, view, labels)[0])

    def predictor(self) -> keras.Model:
        """Return the model that gives `scores`: with flips, one that looks at both views."""
        return mirrored(self.model) if self.recipe.flips else self.model

    def seconds_a_step(self, images: NDArray[Any], repeats: int = 10) -> float:
        """Return the median time of an inference step over a full batch, warm and synchronised."""
        size = self.recipe.batch_size
        batch = jnp.asarray(np.resize(images, (size, *images.shape[1:])), jnp.float32)
        state = self._start(0)
        arguments = (state.trainable, state.non_trainable, batch, jnp.zeros(size, jnp.int32))
        jax.block_until_ready(self._compiled("infer", *arguments))
        times: list[float] = []
        for _ in range(repeats):
            begin = time.perf_counter()
            for _ in range(1 + self.recipe.flips):
                jax.block_until_ready(self._compiled("infer", *arguments))
            times.append(time.perf_counter() - begin)
        return float(np.median(times))

    def _over_views(
        self, images: NDArray[Any], scores_of: Callable[[NDArray[Any]], Scores]
    ) -> Scores:
        if not self.recipe.flips:
            return scores_of(images)
        return (scores_of(images) + scores_of(images[:, :, ::-1])) / 2

    def _validate(
        self, state: State, validation: tuple[NDArray[Any], Labels] | None
    ) -> tuple[float | None, float | None]:
        if validation is None:
            return None, None
        scores, losses = self._infer(state, *validation)
        return float(losses.mean()), float((decide(scores) == validation[1]).mean())

    def _infer(
        self, state: State, images: NDArray[Any], labels: Labels
    ) -> tuple[Scores, NDArray[np.float32]]:
        scores: list[NDArray[Any]] = []
        losses: list[NDArray[Any]] = []
        for index, counts in full_batches(np.arange(len(labels)), self.recipe.batch_size):
            score, loss = self._compiled(
                "infer",
                state.judged,
                state.non_trainable,
                jnp.asarray(images[index], jnp.float32),
                jnp.asarray(labels[index], jnp.int32),
            )
            scores.append(np.asarray(score)[counts > 0])
            losses.append(np.asarray(loss)[counts > 0])
        joined = np.concatenate(scores)
        return (joined[:, 0] if self.classes == 2 else joined), np.concatenate(losses)

    def _start(self, seed: int) -> State:
        return start(self.model, self._optimizer, seed, averaged=self.recipe.ema_momentum > 0)

    def _checked(self, images: NDArray[Any], labels: NDArray[Any]) -> tuple[NDArray[Any], Labels]:
        check_same_length(images=images, labels=labels)
        images, labels = np.asarray(images), np.asarray(labels)
        if labels.dtype.kind not in "biu":
            raise ValueError(
                f"labels must be class indices, whole numbers; got dtype {labels.dtype}. "
                "Turn names into indices, as a Dataset does."
            )
        if labels.ndim != 1:
            raise ValueError(
                f"labels must have shape (n,), an index an image; got {labels.shape}. "
                "labels.argmax(axis=1) turns one-hot rows into indices."
            )
        labels = labels.astype(np.int64)
        expected = tuple(self.model.input_shape[1:])
        if images.shape[1:] != expected or len(images) == 0:
            raise ValueError(
                f"images must have shape (n, {', '.join(map(str, expected))}) with n of 1 or more; "
                f"got {images.shape}."
            )
        if images.dtype.kind == "f":
            low, high = float(images.min()), float(images.max())
            if not np.isfinite([low, high]).all() or 0 <= low < high <= 1:
                raise ValueError(
                    f"images must have finite pixels in 0 to 255; got {low} to {high}. "
                    "The model scales them itself: give them as they were read."
                )
        if labels.min() < 0 or labels.max() >= self.classes:
            raise ValueError(
                f"labels must be class indices below {self.classes}; "
                f"got {labels.min()} to {labels.max()}."
            )
        return images, labels


def _optimizer(model: keras.Model, recipe: Recipe) -> Any:
    optimizer: Any
    if recipe.weight_decay:
        optimizer = keras.optimizers.AdamW(recipe.learning_rate, weight_decay=recipe.weight_decay)
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    else:
        optimizer = keras.optimizers.Adam(recipe.learning_rate)
    optimizer.build(model.trainable_variables)
    return optimizer
