"""Small pictures of what an audit found, for its page."""

from collections.abc import Iterable
from dataclasses import replace

import cv2

from brainscan._core.images import to_gray, to_uint8
from brainscan._core.types import Image
from brainscan.datasets.audit.result import Audit
from brainscan.datasets.dataset import Dataset

_SIDE = 128
_MOST = 400  # pictures, some 10 kB each
_OF_A_GROUP = 12
_OF_A_KIND = 150


def draw_previews(report: Audit, data: Dataset, other: Dataset | None) -> Audit:
    """Return the report with pictures of its findings, the gravest first, of at most 400 images."""
    sets = [data] if other is None else [data, other]
    positions = [{name: i for i, name in enumerate(part.ids)} for part in sets]
    previews: dict[tuple[int, str], bytes] = {}
    for which, name in _wanted(report):
        if len(previews) >= _MOST:
            break
        try:
            image = sets[which][positions[which][name]]
        except (OSError, ValueError):  # reported as unreadable, if it was so a moment ago
            continue
        previews[which, name] = _draw(image)
    return replace(report, previews=previews)


def _wanted(report: Audit) -> Iterable[tuple[int, str]]:
    """Return which data set and which of its images, each once."""
    keys: dict[tuple[int, str], None] = {}
    for groups in (report.conflicts, report.torn, report.overlaps, report.near_copies):
        for group in groups[:_OF_A_KIND]:
            keys |= dict.fromkeys((0, name) for name in group.ids[:_OF_A_GROUP])
            keys |= dict.fromkeys((1, name) for name in group.other_ids[:_OF_A_GROUP])
    return [*dict.fromkeys((0, outlier.id) for outlier in report.outliers[:_OF_A_KIND]), *keys]


def _draw(image: Image) -> bytes:
    gray = to_uint8(to_gray(image))
    scale = _SIDE / max(gray.shape)
    size = (max(1, round(gray.shape[1] * scale)), max(1, round(gray.shape[0] * scale)))
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".png", small)[1].tobytes()
