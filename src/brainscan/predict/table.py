"""A CSV file of predictions that grows, and is gone on with after a kill."""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from brainscan._core.artifacts import remove_unfinished_of, write_text
from brainscan.predict.card import DISCLAIMER
from brainscan.predict.prediction import Prediction

_FIRST = "# brainscan predictions"
_ESCAPES = (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\0", "\\0"))  # a row stays one line


class Table:
    """Rows on disk: a line a slice, or a line with the reason for a file that could not be read.

    What was written is there after a kill; a half-written last line, or a volume of which not all
    slices are there, is cut off when the file is opened again.

    Args:
        path: made where missing.
        digest: of the bundle; a file with another's predictions is refused.
        classes: their names, by index.

    Raises:
        ValueError: the file holds something else.

    Attributes:
        failed: the reason, by scan, for those that could not be read.
    """

    def __init__(self, path: Path, digest: str, classes: Sequence[str]) -> None:
        self.path = path
        self._done: set[str] = set()
        self.failed: dict[str, str] = {}
        self._columns = _columns(classes)
        head = f"{_FIRST} by bundle {digest}. {DISCLAIMER}\n{_line(self._columns)}"
        remove_unfinished_of(path)
        if not path.exists():
            write_text(path, head)
        length = self._read_back(head.encode())
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.ftruncate(self._file, length)

    def __contains__(self, scan: object) -> bool:
        """Whether all rows of a scan are there."""
        return _plain(str(scan)) in self._done

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Write rows, and wait until the disk has them."""
        content = "".join(map(_line, rows)).encode("utf-8", "surrogateescape")
        while content:
            content = content[os.write(self._file, content) :]
        os.fsync(self._file)

    def row(self, scan: str, prediction: Prediction) -> list[Any]:
        """Return the row of a slice."""
        shares, ends = prediction.probabilities, prediction.interval
        shown = shares[1:] if len(shares) == 2 else shares
        return [
            scan,
            prediction.number,
            prediction.of,
            prediction.plane or "",
            *(f"{share:.6f}" for share in shown),
            *(("", "") if ends is None else (f"{end:.6f}" for end in ends)),
            prediction.decision,
            prediction.answer or "can't tell",
            " or ".join(prediction.possible) or "none",
            f"{prediction.distance:.4f}",
            "; ".join(prediction.warnings),
            "",
        ]

    def failure(self, scan: str, reason: str) -> list[Any]:
        """Return the row of a scan that could not be read."""
        return [scan, *[""] * (len(self._columns) - 2), reason]

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _read_back(self, head: bytes) -> int:
        """Note what is done, and return up to which byte the file is whole."""
        with self.path.open("rb") as file:
            begin = file.read(len(head))
            if begin != head:
                raise ValueError(
                    f"{str(self.path)!r} must be new, or a file of predictions by the same bundle; "
                    f"it begins with {begin[:100].decode(errors='replace')!r}. Choose another file."
                )
            offset = whole = len(begin)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                offset += len(line)
                if self._ends_a_scan(line):
                    whole = offset
        return whole

    def _ends_a_scan(self, line: bytes) -> bool:
        """Note a row; return whether it is the last of its scan."""
        (row,) = csv.reader([line.decode("utf-8", "surrogateescape")])
        if len(row) != len(self._columns):
            raise ValueError(
                f"{str(self.path)!r} must have {len(self._columns)} columns in each row; "
                f"got {len(row)}. Choose another file."
            )
        scan, number, of, reason = row[0], row[1], row[2], row[-1]
        if number != of:
            return False
        self._done.add(scan)
        if reason:
            self.failed[scan] = reason
        return True


def _columns(classes: Sequence[str]) -> list[str]:
    two = len(classes) == 2
    shares = ["probability"] if two else [f"probability of {name}" for name in classes]
    return [
        *("scan", "slice", "slices", "plane", *shares, "low", "high"),
        *("decision", "answer", "possible", "distance", "warnings", "error"),
    ]


def _line(row: Sequence[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([_plain(str(cell)) for cell in row])
    return text.getvalue()


def _plain(cell: str) -> str:
    """Return a cell without what would end its row."""
    for character, shown in _ESCAPES:
        cell = cell.replace(character, shown)
    return cell
