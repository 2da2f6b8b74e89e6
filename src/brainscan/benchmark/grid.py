"""A table of text as Markdown, LaTeX or CSV."""

import csv
import io
from collections.abc import Sequence
from typing import Any


def to_markdown(headings: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table, its first column to the left and the others to the right."""
    lines = ["| " + " | ".join(headings) + " |", "| --- |" + " ---: |" * (len(headings) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(cells) + " |" for cells in body)])


def to_latex(headings: Sequence[str], body: Sequence[Sequence[str]], caption: str) -> str:
    """Return a LaTeX tabular in booktabs style, with the caption as a comment."""
    lines = [
        "% " + caption,
        r"\begin{tabular}{l" + "r" * (len(headings) - 1) + "}",
        r"\toprule",
        " & ".join(map(_escape, headings)) + r" \\",
        r"\midrule",
    ]
    lines += [" & ".join(map(_escape, cells)) + r" \\" for cells in body]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def to_csv(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return CSV; what is None is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def count(value: int | None) -> str:
    """Return a whole number with commas, nothing for None."""
    return "" if value is None else f"{value:,}"


def number(value: float | None, digits: int) -> str:
    """Return a number with so many digits after the point, nothing for None."""
    return "" if value is None else f"{value:,.{digits}f}"


def interval(value: float | None, low: float | None, high: float | None, digits: int) -> str:
    """Return a number and, where there is one, its interval."""
    ends = "" if low is None or high is None else f" ({low:.{digits}f} to {high:.{digits}f})"
    return number(value, digits) + ends


def _escape(text: str) -> str:
    return text.replace("%", r"\%").replace("_", r"\_").replace("&", r"\&")
