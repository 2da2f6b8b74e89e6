"""How a network is trained: one frozen value, so that an experiment is one line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
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
        trained: ``"all"`` layers by gradient descent, or the ``"last_layer"`` alone: it is fitted
            to its optimum, a logistic regression on frozen features, which are computed once an
            image. Then epochs, batches, rate, loss and augmentation do not matter, and nothing is
            chosen on validation images: they are learnt from too.
        penalty: for ``"last_layer"``: half of it times the squared weights is added to the sum of
            the losses. Features are standardised and divided by the root of their number first,
            so one value serves many features as well as few.
        flips: whether the score of an image is the mean of its own and of its mirror image's; with
            ``"last_layer"`` mirror images are learnt from too.

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
    class_weights: Literal["balanced"] | Sequence[float] | None = None
    augmentation: Augmentation | None = field(default_factory=augment.paper)
    size: tuple[int, int] = (150, 150)
    weights: str | Path | None = "imagenet"
    head: str = "paper"
    scaling: str = "standardized"
    trained: Literal["all", "last_layer"] = "all"
    penalty: float = 0.2
    flips: bool = False

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be a positive integer; got {value!r}.")
        for name in ("learning_rate", "penalty"):
            value = getattr(self, name)
            if not 0 < value < float("inf"):
                raise ValueError(f"{name} must be above 0 and finite; got {value!r}.")
        if self.trained not in ("all", "last_layer"):
            raise ValueError(f"trained must be 'all' or 'last_layer'; got {self.trained!r}.")
        if self.augmentation is not None and not callable(self.augmentation):
            raise ValueError(
                "augmentation must be a function (key, images) -> images or None; "
                f"got {self.augmentation!r}. The paper's is brainscan.augment.paper()."
            )
        if self.loss not in ("cross_entropy", "focal"):
            raise ValueError(f"loss must be 'cross_entropy' or 'focal'; got {self.loss!r}.")
        self._check_class_weights()
        check_size(self.size)

    def _check_class_weights(self) -> None:
        weights = self.class_weights
        if isinstance(weights, str) and weights != "balanced":
            raise ValueError(
                f"class_weights must be 'balanced', a weight for each class or None; "
                f"got {weights!r}."
            )
        if weights is not None and not isinstance(weights, str):
            object.__setattr__(self, "class_weights", tuple(weights))
            if not all(weight > 0 for weight in weights):
                raise ValueError(f"class_weights must be above 0; got {weights}.")

    def settings(self) -> dict[str, Any]:
        """Return the values as JSON can hold them."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        values["augmentation"] = _name(self.augmentation)
        values["size"] = list(self.size)
        if self.weights is not None and self.weights != "imagenet":
            values["weights"] = str(self.weights)
            path = Path(self.weights)  # a missing file is the model's to report
            content = path.read_bytes() if path.is_file() else b""
            values["weights_sha256"] = sha256(content).hexdigest()
        if isinstance(self.class_weights, tuple):
            values["class_weights"] = list(self.class_weights)
        return values


def _name(augmentation: Augmentation | None) -> str | None:
    """Return what an augmentation is; an object that only shows its address, by its type."""
    if augmentation is None:
        return None
    shown = repr(augmentation)
    kind = augmentation if hasattr(augmentation, "__qualname__") else type(augmentation)
    return f"{kind.__module__}.{kind.__qualname__}" if " at 0x" in shown else shown


PAPER = Recipe()
"""20 epochs, batches of 16, Adam at 1e-4, cross-entropy, every layer trained, augmentation on."""

CAREFUL = Recipe(
    epochs=1,
    augmentation=None,
    head="stages",
    scaling="backbone",
    trained="last_layer",
    flips=True,
)
"""For few images: frozen ImageNet features of all resolutions, a regularised last layer, flips."""
