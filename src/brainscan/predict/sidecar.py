"""What has to be known of an exported model, in a JSON file beside it."""

from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version
from math import isfinite
from pathlib import Path
from typing import Any

from brainscan.metrics import Conformal
from brainscan.predict.card import DISCLAIMER
from brainscan.preprocess import BrainCropper

_CHANNELS = {1: "grey", 3: "red, green, blue; a grey image three times over"}


@dataclass(frozen=True)
class Facts:
    """What a model does not say of itself.

    Args:
        cropper: what an image goes through before it is given to the model.
        classes: their names, by index; None where they are not known.
        temperature: by which the logits of the output are divided; None where it is not known.
        threshold: above which, after the temperature, the decision is class 1; None where it is not
            known, or there are more than two classes.
        conformal: the rule for the classes that can't be ruled out; None where it is not known.
        intended_use: in a sentence or two; None where it is not known.
    """

    cropper: BrainCropper
    classes: tuple[str, ...] | None = None
    temperature: float | None = None
    threshold: float | None = None
    conformal: Conformal | None = None
    intended_use: str | None = None


def sidecar_path(path: Path) -> Path:
    """Return where the facts of an exported model are: its whole name, and ``.json``."""
    return path.with_name(f"{path.name}.json")


def describe(model: Any, facts: Facts) -> dict[str, Any]:
    """Return what goes in, what comes out, and what is done before and after.

    Args:
        model: the ``keras.Model`` that was exported.
        facts: what it does not say itself.
    """
    height, width, channels = model.input_shape[1:]
    return {
        "notice": DISCLAIMER,
        "intended_use": facts.intended_use,
        "input": {
            "shape": ["batch", height, width, channels],
            "axes": ["batch", "height", "width", "channels"],
            "channels": _CHANNELS.get(channels, str(channels)),
            "dtype": "float32",
            "range": [0, 255],
            "scaling": "inside the model: give it raw values",
        },
        "before": {
            "by": "brainscan.preprocess.BrainCropper",
            "settings": asdict(facts.cropper),
            "steps": _steps(facts.cropper, channels),
        },
        "output": {
            "shape": ["batch", *model.output_shape[1:]],
            "meaning": _meaning(model.output_shape),
        },
        "after": {
            "temperature": facts.temperature,
            "threshold": facts.threshold,
            "conformal": _sets(facts.conformal),
            "steps": _afterwards(facts, model.output_shape),
        },
        "classes": None if facts.classes is None else list(facts.classes),
    }


def _steps(cropper: BrainCropper, channels: int) -> list[str]:
    size = "" if cropper.size is None else f", then resize to {cropper.size[0]} x {cropper.size[1]}"
    return [
        f"crop to the head as BrainCropper does{size}; pixels keep their values",
        "stretch what is not 8-bit so that its lowest value is 0 and its highest 255, and round",
        f"give {channels} channel{'s' if channels > 1 else ''}",
    ]


def _meaning(shape: tuple[int | None, ...]) -> str:
    if len(shape) == 4:
        return "probability of each pixel to be inside, in the coordinates of the crop"
    if shape[-1] == 1:
        return "probability of class 1, before the temperature"
    return "probability of each class, before the temperature; a row sums to 1"


def _sets(conformal: Conformal | None) -> dict[str, Any] | None:
    if conformal is None:
        return None
    # JSON has no infinity: None stands for a class that is in every set.
    quantiles = [q if isfinite(q) else None for q in conformal.quantiles]
    return {"coverage": conformal.coverage, "quantiles": quantiles}


def _afterwards(facts: Facts, shape: tuple[int | None, ...]) -> list[str]:
    if facts.temperature is None:
        return ["not known: the model was exported without a bundle"]
    two = shape[-1] == 1
    return [
        "p = sigmoid(log(output / (1 - output)) / temperature)"
        if two
        else "p = softmax(log(output) / temperature)",
        "the decision is class 1 where p > threshold, else class 0"
        if two
        else "the decision is the class of the largest p",
        "a class can't be ruled out where 1 - p is at most its quantile, or its quantile is null",
        "the answer is the class that is left where it is one, else: can't tell",
    ]


def digests(paths: list[Path]) -> dict[str, str]:
    """Return the SHA-256 of files, by name."""
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in paths}


def versions(packages: tuple[str, ...]) -> dict[str, str]:
    """Return the versions of brainscan, Keras and some packages."""
    return {name: version(name) for name in ("brainscan", "keras", *packages)}
