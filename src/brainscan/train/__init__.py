"""Train a network as a frozen recipe says."""

from brainscan.train.fit import fit
from brainscan.train.history import Epoch, History
from brainscan.train.last_layer_trainer import LastLayerTrainer, make_trainer
from brainscan.train.recipe import CAREFUL, FROZEN, PAPER, SEGMENT, Recipe
from brainscan.train.trainer import Trainer

__all__ = [
    "CAREFUL",
    "FROZEN",
    "PAPER",
    "SEGMENT",
    "Epoch",
    "History",
    "LastLayerTrainer",
    "Recipe",
    "Trainer",
    "fit",
    "make_trainer",
]
