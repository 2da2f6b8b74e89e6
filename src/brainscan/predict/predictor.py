"""From a scan to an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from jaxtyping import UInt8
from numpy.typing import NDArray

from brainscan import explain
from brainscan._core.checks import check_image
from brainscan._core.images import to_rgb, to_uint8
from brainscan._core.types import Image, Mask
from brainscan.metrics import Temperature
from brainscan.metrics.probability import class_columns
from brainscan.predict.bundle import Bundle
from brainscan.predict.plausible import inverted, look_at
from brainscan.predict.prediction import Prediction
from brainscan.predict.reading import Slice, read_slices
from brainscan.predict.scorer import Scorer
from brainscan.predict.texture import TextureClassifier
from brainscan.preprocess import Box
from brainscan.preprocess.resize import resize

_AT_ONCE = 64  # slices of a volume that are held as crops


@dataclass(frozen=True, eq=False)
class Cropped:
    """A slice that is ready for the classifier.

    Attributes:
        source: the slice; its image may be dropped, where nothing will be drawn on it.
        crop: of the head, at the classifier's size.
        box: where it was cut out.
        complaints: why it may be no slice of a head.
    """

    source: Slice
    crop: UInt8[np.ndarray, "h w 3"]
    box: Box
    complaints: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Predictor:
    """Answers for scans, by a bundle. For research use only.

    Call it with an image, a path, bytes or an open file, for a `Prediction`, or a tuple of them
    where the file holds several slices; or with a list of these, for one tuple. Arrays of any size
    and number compile nothing new.

    Args:
        bundle: what was trained.

    Examples:
        >>> import brainscan as bs
        >>> predictor = bs.predict.Predictor.load("model.brainscan")  # doctest: +SKIP
        >>> print(predictor("scan.png"))  # doctest: +SKIP
        scan.png: can't tell (probability of tumour 0.61, 0.57 to 0.66 by its calibration, ...
    """

    bundle: Bundle

    @classmethod
    def load(cls, path: str | Path) -> "Predictor":
        """Load a bundle; see `Bundle.load`."""
        return cls(Bundle.load(path))

    def __call__(self, source: Any) -> Any:
        """Return a `Prediction`, or a tuple of them for a volume or a list.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: a file is no scan or damaged; nothing is answered.
        """
        several = isinstance(source, list | tuple) or getattr(source, "ndim", 0) == 4
        found: list[Prediction] = []
        waiting: list[Cropped] = []
        for position, one in enumerate(source if several else [source], start=1):
            name = f"image {position}" if several and not isinstance(one, str | Path) else None
            for part in read_slices(one, name):
                waiting.append(self.crop(part))
                if len(waiting) == _AT_ONCE:
                    found += self.predict(waiting)
                    waiting = []
        found += self.predict(waiting)
        return found[0] if len(found) == 1 and not several else tuple(found)

    def crop(self, source: Slice) -> Cropped:
        """Find the head in a slice and cut it out; it can be done in another thread."""
        image = check_image(source.image, source.name)
        box, complaints = look_at(image, source.modality, self.bundle.cropper)
        cut = resize(image[box.top : box.bottom, box.left : box.right], self._size)
        crop = to_uint8(to_rgb(cut))
        if (sentence := inverted(crop)) is not None:
            complaints.append(sentence)
        return Cropped(source, crop, box, tuple(complaints))

    def predict(self, cropped: Sequence[Cropped]) -> list[Prediction]:
        """Return a prediction for each cropped slice."""
        if not cropped:
            return []
        bundle = self.bundle
        raw, features = self._scorer(np.stack([one.crop for one in cropped]))
        scores = bundle.temperature(raw)
        ends = [Temperature(value)(raw) for value in bundle.temperature_interval or ()]
        columns = np.stack([class_columns(one) for one in (scores, *ends)], axis=1)
        sets, distances = bundle.conformal(scores), bundle.outliers(features)
        return [
            self._prediction(one, columns[i], sets[i], float(distances[i]))
            for i, one in enumerate(cropped)
        ]

    @property
    def _size(self) -> tuple[int, int]:
        assert self.bundle.cropper.size is not None  # a bundle refuses it
        return self.bundle.cropper.size

    @cached_property
    def _scorer(self) -> Scorer | TextureClassifier:
        return self.bundle.scorer()

    def _prediction(
        self,
        cropped: Cropped,
        columns: NDArray[np.float64],
        possible: NDArray[np.bool_],
        distance: float,
    ) -> Prediction:
        """Return what is said; of columns ``(1 or 3, classes)`` the others are the ends of it."""
        probabilities = columns[0]
        classes, source = self.bundle.classes, cropped.source
        decided = self._decide(probabilities)
        shown = 1 if len(classes) == 2 else decided
        # As the temperature rises, the probability that is shown only falls, or only rises.
        low, high = float(columns[:, shown].min()), float(columns[:, shown].max())
        warnings = list(cropped.complaints)
        if distance > 1:
            warnings.append(
                f"it is unlike the images that were trained on ({distance:.2f} times the limit)"
            )
        return Prediction(
            source.name,
            source.number,
            source.of,
            source.plane,
            classes,
            tuple(probabilities.tolist()),
            (low, high) if len(columns) > 1 else None,
            classes[decided],
            tuple(name for name, held in zip(classes, possible, strict=True) if held),
            distance,
            tuple(warnings),
            cropped.box,
            partial(self._heat_map, cropped, shown),
            partial(self._mask, source.image),
        )

    def _decide(self, probabilities: NDArray[np.float64]) -> int:
        threshold = self.bundle.threshold
        if threshold is None:
            return int(probabilities.argmax())
        return int(probabilities[1] > threshold)

    def _heat_map(self, cropped: Cropped, target: int) -> NDArray[np.float32]:
        found = explain.heat_map(self._model, cropped.crop[None], target=target)[0]
        return explain.uncrop(found, cropped.box, cropped.source.image.shape)

    @cached_property
    def _model(self) -> keras.Model:
        """The network with its views, once: what was compiled for maps stays with it."""
        return self.bundle.model()

    def _mask(self, image: Image) -> Mask | None:
        segmenter = self.bundle.segmenter
        return None if segmenter is None else segmenter(image)
