"""From a file's bytes to the lines of its answer, and what the page says of the model."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from brainscan.app.limits import Limits
from brainscan.app.model_card import model_card
from brainscan.app.picture import map_picture, mask_picture, picture
from brainscan.app.site import Answer
from brainscan.predict import Prediction, Predictor, TextureClassifier
from brainscan.predict.reading import Slice, slices_of
from brainscan.scans import Scan, read
from brainscan.scans.limits import DEFAULT_LIMITS

BURNED_IN = (
    "The file says that text is part of its picture: it may name the patient, and the network was "
    "not trained on it."
)


def answering(predictor: Predictor, limits: Limits) -> Answer:
    """Return what answers a file.

    The first line tells of the scan, each other of a slice: what it looks like, and what the
    predictor says of it, or why nothing can be said.
    """
    scan_limits = replace(DEFAULT_LIMITS, file_bytes=limits.file_bytes)

    def answer(content: bytes) -> Iterator[dict[str, Any]]:
        scan = read(content, scan_limits, name="the file")
        shown = spread(len(scan.slices), limits.slices)
        yield {
            "kind": "scan",
            "format": scan.format,
            "plane": scan.plane,
            "spacing_mm": scan.spacing_mm,
            "slices": len(scan.slices),
            "shown": len(shown),
        }
        parts = list(slices_of(scan, scan.name))
        for number in shown:
            yield _line(predictor, scan, parts[number])

    return answer


def spread(count: int, most: int) -> list[int]:
    """Return which of so many slices are shown: all, or some spread evenly over them."""
    if count <= most:
        return list(range(count))
    return np.unique(np.linspace(0, count - 1, most).round().astype(int)).tolist()


def _line(predictor: Predictor, scan: Scan, part: Slice) -> dict[str, Any]:
    height, width = part.image.shape[:2]
    line: dict[str, Any] = {
        "kind": "slice",
        "number": part.number - 1,
        "height": height,
        "width": width,
        "image": picture(scan.windowed(part.number - 1)),
    }
    try:
        (found,) = predictor.predict([predictor.crop(part)])
        said = _said(predictor, found)
    except ValueError as error:
        return line | {"error": str(error)}
    if scan.series is not None and scan.series.burned_in:
        said["warnings"].append(BURNED_IN)
    return line | said


def _said(predictor: Predictor, found: Prediction) -> dict[str, Any]:
    scores = list(zip(found.classes, found.probabilities, strict=True))
    mask = found.mask
    classical = isinstance(predictor.bundle.classifier, TextureClassifier)
    return {
        # Of two classes the second says all; the interval is of it, or of the decision of several.
        "scores": [
            {"name": name, "probability": probability}
            for name, probability in (scores[1:] if len(scores) == 2 else scores)
        ],
        "interval": None if found.interval is None else list(found.interval),
        "threshold": predictor.bundle.threshold,
        "decision": found.decision,
        "answer": found.answer,
        "set": list(found.possible),
        "warnings": list(found.warnings),
        "box": [found.box.top, found.box.left, found.box.bottom, found.box.right],
        "heat": None if classical else map_picture(found.heat_map),
        "mask": None if mask is None else mask_picture(mask),
    }


def about(predictor: Predictor, limits: Limits) -> dict[str, Any]:
    """Return the model card and the limits, as plain values."""
    return {
        "limits": asdict(limits),
        "coverage": predictor.bundle.conformal.coverage,
        "card": model_card(predictor.bundle),
    }
