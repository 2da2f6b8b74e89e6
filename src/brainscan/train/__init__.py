"""Train a network as a frozen recipe says."""

from brainscan.train.fit import fit
from brainscan.train.history import Epoch, History
from brainscan.train.recipe import PAPER, Recipe
from brainscan.train.trainer import Trainer

__all__ = ["PAPER", "Epoch", "History", "Recipe", "Trainer", "fit"]
