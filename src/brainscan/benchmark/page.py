"""What every report is made of: one self-contained HTML page, names in Markdown, the settings."""

import base64
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

DISCLAIMER = "For research use only. No figure or image here is a diagnosis."
_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; margin: 1rem 0; }
th, td { border-bottom: 1px solid #8886; padding: .3rem .7rem; text-align: left; }
td { font-variant-numeric: tabular-nums; }
img { max-width: 100%; background: #fff; }
"""


def html(text: str, folder: Path) -> str:
    """Return the Markdown as one HTML page with its images inside; HTML in names stays text."""
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)

    def embed(match: re.Match[str]) -> str:
        content = base64.b64encode((folder / match[1]).read_bytes()).decode()
        return f'src="data:image/png;base64,{content}"'

    body = re.sub(r'src="([^":]+\.png)"', embed, body)
    title = escape(text.splitlines()[0].lstrip("# "))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )


def plain(value: Any) -> str:
    """Return one line of text in which Markdown finds nothing to format."""
    return re.sub(r"([\\`*_\[\]<>|&])", r"\\\1", " ".join(str(value).split()))


def named_plainly(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with the names of data sets for Markdown."""
    return {**settings} | {
        key: {**settings[key], "name": plain(settings[key]["name"])}
        for key in ("data", "external")
        if settings.get(key) is not None
    }


def how_made(settings: Mapping[str, Any]) -> str:
    """Return machine, versions, seed, date, code and data of a run, and what was left out."""
    lines = [f"- {key}: {value}" for key, value in settings["environment"].items()]
    lines += [f"- seed: {settings['seed']}", f"- date: {settings['date']}"]
    if settings["git"] is not None:
        state = "with changes" if settings["git"]["dirty"] else "clean"
        lines.append(f"- git: {settings['git']['commit']}, {state}")
    lines.append(f"- SHA-256 of the prepared data: {settings['data']['digest']}")
    for key, what in (("data", "left out"), ("external", "external, refused")):
        data = settings.get(key)
        lines += [
            f"- {what}: {plain(name)}: {plain(why)}"
            for name, why in ({} if data is None else data["left_out"]).items()
        ]
    return "\n".join(lines)
