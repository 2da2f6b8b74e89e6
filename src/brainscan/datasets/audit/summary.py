"""The findings as pairs of a title and a sentence, which the text and the page share."""

from collections.abc import Sequence

from brainscan.datasets.audit.copies import Copies
from brainscan.datasets.audit.result import Audit

_COMMONEST = 5


def summarise(report: Audit) -> list[tuple[str, str]]:
    """Return a title and a sentence for each point."""
    n = len(report.ids)
    lines = [
        ("images", str(n)),
        ("classes", ", ".join(_share(k, v, n) for k, v in report.class_counts.items())),
        ("sizes", _commonest({f"{h}x{w}": v for (h, w), v in report.sizes.items()})),
    ]
    if report.formats:
        lines.append(("formats", _commonest(dict(report.formats))))
    lines += [
        ("byte-identical files", _counted(report.file_copies)),
        ("pixel-identical images", _counted(report.pixel_copies)),
        ("near-duplicates", _counted(report.near_copies)),
        ("independent groups", f"{report.n_groups} of {n} images; split by these"),
        ("same image, two labels", _groups(report.conflicts)),
    ]
    if report.torn:
        lines.append(("torn by the data's groups", _groups(report.torn)))
    if report.other_name is not None:
        lines.append((f"shared with {report.other_name}", _shared(report.overlaps)))
    lines += [
        ("outliers", str(len(report.outliers)) if report.outliers else "none"),
        ("unreadable", str(len(report.unreadable)) if report.unreadable else "none"),
    ]
    return lines


def _share(name: str, count: int, n: int) -> str:
    return f"{count} {name} ({count / n:.0%})"


def _commonest(counts: dict[str, int]) -> str:
    shown = ", ".join(f"{name} ({count})" for name, count in list(counts.items())[:_COMMONEST])
    rest = len(counts) - _COMMONEST
    return f"{shown} and {rest} more" if rest > 0 else shown


def _counted(groups: Sequence[Copies]) -> str:
    if not groups:
        return "none"
    images = sum(len(group.ids) for group in groups)
    return f"{_groups(groups)} of {images} images, {images - len(groups)} redundant"


def _groups(groups: Sequence[Copies]) -> str:
    if not groups:
        return "none"
    return "1 group" if len(groups) == 1 else f"{len(groups)} groups"


def _shared(groups: Sequence[Copies]) -> str:
    if not groups:
        return "none"
    own = sum(len(group.ids) for group in groups)
    theirs = sum(len(group.other_ids) for group in groups)
    return f"{_groups(groups)}: {own} images here, {theirs} there; neither can test the other"
