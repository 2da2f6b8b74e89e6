"""How well a network does on each image of a batch: its loss, and figures that a person reads."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from brainscan.train.loss import loss_function
from brainscan.train.mask_loss import hard_dice, mask_loss
from brainscan.train.recipe import Recipe
from brainscan.train.targets import Targets, read_outputs

Figures = dict[str, Any]
"""``(n,)`` each: ``"loss"``; ``"accuracy"`` where there is a score; ``"dice"`` where a mask is."""

Judge = Callable[[Targets, Any], Figures]


def make_judge(recipe: Recipe, classes: int) -> Judge:
    """Return the function from targets and a model's outputs to the figures of each image.

    An image whose mask is not known has a loss by its score alone, and a Dice of 0, not to be
    counted.
    """
    losses_of, mask_losses_of = loss_function(recipe, classes), mask_loss(recipe)

    def judge(targets: Targets, outputs: Any) -> Figures:
        mask, score = read_outputs(outputs)
        figures: Figures = {"loss": jnp.zeros(len(targets.labels))}
        if score is not None:
            figures["loss"] += losses_of(targets.labels, score)
            chosen = score[:, 0] > 0.5 if score.shape[-1] == 1 else score.argmax(axis=-1)
            figures["accuracy"] = (chosen == targets.labels).astype(jnp.float32)
        if mask is not None:
            pair = targets.masks, mask[..., 0]
            figures["loss"] += targets.known * mask_losses_of(*pair)
            figures["dice"] = targets.known * hard_dice(*pair)
        return figures

    return judge
