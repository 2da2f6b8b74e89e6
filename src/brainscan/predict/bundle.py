"""What training leaves for use, in one file."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import safetensors
import safetensors.numpy

from brainscan.metrics import Conformal, Temperature
from brainscan.metrics.calibration import RANGE
from brainscan.models import from_stored, mirrored, to_stored
from brainscan.predict.archive import has_manifest, read_archive, write_archive
from brainscan.predict.card import DISCLAIMER, Card
from brainscan.predict.outliers import Outliers
from brainscan.predict.scorer import Scorer
from brainscan.predict.texture import TextureClassifier, feature_names
from brainscan.preprocess import BrainCropper
from brainscan.segment import Postprocess, Segmenter

SUFFIX = ".brainscan"
SCORE = "score"
"""The last layer of a network; what it stands on are the features that outliers are told by."""

_FACTS, _CARD = "bundle.json", "card.md"
_ARCHITECTURE, _WEIGHTS = "network.json", "network.safetensors"
_TEXTURE = "texture.safetensors"
_OUTLIERS = "outliers.safetensors"
_OUTLINER, _OUTLINER_WEIGHTS = "segmenter.json", "segmenter.safetensors"


@dataclass(frozen=True, eq=False)
class Bundle:
    """A trained classifier with all that its use takes: crop, calibration, threshold, limits, card.

    It is one file, a zip of plain files: JSON, a network's architecture as Keras describes it, and
    weights, or a classical classifier's arrays, as safetensors. It is written whole or not at all,
    and loaded without running anything that it brings: no pickle, no Lambda, no class that is not
    Keras's or registered here. Damage is found by the SHA-256 of each file. That somebody else made
    the bundle is not: compare ``digest`` with the one its authors published.

    Attributes:
        classifier: of crops of the head: a network, as `brainscan.models.build` returns it, or a
            classical classifier of their texture.
        classes: their names, by index.
        cropper: what an image goes through first.
        flips: whether a network's score is the mean over an image and its mirror image.
        temperature: what the classifier's scores are divided by, as logits.
        threshold: of the calibrated probability of class 1, above which the decision is class 1;
            None for more than two classes.
        conformal: the rule for the set of classes that can't be ruled out.
        outliers: tells images unlike the training images.
        card: where it comes from, and its figures.
        segmenter: outlines the tumour, where the bundle has one: `dataclasses.replace` adds it.
        temperature_interval: the ends of the 95% interval of ``temperature``, as far as the images
            that it was fitted on tell it; None where that was not measured, as in older bundles.
        digest: SHA-256 of the file that it was loaded from or saved to; None before that.

    Examples:
        >>> import brainscan as bs
        >>> bundle = bs.predict.Bundle.load("model.brainscan")  # doctest: +SKIP
        >>> bundle.card.metrics["roc_auc"].value  # doctest: +SKIP
        0.97
    """

    classifier: keras.Model | TextureClassifier
    classes: tuple[str, ...]
    cropper: BrainCropper
    flips: bool
    temperature: Temperature
    threshold: float | None
    conformal: Conformal
    outliers: Outliers
    card: Card
    segmenter: Segmenter | None = None
    temperature_interval: tuple[float, float] | None = None
    digest: str | None = None

    def __post_init__(self) -> None:
        if len(set(self.classes)) < max(2, len(self.classes)):
            raise ValueError(f"classes must be two different names or more; got {self.classes}.")
        told_by = (
            self._check_texture(self.classifier)
            if isinstance(self.classifier, TextureClassifier)
            else self._check_network(self.classifier)
        )
        if self.outliers.mean.shape != told_by:
            raise ValueError(
                f"outliers must be told by the classifier's {told_by[-1]} features; "
                f"got statistics of {self.outliers.mean.shape}."
            )
        low, high = RANGE
        if not low <= self.temperature.value <= high:
            raise ValueError(
                f"temperature must be {low} to {high}; got {self.temperature.value!r}."
            )
        least, most = self.temperature_interval or (self.temperature.value,) * 2
        if not low <= least <= self.temperature.value <= most <= high:
            raise ValueError(
                f"temperature_interval must lie in {low} to {high} and hold the temperature "
                f"{self.temperature.value}; got {least} to {most}."
            )
        if len(self.classes) == 2 and not 0 <= _number(self.threshold) <= 1:
            raise ValueError(f"threshold must be 0 to 1; got {self.threshold!r}.")
        if len(self.classes) > 2 and self.threshold is not None:
            raise ValueError(f"threshold must be None for several classes; got {self.threshold!r}.")
        if len(self.conformal.quantiles) != len(self.classes):
            raise ValueError(
                f"conformal must have a quantile for each of {len(self.classes)} classes; "
                f"got {len(self.conformal.quantiles)}."
            )

    def _check_network(self, network: keras.Model) -> tuple[int, ...]:
        """Check a network, and return the shape of its features."""
        size = self.cropper.size
        units = 1 if len(self.classes) == 2 else len(self.classes)
        expected = None if size is None else (None, *size, 3)
        if network.input_shape != expected or network.output_shape != (None, units):
            raise ValueError(
                f"network must go from images {expected} to {units} scores; got "
                f"{network.input_shape} to {network.output_shape}."
            )
        features: Any = network.get_layer(SCORE).input
        return tuple(features.shape[1:])

    def _check_texture(self, texture: TextureClassifier) -> tuple[int, ...]:
        """Check a classical classifier, and return the shape of its features."""
        if self.cropper.size is None or self.flips:
            raise ValueError(
                f"{texture.name} must be given crops of one size, without flips; got the size "
                f"{self.cropper.size} and flips={self.flips}."
            )
        if texture.classifier.classes != len(self.classes):
            raise ValueError(
                f"{texture.name} must score {len(self.classes)} classes; "
                f"got {texture.classifier.classes}."
            )
        return texture.mean.shape

    def model(self) -> keras.Model:
        """Return the network that gives the scores: with flips, one that looks at both views.

        Its scores are not calibrated; `temperature` does that.

        Raises:
            ValueError: the classifier is no network.
        """
        if isinstance(self.classifier, TextureClassifier):
            raise ValueError(  # noqa: TRY004  what a file holds is no type that a caller passed
                "heat maps and exports need a bundle with a network; this one holds "
                f"{self.classifier.name}, a classifier of texture features. Train a network, such "
                "as with brainscan train --model small_cnn."
            )
        return mirrored(self.classifier) if self.flips else self.classifier

    def scorer(self) -> Scorer | TextureClassifier:
        """Return what gives scores, which are not calibrated, and features of crops."""
        if isinstance(self.classifier, TextureClassifier):
            return self.classifier
        return Scorer(self.classifier, self.flips)

    def save(self, path: str | Path) -> "Bundle":
        """Write the bundle, atomically.

        Args:
            path: a file; ``.brainscan`` is the usual suffix.

        Returns:
            The same bundle, with the digest of the file.

        Raises:
            ValueError: the network has a layer that could not be loaded again.
        """
        files = {
            _FACTS: json.dumps(self._facts(), indent=2, allow_nan=False).encode(),
            _CARD: self.card.to_markdown().encode(),
            _OUTLIERS: safetensors.numpy.save(self.outliers.arrays()),
        }
        if isinstance(self.classifier, TextureClassifier):
            files[_TEXTURE] = self.classifier.to_bytes()
        else:
            parts = to_stored(self.classifier)
            files |= dict(zip((_ARCHITECTURE, _WEIGHTS), parts, strict=True))
        if self.segmenter is not None:
            parts = to_stored(self.segmenter.model)
            files |= dict(zip((_OUTLINER, _OUTLINER_WEIGHTS), parts, strict=True))
        digest = write_archive(path, files)
        return replace(self, digest=digest)

    @classmethod
    def load(cls, path: str | Path) -> "Bundle":
        """Read what `save` wrote; nothing of it is run.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is no bundle, damaged, of a later format, or names what it must not.
        """
        archive = read_archive(path)
        try:
            return replace(_made(archive.files), digest=archive.digest)
        except (KeyError, TypeError, AttributeError, safetensors.SafetensorError) as error:
            raise ValueError(
                f"{Path(path).name!r} must be a whole brainscan bundle; "
                f"{type(error).__name__}: {error}."
            ) from error
        except ValueError as error:
            raise ValueError(f"{Path(path).name!r} is refused: {error}") from error

    def _facts(self) -> dict[str, Any]:
        quantiles = [q if np.isfinite(q) else None for q in self.conformal.quantiles]
        size, threshold = self.cropper.size, self.cropper.threshold
        outliner = self.segmenter
        texture = self.classifier if isinstance(self.classifier, TextureClassifier) else None
        return {
            "notice": DISCLAIMER,
            "texture": None
            if texture is None
            else {"classifier": texture.name, "features": feature_names()},
            "classes": list(self.classes),
            "cropper": {"size": size, "threshold": threshold, "blank": self.cropper.blank},
            "flips": self.flips,
            "temperature": self.temperature.value,
            "temperature_interval": self.temperature_interval,
            "threshold": self.threshold,
            "conformal": {
                "coverage": self.conformal.coverage,
                "quantiles": quantiles,
                "counts": list(self.conformal.counts),
            },
            "card": self.card.to_json(),
            "segmenter": None
            if outliner is None
            else {
                "threshold": outliner.threshold,
                "postprocess": asdict(outliner.postprocess),
                "crop": outliner.crop,
            },
        }


def _read_facts(content: bytes) -> dict[str, Any]:
    def refuse(name: str) -> Any:
        raise ValueError(f"{_FACTS} must hold finite numbers; it has {name}")

    try:
        return json.loads(content, parse_constant=refuse)
    except RecursionError as error:
        raise ValueError(f"{_FACTS} is nested too deeply") from error


def _made(files: Mapping[str, bytes]) -> Bundle:
    facts = _read_facts(files[_FACTS])
    cropper, sets = facts["cropper"], facts["conformal"]
    quantiles = tuple(float("inf") if q is None else float(q) for q in sets["quantiles"])
    threshold = facts["threshold"]
    return Bundle(
        _classifier(facts.get("texture"), files),
        tuple(map(str, facts["classes"])),
        BrainCropper(tuple(cropper["size"]), cropper["threshold"], cropper["blank"]),
        bool(facts["flips"]),
        Temperature(float(facts["temperature"])),
        None if threshold is None else float(threshold),
        Conformal(float(sets["coverage"]), quantiles, tuple(map(int, sets["counts"]))),
        Outliers.from_arrays(safetensors.numpy.load(files[_OUTLIERS])),
        Card.from_json(facts["card"]),
        _segmenter(facts["segmenter"], files),
        _ends(facts.get("temperature_interval")),
    )


def _ends(interval: Any) -> tuple[float, float] | None:
    if interval is None:  # a bundle that was written before there was one
        return None
    low, high = interval
    return float(low), float(high)


def _classifier(texture: Any, files: Mapping[str, bytes]) -> keras.Model | TextureClassifier:
    if texture is None:
        return from_stored(files[_ARCHITECTURE], files[_WEIGHTS])
    if texture["features"] != feature_names():
        raise ValueError(
            "the features of its classifier must be those that this version of brainscan computes; "
            "they are others. Train it anew."
        )
    return TextureClassifier.from_bytes(str(texture["classifier"]), files[_TEXTURE])


def _segmenter(facts: dict[str, Any] | None, files: Mapping[str, bytes]) -> Segmenter | None:
    if facts is None:
        return None
    return Segmenter(
        from_stored(files[_OUTLINER], files[_OUTLINER_WEIGHTS]),
        float(facts["threshold"]),
        Postprocess(**facts["postprocess"]),
        bool(facts["crop"]),
    )


def _number(value: object) -> float:
    """Return the number, or NaN, which lies in no range."""
    return float(value) if isinstance(value, int | float) else float("nan")


def load_segmenter(path: str | Path) -> Segmenter:
    """Return the segmenter of a file: of one that `Segmenter.save` wrote, or of a bundle.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is neither, or a bundle without one.
    """
    if not has_manifest(path):
        return Segmenter.load(path)
    bundle = Bundle.load(path)
    if bundle.segmenter is None:
        raise ValueError(
            f"{Path(path).name!r} must be a bundle with a segmenter; it has none. "
            "brainscan train --segmenter puts one in."
        )
    return bundle.segmenter
