"""The two functions that are compiled: a training step and an inference step."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import keras
from jaxtyping import Array

from brainscan.train.loss import Loss
from brainscan.train.recipe import Augmentation


class State(NamedTuple):
    """What a training step changes: the network, the optimizer, and the sums of an epoch."""

    trainable: list[Array]
    non_trainable: list[Array]
    optimizer: list[Array]
    loss_sum: Array
    correct: Array


def start(model: keras.Model, optimizer: keras.optimizers.Optimizer, seed: int) -> State:
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
    )


def keep(model: keras.Model, state: State) -> None:
    """Put a state's weights into the model."""
    for variables, values in (
        (model.trainable_variables, state.trainable),
        (model.non_trainable_variables, state.non_trainable),
    ):
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)


def training_step(
    model: Any,
    optimizer: Any,
    losses_of: Loss,
    augmentation: Augmentation | None,
) -> Callable[[State, Array, Array, Array, Array, Array], State]:
    """Return the function that augments a batch, descends the gradient and adds up the figures."""

    def step(
        state: State, key: Array, images: Array, labels: Array, weights: Array, counts: Array
    ) -> State:
        if augmentation is not None:
            images = augmentation(key, images)

        def objective(trainable: list[Array]) -> tuple[Array, tuple[list[Array], Array, Array]]:
            scores, non_trainable, penalties = model.stateless_call(
                trainable, state.non_trainable, images, training=True, return_losses=True
            )
            losses = losses_of(labels, scores) * weights * counts
            chosen = scores[:, 0] > 0.5 if scores.shape[-1] == 1 else scores.argmax(axis=-1)
            correct = ((chosen == labels) * counts).sum()
            loss = losses.sum() / counts.sum() + sum(penalties)
            return loss, (non_trainable, losses.sum(), correct)

        gradient = jax.grad(objective, has_aux=True)
        gradients, (non_trainable, loss_sum, correct) = gradient(state.trainable)
        trainable, variables = optimizer.stateless_apply(
            state.optimizer, gradients, state.trainable
        )
        return State(
            trainable, non_trainable, variables, state.loss_sum + loss_sum, state.correct + correct
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
