"""The audit as one HTML page with its pictures inside."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape

from brainscan.datasets.audit.copies import Copies
from brainscan.datasets.audit.result import Audit
from brainscan.datasets.audit.summary import summarise

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem;
  padding: 0 1rem; }
table { border-collapse: collapse; }
th { font-weight: 500; padding-right: 2rem; text-align: left; vertical-align: top; }
th, td { border-bottom: 1px solid #8884; padding-block: .25rem; }
section.group { border: 1px solid #8884; border-radius: .5rem; margin: .75rem 0; padding: .75rem; }
section.group > p { margin: 0 0 .5rem; }
div.row { display: flex; flex-wrap: wrap; gap: .75rem; }
figure { margin: 0; width: 8rem; }
img, .none { background: #8882; display: block; height: 8rem; object-fit: contain; width: 8rem; }
.none { align-content: center; text-align: center; }
figcaption { font-size: .8rem; line-height: 1.3; overflow-wrap: anywhere; }
.found { color: #c0392b; }
"""


def render_page(report: Audit) -> str:
    """Return the page; it loads nothing from elsewhere, and all names in it are escaped."""
    title = f"Audit of {escape(report.name)}"
    rows = "".join(
        f"<tr><th scope='row'>{escape(name)}</th><td>{escape(text)}</td></tr>\n"
        for name, text in summarise(report)
    )
    parts = [
        f"<h1>{title}</h1>\n<table>\n{rows}</table>",
        _shortcuts(report),
        _groups(report, "Same image, two labels", report.conflicts),
        _groups(report, "Near-duplicates that the data's groups tear apart", report.torn),
        _groups(report, f"Shared with {report.other_name}", report.overlaps),
        _groups(report, "Duplicates", report.near_copies),
        _outliers(report),
        _unreadable(report),
    ]
    body = "\n".join(part for part in parts if part)
    return (
        "<!doctype html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n"
        "<meta name='viewport' content='width=device-width'>\n"
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n"
        "</body>\n</html>\n"
    )


def _shortcuts(report: Audit) -> str:
    items = [
        f"<li{' class=found' if shortcut.found else ''}>{escape(shortcut.meaning)}</li>"
        for shortcut in report.shortcuts
    ]
    items += [f"<li>{escape(report.untested)}</li>"] if report.untested else []
    return f"<h2>Can the class be told without the brain?</h2>\n<ul>{''.join(items)}</ul>"


def _groups(report: Audit, heading: str, groups: Sequence[Copies]) -> str:
    if not groups:
        return ""
    shown = [group for group in groups if any(_figures(report, group))]
    sections = "\n".join(_group(report, group) for group in shown)
    rest = len(groups) - len(shown)
    more = f"<p>And {rest} more, which the JSON has.</p>" if rest else ""
    return f"<h2>{escape(heading)}: {len(groups)}</h2>\n{sections}{more}"


def _group(report: Audit, group: Copies) -> str:
    figures = _figures(report, group)
    rest = figures.count("")
    more = f"<p>And {rest} more.</p>" if rest else ""
    row = f"<div class='row'>{''.join(figures)}</div>"
    return f"<section class='group'><p>{group.kind}</p>{row}{more}</section>"


def _figures(report: Audit, group: Copies) -> list[str]:
    """Return a figure for each image, empty where there is no picture of it."""
    here = zip(group.ids, group.classes, strict=True)
    there = zip(group.other_ids, group.other_classes, strict=True)
    return [
        *(_figure(report, (0, name), f"{name} ({label})") for name, label in here),
        *(
            _figure(report, (1, name), f"{report.other_name}: {name} ({label})")
            for name, label in there
        ),
    ]


def _outliers(report: Audit) -> str:
    if not report.outliers:
        return ""
    figures = [_figure(report, (0, o.id), f"{o.id}: {o.reason}") for o in report.outliers]
    rest = figures.count("")
    more = f"<p>And {rest} more, which the JSON has.</p>" if rest else ""
    row = "".join(figures)
    return f"<h2>Outliers: {len(report.outliers)}</h2>\n<div class='row'>{row}</div>{more}"


def _unreadable(report: Audit) -> str:
    if not report.unreadable:
        return ""
    items = "".join(f"<li>{escape(f.id)}: {escape(f.reason)}</li>" for f in report.unreadable)
    return f"<h2>Unreadable: {len(report.unreadable)}</h2>\n<ul>{items}</ul>"


def _figure(report: Audit, key: tuple[int, str], caption: str) -> str:
    picture = report.previews.get(key)
    if picture is None:
        return ""
    source = f"data:image/png;base64,{b64encode(picture).decode()}"
    return f"<figure><img src='{source}' alt=''><figcaption>{escape(caption)}</figcaption></figure>"
