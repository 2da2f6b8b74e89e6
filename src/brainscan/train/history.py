"""What happened while a network was trained."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Epoch:
    """The figures of one epoch; those of validation are None where there were no such images.

    Training figures are means over the augmented batches while the weights changed, as in Keras.
    Accuracy is None for a network without a score, Dice (of what is above one half, the mean over
    the images whose masks are known) for one without a mask.
    """

    number: int
    loss: float
    accuracy: float | None
    validation_loss: float | None
    validation_accuracy: float | None
    seconds: float
    dice: float | None = None
    validation_dice: float | None = None


@dataclass(frozen=True)
class History:
    """The epochs of one training.

    Args:
        epochs: the finished epochs in order.
        best_epoch: the number of the epoch whose weights the model holds; 0 if none finished.
        compile_seconds: what XLA took to compile the step, not part of the epochs' seconds; 0 where
            it had been compiled before.
        interrupted: whether it was stopped with Ctrl-C.
    """

    epochs: tuple[Epoch, ...]
    best_epoch: int
    compile_seconds: float
    interrupted: bool = False

    @property
    def seconds(self) -> float:
        """The time of all epochs together, without compilation."""
        return sum(epoch.seconds for epoch in self.epochs)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "History":
        """Make a history from what `to_dict` returned."""
        epochs: Any = tuple(Epoch(**epoch) for epoch in values["epochs"])
        return cls(**{**values, "epochs": epochs})
