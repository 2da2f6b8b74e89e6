"""How a network is trained: one frozen value, so that an experiment is one line."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from numbers import Real
from pathlib import Path
from typing import Any, Literal

import numpy as np

from brainscan import augment
from brainscan._core.checks import check_size

Augmentation = Callable[..., Any]
_INFINITE = float("inf")
_RANGES: tuple[tuple[tuple[str, ...], str, Callable[[float], bool]], ...] = (
    (
        ("learning_rate", "penalty", "layer_decay"),
        "above 0 and finite",
        lambda value: 0 < value < _INFINITE,
    ),
    (
        ("weight_decay", "mixup", "cutmix"),
        "0 or above and finite",
        lambda value: 0 <= value < _INFINITE,
    ),
    (
        ("label_smoothing", "ema_momentum"),
        "0 or above and below 1",
        lambda value: 0 <= value < 1,
    ),
)
_CHOICES: dict[str, tuple[Any, ...]] = {
    "head_first": (False, True),
    "flips": (False, True),
    "frozen_batch_norm": (False, True),
    "loss": ("cross_entropy", "focal"),
    "mask_loss": ("dice_cross_entropy", "focal"),
    "schedule": ("constant", "cosine"),
    "checkpoint": ("best", "last"),
}


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
        trained: ``"all"`` layers by gradient descent; a number ``n``: the head and those layers of
            the backbone that make its last ``n`` resolutions; or the ``"last_layer"`` alone: it is
            fitted to its optimum, a logistic regression on frozen features, which are computed once
            an image. Then epochs, batches, rate, loss and augmentation do not matter, and nothing
            is chosen on validation images: they are learnt from too.
        head_first: whether the last layer is fitted to its optimum before the gradient descends, so
            that the backbone learns nothing from a random head (Kumar et al.,
            https://arxiv.org/abs/2202.10054). It stays there, and the backbone moves towards it. It
            needs a head without weights of its own.
        penalty: for a last layer that is fitted to its optimum: half of it times the squared
            weights is added to the sum of the losses. Features are standardised and divided by the
            root of their number first, so one value serves many features as well as few.
        flips: whether the score of an image is the mean of its own and of its mirror image's; a
            last layer that is fitted to its optimum learns from mirror images too.
        layer_decay: each resolution of the backbone learns at this share of the rate of the next
            coarser one, the coarsest at this share of the head's; 1 for one rate.
        frozen_batch_norm: whether batch norm keeps the statistics and weights it came with.
        schedule: ``"constant"``, or ``"cosine"``: the rate rises over the first tenth of the steps
            and falls to 0 along half a cosine.
        weight_decay: the share of a weight that a step at the full rate takes away, times the rate
            (AdamW; Loshchilov and Hutter, https://arxiv.org/abs/1711.05101); biases and the
            weights of batch norm are spared.
        label_smoothing: the share of each target that is spread over all classes, 0 to below 1.
        ema_momentum: above 0, the network is judged and kept with an exponential moving average of
            its weights: at each step the average moves by one minus this towards them.
        mixup: above 0, pairs of images and labels are blended, by a share from a beta distribution
            with this parameter (Zhang et al., https://arxiv.org/abs/1710.09412).
        cutmix: above 0, a box of one image is put into the other (Yun et al.,
            doi:10.1109/ICCV.2019.00612).
        mask_loss: of a network that outlines: ``"dice_cross_entropy"``, 1 less the soft Dice
            coefficient of an image (Milletari et al., doi:10.1109/3DV.2016.79) plus the mean
            cross-entropy of its pixels; or ``"focal"``, the mean of the pixels' focal losses.
        decoder: of a network that outlines, see `brainscan.models.build_segmenter`; the head is of
            no account there.
        checkpoint: ``"best"`` keeps the epoch with the lowest loss on validation images; with
            ``"last"`` there is nothing to choose, so a benchmark learns from validation images too.
        members: how many networks `brainscan.benchmark.run` trains in place of one, whose scores it
            averages (bagging; Breiman, doi:10.1007/BF00058655): each in another order, and without
            another of as many parts of the images, whole groups. Where an epoch is chosen, the
            part left out chooses it. 1 for one network.
        stacked: classical classifiers on texture features, by the names of
            `brainscan.features.classifiers`, that `brainscan.benchmark.run` trains beside the
            network: a logistic regression weighs their log odds, fitted on scores of inner grouped
            folds (stacking; Wolpert, doi:10.1016/S0893-6080(05)80023-1).

    Examples:
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
    trained: Literal["all", "last_layer"] | int = "all"
    head_first: bool = False
    penalty: float = 0.05
    flips: bool = False
    layer_decay: float = 1.0
    frozen_batch_norm: bool = False
    schedule: Literal["constant", "cosine"] = "constant"
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    ema_momentum: float = 0.0
    mixup: float = 0.0
    cutmix: float = 0.0
    mask_loss: Literal["dice_cross_entropy", "focal"] = "dice_cross_entropy"
    decoder: str = "unet"
    checkpoint: Literal["best", "last"] = "best"
    members: int = 1
    stacked: Sequence[str] = ()

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "members"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(f"{name} must be a positive integer; got {value!r}.")
        self._check_ranges()
        for name, known in _CHOICES.items():
            if getattr(self, name) not in known:
                shown = " or ".join(map(repr, known))
                raise ValueError(f"{name} must be {shown}; got {getattr(self, name)!r}.")
        self._check_trained()
        self._check_weights()
        if self.augmentation is not None and not _takes_two(self.augmentation):
            raise ValueError(
                "augmentation must be a function (key, images) -> images or None; "
                f"got {self.augmentation!r}. The paper's is brainscan.augment.paper()."
            )
        self._check_class_weights()
        self._check_stacked()
        check_size(self.size)

    def _check_ranges(self) -> None:
        for names, limits, allowed in _RANGES:
            for name in names:
                value = getattr(self, name)
                if not _is_number(value):
                    raise ValueError(f"{name} must be a number, {limits}; got {value!r}.")
                if not allowed(value):
                    raise ValueError(f"{name} must be {limits}; got {value!r}.")

    @property
    def chooses_an_epoch(self) -> bool:
        """Whether validation images choose the weights that are kept."""
        return self.trained != "last_layer" and self.checkpoint == "best"

    def _check_trained(self) -> None:
        trained: Any = self.trained
        counted = isinstance(trained, int) and not isinstance(trained, bool) and trained >= 1
        if trained not in ("all", "last_layer") and not counted:
            raise ValueError(
                "trained must be 'all', 'last_layer' or a number of resolutions, 1 or more; "
                f"got {trained!r}."
            )

    def _check_weights(self) -> None:
        weights: Any = self.weights
        if weights == "" or (weights is not None and not isinstance(weights, str | Path)):
            raise ValueError(f"weights must be 'imagenet', a path or None; got {weights!r}.")

    def _check_class_weights(self) -> None:
        weights: Any = self.class_weights
        if weights is None or weights == "balanced":
            return
        listed = isinstance(weights, list | tuple | np.ndarray)
        if not listed or not all(_is_number(weight) for weight in weights):
            raise ValueError(
                "class_weights must be 'balanced', a sequence of a weight for each class, or None; "
                f"got {weights!r}."
            )
        object.__setattr__(self, "class_weights", tuple(weights))
        if min(weights, default=1) <= 0:
            raise ValueError(f"class_weights must be above 0; got {weights}.")

    def _check_stacked(self) -> None:
        names: Any = self.stacked
        listed = isinstance(names, list | tuple) and all(isinstance(name, str) for name in names)
        if not listed or len(set(names)) < len(names):
            raise ValueError(
                "stacked must be a sequence of names, once each, of "
                f"brainscan.features.classifiers; got {names!r}."
            )
        object.__setattr__(self, "stacked", tuple(names))

    def settings(self) -> dict[str, Any]:
        """Return the values as JSON can hold them."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        values["augmentation"] = _name(self.augmentation)
        values["size"] = list(self.size)
        values["stacked"] = list(self.stacked)
        if self.weights is not None and self.weights != "imagenet":
            values["weights"] = str(self.weights)
            path = Path(self.weights)  # a missing file is the model's to report
            content = path.read_bytes() if path.is_file() else b""
            values["weights_sha256"] = sha256(content).hexdigest()
        if isinstance(self.class_weights, tuple):
            values["class_weights"] = list(self.class_weights)
        return values


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)


def _takes_two(function: Any) -> bool:
    """Whether a function can be called with a key and images, as far as it tells."""
    if not callable(function):
        return False
    try:
        inspect.signature(function).bind("key", "images")
    except TypeError:
        return False
    except ValueError:  # one in C does not tell
        return True
    return True


def _name(augmentation: Augmentation | None) -> str | None:
    """Return what an augmentation is; an object that only shows its address, by its type."""
    if augmentation is None:
        return None
    shown = repr(augmentation)
    kind = augmentation if hasattr(augmentation, "__qualname__") else type(augmentation)
    return f"{kind.__module__}.{kind.__qualname__}" if " at 0x" in shown else shown


PAPER = Recipe()
"""20 epochs, batches of 16, Adam at 1e-4, cross-entropy, every layer trained, augmentation on."""

FROZEN = Recipe(
    epochs=1,
    augmentation=None,
    head="stages",
    trained="last_layer",
    flips=True,
)
"""In a minute: frozen features of all resolutions, a regularised last layer, flips."""

CAREFUL = replace(FROZEN, penalty=0.0125)
"""For few images: `FROZEN` with the penalty that inner folds chose on the paper's images."""

SEGMENT = Recipe(
    epochs=20,
    batch_size=8,
    learning_rate=1.5e-3,
    augmentation=augment.any_weighting(),
    size=(128, 128),
    layer_decay=0.8,
    schedule="cosine",
    weight_decay=1e-4,
    ema_momentum=0.99,
)
"""For networks that outline, see `brainscan.models.build_segmenter`: of other weightings too."""
