"""The two functions that are compiled: a training step and an inference step."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import keras
from jaxtyping import Array

from brainscan.train.judge import Figures, Judge
from brainscan.train.mix import mix
from brainscan.train.recipe import Recipe
from brainscan.train.targets import Targets


class State(NamedTuple):
    """What a training step changes: the network, the optimizer, and the sums of an epoch."""

    trainable: list[Array]
    non_trainable: list[Array]
    optimizer: list[Array]
    sums: dict[str, Array]
    average: list[Array]

    @property
    def judged(self) -> list[Array]:
        """The trainable weights to score and keep: their moving average, where there is one."""
        return self.average or self.trainable


def start(
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    seed: int,
    figures: tuple[str, ...],
    averaged: bool = False,
) -> State:
    """Copy the present weights, since a step gives its input's memory away.

    The streams of random numbers that layers such as dropout draw from start at ``seed``; the sums
    of the figures of these names, at 0.
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
        {name: jnp.zeros(()) for name in figures},
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
    model: Any, optimizer: Any, judge: Judge, recipe: Recipe, shares: list[float]
) -> Callable[[State, Array, Array, Array, Targets, Array, Array], State]:
    """Return the function that augments a batch, descends the gradient and adds up the figures.

    Args:
        model: the network.
        optimizer: built for its trainable variables.
        judge: the figures of each image.
        recipe: how to train it.
        shares: of the learning rate, for each trainable variable.
    """

    def step(
        state: State,
        key: Array,
        rate: Array,
        images: Array,
        targets: Targets,
        weights: Array,
        counts: Array,
    ) -> State:
        augmentation: Any = recipe.augmentation
        if augmentation is not None:
            images = augmentation(key, images)
            if targets.masks is not None:
                targets = targets._replace(masks=augmentation.transform_mask(key, targets.masks))
        partner, share = jnp.arange(len(images)), jnp.ones(())
        if recipe.mixup or recipe.cutmix:
            images, partner, share = mix(
                jax.random.fold_in(key, 1), images, recipe.mixup, recipe.cutmix
            )

        def objective(trainable: list[Array]) -> tuple[Array, tuple[list[Array], Figures]]:
            outputs, non_trainable, penalties = model.stateless_call(
                trainable, state.non_trainable, images, training=True, return_losses=True
            )
            figures = judge(targets, outputs)
            losses = figures["loss"] * weights
            if recipe.mixup or recipe.cutmix:
                others = judge(targets.take(partner), outputs)["loss"] * weights[partner]
                losses = share * losses + (1 - share) * others
            figures = {**figures, "loss": losses}
            sums = {name: (values * counts).sum() for name, values in figures.items()}
            return sums["loss"] / counts.sum() + sum(penalties), (non_trainable, sums)

        gradient = jax.grad(objective, has_aux=True)
        gradients, (non_trainable, sums) = gradient(state.trainable)
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
            {name: total + sums[name] for name, total in state.sums.items()},
            average,
        )

    return step


def inference_step(
    model: Any, judge: Judge
) -> Callable[[list[Array], list[Array], Array, Targets], tuple[Any, Figures]]:
    """Return the function that gives a model's outputs for a batch, and each image's figures."""

    def step(
        trainable: list[Array], non_trainable: list[Array], images: Array, targets: Targets
    ) -> tuple[Any, Figures]:
        outputs, _ = model.stateless_call(trainable, non_trainable, images, training=False)
        return outputs, judge(targets, outputs)

    return step
