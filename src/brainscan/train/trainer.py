"""A network that is trained as often as asked, and compiled once."""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
from numpy.typing import NDArray

from brainscan._backend import require_jax
from brainscan._core.checks import check_same_length
from brainscan._core.types import Scores
from brainscan.models import mirrored
from brainscan.train.batches import full_batches
from brainscan.train.checks import (
    check_images,
    check_labels,
    check_masks,
    check_one_network,
    check_outputs,
)
from brainscan.train.compiled import Compiled
from brainscan.train.history import Epoch, History
from brainscan.train.judge import Figures, make_judge
from brainscan.train.last_layer import LastLayer
from brainscan.train.loss import class_weights
from brainscan.train.rates import rate_at, rate_shares, thaw
from brainscan.train.recipe import Recipe
from brainscan.train.step import State, inference_step, keep, start, training_step
from brainscan.train.targets import Outputs, Targets, read_outputs, stack_masks

OnEpoch = Callable[[Epoch], None]
Masks = Sequence[Any] | NDArray[Any]


class Trainer:
    """Trains one network, as often as asked, compiling each step once.

    Every batch has the recipe's batch size: a last, smaller one is filled up with other images of
    the set, which count neither in the loss nor in the figures, so nothing is compiled again.

    Args:
        model: as `brainscan.models.build` or `brainscan.models.build_segmenter` returns it;
            changed by `fit`.
        recipe: how to train it.

    Raises:
        RuntimeError: Keras does not run on JAX.
        TypeError: the model outlines, and the augmentation would move its images alone.
        ValueError: the model has two output units, where two classes need one; or the recipe asks
            for what the model cannot give, such as a count of resolutions it does not show.

    Examples:
        >>> import brainscan as bs
        >>> model = bs.models.build("small_cnn", (64, 64, 3), weights=None)
        >>> trainer = bs.train.Trainer(model, bs.train.Recipe(epochs=1, size=(64, 64)))
    """

    def __init__(self, model: keras.Model, recipe: Recipe) -> None:
        require_jax("brainscan.train")
        check_one_network(recipe)
        self.model = model
        self.recipe = recipe
        self._outputs = read_outputs(model.output)
        check_outputs(self._outputs, recipe)
        score = self._outputs.score
        self.classes = 2 if score is None else max(2, int(score.shape[-1]))
        self._head = LastLayer(model, recipe) if recipe.head_first else None
        thaw(model, recipe)
        self._optimizer = _optimizer(model, recipe)
        judge = make_judge(recipe, self.classes)
        shares = rate_shares(model, recipe.layer_decay)
        self._compiled = Compiled(
            donated={"train": 0},
            inference=("infer",),
            train=training_step(model, self._optimizer, judge, recipe, shares),
            infer=inference_step(model, judge),
        )

    @property
    def compile_seconds(self) -> float:
        """What compilation took so far."""
        head = 0.0 if self._head is None else self._head.compiled.seconds
        return self._compiled.seconds + head

    def fit(
        self,
        images: NDArray[Any],
        labels: NDArray[Any] | None,
        validation: tuple[Any, ...] | None = None,
        seed: int = 0,
        on_epoch: OnEpoch | None = None,
        masks: Masks | None = None,
    ) -> History:
        """Train from the model's present weights; the model ends with those of its best epoch.

        Args:
            images: ``(n, height, width, channels)`` in 0 to 255; kept on the device as given, so
                uint8 takes a quarter of the memory of float32.
            labels: ``(n,)`` class indices, of any integer dtype. A network that gives no score
                learns nothing from them; they may be None.
            validation: images, labels and, where they are learnt, masks that choose the best epoch,
                by the lowest loss. Without them, or with ``checkpoint="last"``, the last epoch's
                weights stay.
            seed: decides the order of the images, the augmentation and the dropout.
            on_epoch: called after every epoch.
            masks: for a network that outlines, one an image: ``(height, width)`` of bools or whole
                numbers, what is not 0 is inside; None for an image whose mask is not known. That
                one counts by its label alone, where the network gives a score, else not at all.

        Returns:
            The epochs' figures. After Ctrl-C those of the finished epochs, marked as interrupted.

        Raises:
            ValueError: the lengths or shapes don't fit, a label is no class index, or masks are
                missing or not wanted.
            FloatingPointError: the loss became NaN or infinite.
        """
        if not 0 <= seed < 2**32:
            raise ValueError(f"seed must be a whole number from 0 to 2**32 - 1; got {seed!r}.")
        images, targets = self._checked(images, labels, masks)
        held_out = None if validation is None else self._checked(*validation)
        weights = class_weights(self.recipe, targets.labels, self.classes)[targets.labels]
        compiled_before, interrupted = self.compile_seconds, False
        if self._head is not None:
            self._head.fit(images, targets.labels, weights)
        on_device = jnp.asarray(images), jax.tree.map(jnp.asarray, targets), jnp.asarray(weights)
        order, key = np.random.default_rng(seed), jax.random.key(seed)
        state = self._start(seed)
        epochs: list[Epoch] = []
        best: tuple[float, Epoch, State] | None = None
        try:
            for number in range(1, self.recipe.epochs + 1):
                compiling, begin = self.compile_seconds, time.perf_counter()
                state = state._replace(sums={name: jnp.zeros(()) for name in state.sums})
                state = self._epoch(state, key, number, order, *on_device)
                trained = _means({name: float(v) for name, v in state.sums.items()}, targets)
                if not np.isfinite(trained["loss"]):
                    raise FloatingPointError(
                        f"the training loss must stay finite; it is {trained['loss']} in epoch "
                        f"{number}. Lower the learning rate, or check the images."
                    )
                seen = {} if held_out is None else self._validate(state, *held_out)
                epoch = Epoch(
                    number,
                    trained["loss"],
                    trained.get("accuracy"),
                    seen.get("loss"),
                    seen.get("accuracy"),
                    time.perf_counter() - begin - (self.compile_seconds - compiling),
                    trained.get("dice"),
                    seen.get("dice"),
                )
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
        targets: Targets,
        weights: Any,
    ) -> State:
        """Run the steps of one epoch."""
        size = self.recipe.batch_size
        steps = -(-len(images) // size)
        batches = full_batches(order.permutation(len(images)), size)
        for step, (index, counts) in enumerate(batches):
            done = (number - 1) * steps + step
            state = self._compiled(
                "train",
                state,
                jax.random.fold_in(key, number * 1_000_003 + step),
                jnp.float32(rate_at(self.recipe, done, steps * self.recipe.epochs)),
                jnp.take(images, index, axis=0).astype(jnp.float32),
                targets.take(index),
                weights[index],
                jnp.asarray(counts),
            )
        return state

    def scores(self, images: NDArray[Any]) -> Scores:
        """Return the model's scores: ``(n,)`` for two classes, ``(n, classes)`` for more.

        Raises:
            ValueError: the images don't fit, or the model outlines and gives no score.
        """
        if self._outputs.score is None:
            raise ValueError(
                f"{self.model.name} gives no score; ask for masks, or build it with classify=True."
            )
        images = check_images(self.model, images)

        def scores_of(view: NDArray[Any]) -> Scores:
            scores = self._infer(view).score
            return scores[:, 0] if self.classes == 2 else scores

        return self._over_views(images, scores_of)

    def masks(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Return the probability of tumour in each pixel, ``(n, height, width)``.

        Raises:
            ValueError: the images don't fit, or the model gives scores alone.
        """
        if self._outputs.mask is None:
            raise ValueError(
                f"{self.model.name} gives scores alone. "
                "brainscan.models.build_segmenter makes networks that outline."
            )
        images = check_images(self.model, images)
        masks = self._infer(images).mask[..., 0]
        if self.recipe.flips:
            mirrored = self._infer(images[:, :, ::-1]).mask[:, :, ::-1, 0]
            masks = (masks + mirrored) / 2
        return masks

    def predictor(self) -> keras.Model:
        """Return the model that gives `scores` or `masks`: with flips, one that looks twice."""
        return mirrored(self.model) if self.recipe.flips else self.model

    def seconds_a_step(self, images: NDArray[Any], repeats: int = 10) -> float:
        """Return the median time of an inference step over a full batch, warm and synchronised."""
        size = self.recipe.batch_size
        batch = jnp.asarray(np.resize(images, (size, *images.shape[1:])), jnp.float32)
        state = self._start(0)
        arguments = (state.trainable, state.non_trainable, batch, self._unknown(size))
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

    def _validate(self, state: State, images: NDArray[Any], targets: Targets) -> dict[str, float]:
        """Return the means of the figures."""
        figures = [figures for _, figures in self._batches(state, images, targets)]
        sums = {name: sum(float(part[name].sum()) for part in figures) for name in figures[0]}
        return _means(sums, targets)

    def _infer(self, images: NDArray[Any]) -> Outputs:
        """Return what the model says of images, as arrays."""
        batches = self._batches(self._start(0), images, self._unknown(len(images)))
        outputs = [outputs for outputs, _ in batches]
        return read_outputs(jax.tree.map(lambda *parts: np.concatenate(parts), *outputs))

    def _batches(
        self, state: State, images: NDArray[Any], targets: Targets
    ) -> Iterator[tuple[Any, Figures]]:
        """Yield outputs and figures of a batch after the other, as arrays."""
        for index, counts in full_batches(np.arange(len(images)), self.recipe.batch_size):
            found = self._compiled(
                "infer",
                state.judged,
                state.non_trainable,
                jnp.asarray(images[index], jnp.float32),
                jax.tree.map(jnp.asarray, targets.take(index)),
            )
            yield jax.tree.map(partial(_pick, counts > 0), found)

    def _start(self, seed: int) -> State:
        shown = {"accuracy": self._outputs.score, "dice": self._outputs.mask}
        figures = ("loss", *(name for name, output in shown.items() if output is not None))
        averaged = self.recipe.ema_momentum > 0
        return start(self.model, self._optimizer, seed, figures, averaged)

    def _checked(
        self, images: Any, labels: Any, masks: Masks | None = None
    ) -> tuple[NDArray[Any], Targets]:
        """Return images, and targets as arrays, or raise ValueError."""
        check_masks(self._outputs, masks)
        given = {"images": images, "labels": labels, "masks": masks}
        check_same_length(**{name: values for name, values in given.items() if values is not None})
        images = np.asarray(images)
        targets = self._unknown(len(images))
        if self._outputs.score is not None:
            targets = targets._replace(labels=check_labels(labels, self.classes))
        images = check_images(self.model, images)
        if masks is None:
            return images, targets
        stacked, known = stack_masks(masks, images.shape[1:3])
        targets = targets._replace(masks=stacked, known=known)
        if self._outputs.score is None and not known.all():
            return images[known > 0], targets.take(known > 0)
        return images, targets

    def _unknown(self, n: int) -> Targets:
        """Return the targets of images of which nothing is known."""
        labels = np.zeros(n, np.int64)
        if self._outputs.mask is None:
            return Targets(labels)
        size = self.model.input_shape[1:3]
        return Targets(labels, np.zeros((n, *size), np.uint8), np.zeros(n, np.float32))


def _pick(real: NDArray[np.bool_], values: Any) -> NDArray[Any]:
    return np.asarray(values)[real]


def _means(sums: dict[str, float], targets: Targets) -> dict[str, float]:
    """Return the means over images; that of Dice, over those whose masks are known."""
    known = 0.0 if targets.known is None else float(targets.known.sum())
    return {
        name: total / (known if name == "dice" else len(targets.labels))
        for name, total in sums.items()
    }


def _optimizer(model: keras.Model, recipe: Recipe) -> Any:
    optimizer: Any
    if recipe.weight_decay:
        optimizer = keras.optimizers.AdamW(recipe.learning_rate, weight_decay=recipe.weight_decay)
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    else:
        optimizer = keras.optimizers.Adam(recipe.learning_rate)
    optimizer.build(model.trainable_variables)
    return optimizer
