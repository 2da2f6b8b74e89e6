"""How a network is trained: one frozen value, so that an experiment is one line."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from brainscan import augment
from brainscan._core.checks import check_size

Augmentation = Callable[..., Any]


@dataclass(frozen=True)
class Recipe:
    """Everything that is chosen before a network is trained; the defaults are the paper's.

    Args:
        epochs: passes over the training images.
        batch_size: images a step.
        learning_rate: of Adam.
        loss: ``"cross_entropy"``, or ``"focal"`` (gamma 2), which gives hard images more weight
            (Lin et al., doi:10.1109/ICCV.2017.324).
        class_weights: ``"balanced"`` for weights inverse to the class frequencies in the training
            images, a weight for each class, or None.
        augmentation: a function ``(key, images) -> images`` such as `brainscan.augment.paper`, run
            on the device in the training step only; None for no augmentation.
        size: height and width of the images given to the network, in pixels.
        weights: what the network starts from, see `brainscan.models.build`.
        head: the head's name, see `brainscan.models.build`.
        scaling: the input scaling's name, see `brainscan.models.build`.

    Example:
        >>> from dataclasses import replace
        >>> from brainscan.train import PAPER
        >>> replace(PAPER, epochs=5, weights=None).epochs
        5
    """

    epochs: int = 20
    batch_size: int = 16
    learning_rate: float = 1e-4
    loss: Literal["cross_entropy", "focal"] = "cross_entropy"
    class_weights: Literal["balanced"] | tuple[float, ...] | None = None
    augmentation: Augmentation | None = field(default_factory=augment.paper)
    size: tuple[int, int] = (150, 150)
    weights: str | None = "imagenet"
    head: str = "paper"
    scaling: str = "standardized"

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be a positive integer; got {value!r}.")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be above 0; got {self.learning_rate!r}.")
        if self.loss not in ("cross_entropy", "focal"):
            raise ValueError(f"loss must be 'cross_entropy' or 'focal'; got {self.loss!r}.")
        weights = self.class_weights
        if isinstance(weights, str) and weights != "balanced":
            raise ValueError(
                f"class_weights must be 'balanced', a weight for each class or None; "
                f"got {weights!r}."
            )
        if isinstance(weights, tuple) and not all(weight > 0 for weight in weights):
            raise ValueError(f"class_weights must be above 0; got {weights}.")
        check_size(self.size)

    def settings(self) -> dict[str, Any]:
        """Return the values as JSON can hold them."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        values["augmentation"] = None if self.augmentation is None else repr(self.augmentation)
        values["size"] = list(self.size)
        if isinstance(self.class_weights, tuple):
            values["class_weights"] = list(self.class_weights)
        return values


PAPER = Recipe()
"""20 epochs, batches of 16, Adam at 1e-4, cross-entropy, every layer trained, augmentation on."""
