"""What a predictor says of one slice."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from brainscan._core.types import Mask
from brainscan.predict.card import DISCLAIMER
from brainscan.preprocess.box import Box


@dataclass(frozen=True, eq=False, repr=False)
class Prediction:
    """A calibrated answer, or "can't tell", for one slice. For research use only.

    Attributes:
        name: of the scan.
        number: which slice of it, from 1.
        of: how many slices the scan has.
        plane: such as ``"axial"``, where the scan says it.
        classes: the names of the classes, by index.
        probabilities: of each class, calibrated.
        interval: the ends, 0 to 1, between which `probability` lies for temperatures in the
            bundle's 95% interval: how well the calibration is known from the images that it was
            measured on, and no more. It does not tell whether this image is like them, nor what
            another training would say; a probability of 0.5 is 0.5 at any temperature. None for a
            bundle without such an interval.
        decision: the class on whose side of the threshold the probability lies.
        possible: the classes that can't be ruled out, by the bundle's conformal rule.
        distance: from the training images, in the classifier's features; above 1 is unlike them.
        warnings: why the image may be none that the classifier can judge; a sentence each.
        box: where the head was found, in the image's pixels.
    """

    name: str
    number: int
    of: int
    plane: str | None
    classes: tuple[str, ...]
    probabilities: tuple[float, ...]
    interval: tuple[float, float] | None
    decision: str
    possible: tuple[str, ...]
    distance: float
    warnings: tuple[str, ...]
    box: Box
    _draw: Callable[[], NDArray[np.float32]]
    _outline: Callable[[], Mask | None]

    @property
    def probability(self) -> float:
        """Of class 1; with more than two classes, of the decision."""
        two = len(self.classes) == 2
        return self.probabilities[1 if two else self.classes.index(self.decision)]

    @property
    def answer(self) -> str | None:
        """The class, where only one is possible and nothing warns; None for "can't tell"."""
        return self.possible[0] if len(self.possible) == 1 and not self.warnings else None

    @cached_property
    def heat_map(self) -> Float[np.ndarray, "height width"]:
        """Where the network looked, 0 to 1, on the image's pixels; made when first asked for.

        Raises:
            ValueError: the bundle holds a classical classifier, which looks nowhere in particular.
        """
        return self._draw()

    @cached_property
    def mask(self) -> Mask | None:
        """The tumour's outline by the bundle's segmenter, on the image's pixels, or None."""
        return self._outline()

    def to_json(self) -> dict[str, Any]:
        """Return what is known without drawing, as plain values."""
        return {
            "name": self.name,
            "slice": self.number,
            "slices": self.of,
            "plane": self.plane,
            "probability": self.probability,
            "interval": None if self.interval is None else list(self.interval),
            "probabilities": dict(zip(self.classes, self.probabilities, strict=True)),
            "decision": self.decision,
            "answer": self.answer,
            "possible": list(self.possible),
            "distance": self.distance,
            "warnings": list(self.warnings),
            "box": list(self.box),
            "notice": DISCLAIMER,
        }

    def __repr__(self) -> str:
        return f"<Prediction {self}>"

    def __str__(self) -> str:
        where = f" slice {self.number} of {self.of}" if self.of > 1 else ""
        said = "can't tell" if self.answer is None else self.answer
        named = self.classes[1] if len(self.classes) == 2 else self.decision
        ends = self.interval
        known = "" if ends is None else f", {ends[0]:.2f} to {ends[1]:.2f} by its calibration"
        warned = "".join(f"; {warning}" for warning in self.warnings)
        return (
            f"{self.name}{where}: {said} (probability of {named} {self.probability:.2f}{known}, "
            f"decision {self.decision}{warned}). {DISCLAIMER}"
        )
