"""The audit as text for a terminal."""

from collections.abc import Iterator, Sequence

from brainscan.datasets.audit.copies import Copies
from brainscan.datasets.audit.result import Audit
from brainscan.datasets.audit.summary import summarise

_SHOWN = 10


def render_text(report: Audit) -> str:
    """Return the report as lines."""
    title = f"Audit of {report.name}"
    lines = [title, "=" * len(title)]
    points = summarise(report)
    width = max(len(name) for name, _ in points)
    lines += [f"{name:<{width}}  {text}" for name, text in points]
    lines += ["", "Can the class be told without the brain?"]
    lines += [f"- {shortcut.meaning}" for shortcut in report.shortcuts]
    lines += [f"- {report.untested}"] if report.untested else []
    for heading, rows in _sections(report):
        if rows:
            lines += ["", heading, *(f"- {row}" for row in rows[:_SHOWN])]
            rest = len(rows) - _SHOWN
            lines += [f"- and {rest} more, which the JSON has"] if rest > 0 else []
    return "\n".join(lines)


def _sections(report: Audit) -> Iterator[tuple[str, Sequence[str]]]:
    yield "Same image, two labels", [_members(group) for group in report.conflicts]
    yield "Near-duplicates that the data's groups tear apart", [_members(g) for g in report.torn]
    yield f"Shared with {report.other_name}", [_members(group) for group in report.overlaps]
    yield "Duplicates", [_members(group) for group in report.near_copies]
    yield "Outliers", [f"{outlier.id}: {outlier.reason}" for outlier in report.outliers]
    yield "Unreadable", [f"{file.id}: {file.reason}" for file in report.unreadable]


def _members(group: Copies) -> str:
    several = len({*group.classes, *group.other_classes}) > 1
    here = _named(group.ids, group.classes, several)
    if not group.other_ids:
        return f"{group.kind}: {here}"
    there = _named(group.other_ids, group.other_classes, several)
    return f"{group.kind}: {f'here {here}; ' if here else ''}there {there}"


def _named(ids: Sequence[str], classes: Sequence[str], with_class: bool) -> str:
    pairs = list(zip(ids, classes, strict=True))[:_SHOWN]
    shown = ", ".join(f"{name} ({label})" if with_class else name for name, label in pairs)
    return f"{shown} and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else shown
