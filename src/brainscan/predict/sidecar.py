"""What has to be known of an exported model, in a JSON file beside it."""

from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from brainscan.preprocess import BrainCropper

RESEARCH_USE = "For research use only: no diagnosis."
_CHANNELS = {1: "grey", 3: "red, green, blue; a grey image three times over"}


@dataclass(frozen=True)
class Facts:
    """What a model does not say of itself.

    Args:
        cropper: what an image goes through before it is given to the model.
        class_names: in the order of the labels; None where they are not known.
        threshold: from which probability, after the temperature, the answer is the second class.
        temperature: by which the logit of the output is divided.
        intended_use: in a sentence or two.
    """

    cropper: BrainCropper
    class_names: tuple[str, ...] | None = None
    threshold: float | None = None
    temperature: float | None = None
    intended_use: str = RESEARCH_USE


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
        "research_use_only": RESEARCH_USE,
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
            "steps": _afterwards(facts),
        },
        "class_names": None if facts.class_names is None else list(facts.class_names),
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
        return "probability of the second class, before the temperature"
    return "probability of each class, before the temperature; a row sums to 1"


def _afterwards(facts: Facts) -> list[str]:
    if facts.temperature is None or facts.threshold is None:
        return ["not known: the model was exported without its bundle"]
    return [
        "p = sigmoid(log(output / (1 - output)) / temperature)",
        "the second class where p is at or above the threshold, else the first",
    ]


def digests(paths: list[Path]) -> dict[str, str]:
    """Return the SHA-256 of files, by name."""
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in paths}


def versions(packages: tuple[str, ...]) -> dict[str, str]:
    """Return the versions of brainscan, Keras and some packages."""
    return {name: version(name) for name in ("brainscan", "keras", *packages)}
