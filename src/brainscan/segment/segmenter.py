"""A trained network as a person uses it: any image in, a mask of the same size out."""

import json
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from jaxtyping import Bool, Float

from brainscan._core.artifacts import write_atomic
from brainscan._core.types import Image, Mask
from brainscan.models import from_stored, to_stored
from brainscan.segment.frame import Frame
from brainscan.segment.postprocess import Postprocess

_FORMAT, _VERSION = "brainscan segmenter", 1
_SETTINGS, _ARCHITECTURE, _WEIGHTS = "settings.json", "architecture.json", "weights.safetensors"


class Outline(NamedTuple):
    """What a segmenter finds in an image.

    Attributes:
        mask: ``(height, width)``, True in the tumour.
        probability: ``(height, width)`` float32, 0 to 1, before any post-processing.
        score: the probability that the image shows a tumour, where the network gives one.
    """

    mask: Bool[np.ndarray, "h w"]
    probability: Float[np.ndarray, "h w"]
    score: float | None


@dataclass(frozen=True, eq=False)
class Segmenter:
    """Outlines the tumour in any image, in that image's own coordinates.

    The image is cropped to the head and resized to the network's size; the probability map comes
    back the same way, and is cut at the threshold and post-processed at the image's size.

    Args:
        model: a network that outlines, as `brainscan.models.build_segmenter` makes it, trained.
        threshold: the probability above which a pixel is in, 0 to 1.
        postprocess: what is done to the mask.
        crop: whether images are cropped to the head, as they were for the training.

    Raises:
        ValueError: the model gives no mask, or the threshold is out of range.

    Examples:
        >>> import brainscan as bs
        >>> model = bs.models.build_segmenter("small_cnn", (64, 64, 3), weights=None, seed=0)
        >>> segmenter = bs.segment.Segmenter(model)
        >>> segmenter(bs.datasets.load("phantom", n=2)[0]).dtype
        dtype('bool')
    """

    model: keras.Model = field(repr=False)
    threshold: float = 0.5
    postprocess: Postprocess = field(default_factory=Postprocess)
    crop: bool = True

    def __post_init__(self) -> None:
        outputs: Any = self.model.output
        mask = outputs.get("mask") if isinstance(outputs, dict) else outputs
        size = tuple(self.model.input_shape[1:3])
        if mask is None or tuple(mask.shape[1:]) != (*size, 1):
            raise ValueError(
                f"model must give a mask, (n, {size[0]}, {size[1]}, 1); {self.model.name} gives "
                f"{self.model.output_shape}. brainscan.models.build_segmenter makes such networks."
            )
        if not 0 <= self.threshold < 1:
            raise ValueError(f"threshold must be 0 or above and below 1; got {self.threshold!r}.")

    @property
    def frame(self) -> Frame:
        """How images come to the network, for those that it is trained on too."""
        return Frame(self.model.input_shape[1:3], self.crop)

    def __call__(self, image: Image) -> Mask:
        """Return the mask of an image.

        Args:
            image: ``(height, width)`` or ``(height, width, channels)``; uint8, uint16 or float32,
                of any size.

        Returns:
            ``(height, width)`` bool.

        Raises:
            ValueError: it is no image.
        """
        return self.outline(image).mask

    def probability(self, image: Image) -> Float[np.ndarray, "h w"]:
        """Return the probability of tumour in each pixel of an image, ``(height, width)``."""
        return self.outline(image).probability

    def outline(self, image: Image) -> Outline:
        """Return mask, probability and score of an image, from one pass through the network."""
        frame = self.frame
        batch = frame.image(image)[None].astype(np.float32)
        found: Any = self.model.predict_on_batch(batch)
        mask, score = (found["mask"], found["score"]) if isinstance(found, dict) else (found, None)
        probability = np.clip(frame.back(np.asarray(mask)[0, :, :, 0], image), 0, 1)
        inside = self.postprocess(probability > self.threshold)
        return Outline(inside, probability, None if score is None else float(score[0, 0]))

    def save(self, path: str | Path) -> Path:
        """Write the segmenter as one file, a zip of the network and its settings, atomically.

        Raises:
            ValueError: the network has a layer that could not be loaded again, such as a Lambda.
        """
        settings = {
            "format": _FORMAT,
            "version": _VERSION,
            "threshold": self.threshold,
            "postprocess": asdict(self.postprocess),
            "crop": self.crop,
        }
        architecture, weights = to_stored(self.model)

        def write(temporary: Path) -> None:
            with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
                archive.writestr(_SETTINGS, json.dumps(settings, indent=2))
                archive.writestr(_ARCHITECTURE, architecture)
                archive.writestr(_WEIGHTS, weights)

        return write_atomic(path, write)

    @classmethod
    def load(cls, path: str | Path) -> "Segmenter":
        """Read what `save` wrote; nothing in the file is run.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is no such file, or damaged.
        """
        path = Path(path)
        if not path.is_file():
            raise FileNotFoundError(f"segmenter must be a file that is there; got {str(path)!r}.")
        try:
            with zipfile.ZipFile(path) as archive:
                settings = _settings(archive)
                model = from_stored(archive.read(_ARCHITECTURE), archive.read(_WEIGHTS))
            return cls(
                model,
                settings["threshold"],
                Postprocess(**settings["postprocess"]),
                settings["crop"],
            )
        except Exception as error:  # zip and JSON raise many kinds on a damaged file
            raise ValueError(
                f"{path.name!r} must be a file that Segmenter.save wrote; it was refused: {error}"
            ) from error


def _settings(archive: zipfile.ZipFile) -> dict[str, Any]:
    """Return the settings of a file that this version can read."""
    for entry in archive.infolist():
        if entry.compress_type != zipfile.ZIP_STORED:  # it could unpack to more than there is room
            raise ValueError(f"{entry.filename} is compressed")
    settings = json.loads(archive.read(_SETTINGS))
    if (settings["format"], settings["version"]) != (_FORMAT, _VERSION):
        raise ValueError(f"it is a {settings['format']} of version {settings['version']}")
    return settings
