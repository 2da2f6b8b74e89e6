"""What is compared: something that is trained on a split and gives probabilities of pixels."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from jaxtyping import Float

from brainscan import models
from brainscan._core.registry import Registry
from brainscan.benchmark.contender import Advance, Snapshot, Training, learnt_and_apart
from brainscan.benchmark.images import Images
from brainscan.benchmark.segmentation.images import MaskInputs
from brainscan.datasets.splits import Split
from brainscan.train import Epoch, Recipe, Trainer

Probabilities: TypeAlias = Float[np.ndarray, "n height width"]


class MaskContender(ABC):
    """Something that outlines, trained and tested on one split after the other.

    A subclass is made from what all contenders share, ``(inputs, recipe, seed)``: the images with
    their masks, how networks are trained, and the seed. It learns from those of a split's training
    and validation images, and from no other.
    """

    kind: str = "classical"
    trainable_parameters: int | None = None
    compile_seconds: float | None = None

    @abstractmethod
    def train(self, split: Split, seed: int, advance: Advance) -> Training:
        """Train anew on a split; ``advance(text)`` after each step of it."""

    @abstractmethod
    def probabilities(self, images: Images) -> Probabilities:
        """Return the probability of tumour in each pixel, ``(n, height, width)``, 0 to 1."""

    def ms_per_step(self) -> float | None:
        """Return the median time of inference on one batch, in milliseconds, warm; if measured."""
        return None


segmenters: Registry[Callable[[MaskInputs, Recipe, int], MaskContender]] = Registry("segmenter")
"""What `run_segmentation` compares beside networks, by name: ``otsu``, and what users register."""


class Outliner(MaskContender):
    """A network that outlines, compiled once and started anew for each split."""

    kind = "cnn"

    def __init__(self, name: str, inputs: MaskInputs, recipe: Recipe, seed: int) -> None:
        backbone, _, decoder = name.partition("+")
        recipe = replace(recipe, decoder=decoder or recipe.decoder)
        model = models.build_segmenter(
            backbone,
            (*recipe.size, 3),
            weights=recipe.weights,
            decoder=recipe.decoder,
            scaling=recipe.scaling,
            seed=seed,
        )
        self._inputs, self._recipe = inputs, recipe
        self._trainer = Trainer(model, recipe)
        self._beginning = Snapshot(model)
        self.trainable_parameters = self._beginning.trainable_parameters

    def train(self, split: Split, seed: int, advance: Advance) -> Training:
        """See `MaskContender.train`."""
        self._beginning.restore()

        def on_epoch(epoch: Epoch) -> None:
            advance(f"epoch {epoch.number}/{self._recipe.epochs}, loss {epoch.loss:.3f}")

        learnt, apart = learnt_and_apart(split, self._recipe.chooses_an_epoch)
        images, masks = self._inputs.images, self._inputs.masks
        validation = (images[apart], None, masks[apart]) if len(apart) else None
        history = self._trainer.fit(
            images[learnt], None, validation, seed, on_epoch, masks=masks[learnt]
        )
        if history.interrupted:
            raise KeyboardInterrupt
        return Training(history.seconds, history)

    def probabilities(self, images: Images) -> Probabilities:
        """See `MaskContender.probabilities`."""
        found = self._trainer.masks(images)
        self.compile_seconds = self._trainer.compile_seconds
        return found

    def ms_per_step(self) -> float:
        """See `MaskContender.ms_per_step`."""
        return 1000 * self._trainer.seconds_a_step(self._inputs.images[: self._recipe.batch_size])


def check_name(name: str) -> None:
    """Raise ValueError unless there is a contender of a name.

    Names are those of `segmenters`, of backbones, and of a backbone and a decoder with a plus
    between them.
    """
    if name in segmenters:
        return
    backbone, _, decoder = name.partition("+")
    known: Registry[str] = Registry(
        "model", listing="brainscan.models.names(), brainscan.benchmark.segmenters"
    )
    for one in (*models.names(), *segmenters.names()):
        known.add(one, one)
    known[backbone]
    if backbone in segmenters:
        raise ValueError(f"{backbone!r} takes no decoder; got {name!r}.")
    if decoder or name.endswith("+"):
        models.decoders[decoder]


def make_contender(name: str, inputs: MaskInputs, recipe: Recipe, seed: int) -> MaskContender:
    """Build a contender by its name."""
    if name in segmenters:
        return segmenters[name](inputs, recipe, seed)
    return Outliner(name, inputs, recipe, seed)


def kind_of(name: str) -> str:
    """Return the kind of contender that a name means, though it may not be built."""
    if name in segmenters:
        return getattr(segmenters[name], "kind", MaskContender.kind)
    return Outliner.kind
