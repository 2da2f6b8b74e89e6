"""A classical classifier from crops to scores and features, for a bundle."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import safetensors.numpy
from jaxtyping import Float32, UInt8
from numpy.typing import NDArray

from brainscan.predict.plain import KINDS, Plain, from_arrays, to_arrays, to_plain

if TYPE_CHECKING:
    from brainscan.features import GlcmLbp

CLASSICAL = tuple(KINDS)


@dataclass(frozen=True, eq=False)
class TextureClassifier:
    """Texture features (`brainscan.features.GlcmLbp`), standardised, under a classical classifier.

    It is called as a network's scorer is. It gives what scikit-learn's pipeline of
    `brainscan.features.build_classifier` gives, from plain arrays.

    Attributes:
        name: ``"knn"``, ``"svm"`` or ``"tree"``.
        mean: ``(d,)`` float32, of the features of the training images.
        scale: ``(d,)`` float32, their standard deviation.
        classifier: of the features less the mean, by the scale.
    """

    name: str
    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    classifier: Plain

    def __post_init__(self) -> None:
        shape = (len(feature_names()),)
        arrays = (self.mean, self.scale)
        right = all(array.dtype == np.float32 and array.shape == shape for array in arrays)
        if not right or not np.isfinite(arrays).all() or not (self.scale > 0).all():
            raise ValueError(
                f"mean and scale must be of {shape[0]} features, finite float32, the scale above "
                f"0; got {self.mean.dtype} {self.mean.shape}, {self.scale.dtype} "
                f"{self.scale.shape}."
            )
        if not self.classifier.fits(shape[0]):
            raise ValueError(
                f"{self.name} must be of {shape[0]} features; it was fitted to other ones."
            )

    def features(self, crops: UInt8[np.ndarray, "n h w 3"]) -> Float32[np.ndarray, "n d"]:
        """Return ``(n, d)`` standardised features."""
        return (_extractor()(crops) - self.mean) / self.scale

    def __call__(
        self, crops: UInt8[np.ndarray, "n h w 3"]
    ) -> tuple[NDArray[np.float64], Float32[np.ndarray, "n d"]]:
        """Return scores and features.

        Args:
            crops: 0 to 255; one or more.

        Returns:
            ``(n,)`` probabilities of class 1, or ``(n, classes)``; and ``(n, d)`` features.
        """
        features = self.features(crops)
        scores = self.classifier(features)
        return (scores[:, 1] if scores.shape[1] == 2 else scores), features

    def to_bytes(self) -> bytes:
        """Return all but the name as a safetensors file; `from_bytes` reads it."""
        arrays = {"mean": self.mean, "scale": self.scale, **to_arrays(self.classifier)}
        return safetensors.numpy.save(arrays)

    @classmethod
    def from_bytes(cls, name: str, content: bytes) -> "TextureClassifier":
        """Make it of what `to_bytes` returned; nothing of it is run.

        Raises:
            ValueError: an unknown name, or arrays that make no such classifier.
            KeyError: the mean or the scale is missing.
        """
        arrays = safetensors.numpy.load(content)
        mean, scale = arrays.pop("mean"), arrays.pop("scale")
        return cls(name, mean, scale, from_arrays(name, arrays))


def feature_names() -> list[str]:
    """Return the names of the features that the classifiers stand on, in order."""
    return _extractor().get_feature_names_out().tolist()


def fit_texture(
    name: str, crops: UInt8[np.ndarray, "n h w 3"], labels: NDArray[np.int64], seed: int
) -> TextureClassifier:
    """Train a classical classifier.

    Args:
        name: one of `CLASSICAL`.
        crops: ``(n, h, w, 3)``, 0 to 255.
        labels: ``(n,)`` class indices; every class is among them.
        seed: of what is random in it.
    """
    from brainscan.features import build_classifier

    table = _extractor()(crops)
    pipeline: Any = build_classifier(name, seed).fit(table, labels)
    scaler = pipeline[0]
    plain = to_plain(name, pipeline, scaler.transform(table), labels)
    mean, scale = (part.astype(np.float32) for part in (scaler.mean_, scaler.scale_))
    return TextureClassifier(name, mean, scale, plain)


def _extractor() -> "GlcmLbp":
    # Here, since it takes a while to load, which one who asks a network need not wait.
    from brainscan.features import GlcmLbp

    return GlcmLbp()
