"""The two functions that are compiled: a training step and an inference step."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import keras
from jaxtyping import Array

from brainscan.train.loss import Loss
from brainscan.train.mix import mix
from brainscan.train.recipe import Recipe


class State(NamedTuple):
    """What a training step changes: the network, the optimizer, and the sums of an epoch."""

    trainable: list[Array]
    non_trainable: list[Array]
    optimizer: list[Array]
    loss_sum: Array
    correct: Array
    average: list[Array]

    @property
    def judged(self) -> list[Array]:
        """The trainable weights to score and keep: their moving average, where there is one."""
        return self.average or self.trainable


def start(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, seed: int, averaged: bool = False
) -> State:
    """Copy the present weights, since a step gives its input's memory away.

    The streams of random numbers that layers such as dropout draw from start at ``seed``.
    """
    non_trainable = [
        jnp.array([seed, number], variable.value.dtype)
        if variable.path.endswith("seed_generator_state")
        else jnp.copy(variable.value)
        for number, variable in enumerate(model.non_trainable_variables)
    ]
    return State(
        [jnp.copy(variable.value) for variable in model.trainable_variables],
        non_trainable,
        [jnp.copy(variable.value) for variable in optimizer.variables],
        jnp.zeros(()),
        jnp.zeros(()),
        [jnp.copy(variable.value) for variable in model.trainable_variables if averaged],
    )


def keep(model: keras.Model, state: State) -> None:
    """Put a state's weights into the model."""
    for variables, values in (
        (model.trainable_variables, state.judged),
        (model.non_trainable_variables, state.non_trainable),
    ):
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)


def training_step(
    model: Any, optimizer: Any, losses_of: Loss, recipe: Recipe, shares: list[float]
) -> Callable[[State, Array, Array, Array, Array, Array, Array], State]:
    """Return the function that augments a batch, descends the gradient and adds up the figures.

    Args:
        model: the network.
        optimizer: built for its trainable variables.
        losses_of: the loss of each image.
        recipe: how to train it.
        shares: of the learning rate, for each trainable variable.
    """

    def step(
        state: State,
        key: Array,
        rate: Array,
        images: Array,
        labels: Array,
        weights: Array,
        counts: Array,
    ) -> State:
        if recipe.augmentation is not None:
            images = recipe.augmentation(key, images)
        partner, share = jnp.arange(len(labels)), jnp.ones(())
        if recipe.mixup or recipe.cutmix:
            images, partner, share = mix(
                jax.random.fold_in(key, 1), images, recipe.mixup, recipe.cutmix
            )

        def objective(trainable: list[Array]) -> tuple[Array, tuple[list[Array], Array, Array]]:
            scores, non_trainable, penalties = model.stateless_call(
                trainable, state.non_trainable, images, training=True, return_losses=True
            )
            losses = losses_of(labels, scores) * weights
            if recipe.mixup or recipe.cutmix:
                others = losses_of(labels[partner], scores) * weights[partner]
                losses = share * losses + (1 - share) * others
            losses = losses * counts
            chosen = scores[:, 0] > 0.5 if scores.shape[-1] == 1 else scores.argmax(axis=-1)
            correct = ((chosen == labels) * counts).sum()
            loss = losses.sum() / counts.sum() + sum(penalties)
            return loss, (non_trainable, losses.sum(), correct)

        gradient = jax.grad(objective, has_aux=True)
        gradients, (non_trainable, loss_sum, correct) = gradient(state.trainable)
        trainable, variables = optimizer.stateless_apply(
            state.optimizer, gradients, state.trainable
        )
        if recipe.schedule != "constant" or recipe.layer_decay != 1:
            # A step of Adam is proportional to its rate, so a share of the one is one of the other.
            trainable = [
                old + rate * share * (new - old)
                for old, new, share in zip(state.trainable, trainable, shares, strict=True)
            ]
        momentum = recipe.ema_momentum
        average = [
            momentum * old + (1 - momentum) * new
            for old, new in zip(state.average, trainable, strict=bool(state.average))
        ]
        return State(
            trainable,
            non_trainable,
            variables,
            state.loss_sum + loss_sum,
            state.correct + correct,
            average,
        )

    return step


def inference_step(
    model: Any, losses_of: Loss
) -> Callable[[list[Array], list[Array], Array, Array], tuple[Array, Array]]:
    """Return the function that gives the scores of a batch, and the loss of each image."""

    def step(
        trainable: list[Array], non_trainable: list[Array], images: Array, labels: Array
    ) -> tuple[Array, Array]:
        scores, _ = model.stateless_call(trainable, non_trainable, images, training=False)
        return scores, losses_of(labels, scores)

    return step
