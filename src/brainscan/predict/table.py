"""A CSV file of predictions that grows, and is gone on with after a kill."""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from brainscan._core.artifacts import remove_unfinished_of, write_atomic, write_text
from brainscan.predict.card import DISCLAIMER
from brainscan.predict.prediction import Prediction

_FIRST = "# brainscan predictions"
_ESCAPES = (  # a row stays one line
    *(("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r")),
    *(("\t", "\\t"), ("\0", "\\0")),
)
_FORMULA = ("=", "+", "-", "@")  # what a spreadsheet would compute


class Table:
    """Rows on disk: a line a slice, or a line with the reason for a file that could not be read.

    What was written is there after a kill. Call `begin` before the first `add`: it cuts off a
    half-written last line, or a volume of which not all slices are there.

    Args:
        path: made where missing.
        digest: of the bundle; a file with another's predictions is refused.
        classes: their names, by index.

    Raises:
        ValueError: the file holds something else.
    """

    def __init__(self, path: Path, digest: str, classes: Sequence[str]) -> None:
        self.path = path
        self._done: dict[str, str] = {}
        self._failed: set[str] = set()
        self._file: int | None = None
        self._columns = _columns(classes)
        first = f"{_FIRST} by bundle {digest}. {DISCLAIMER}\n"
        self._head = (first + _line(self._columns)).encode()
        remove_unfinished_of(path)
        if not path.exists():
            write_text(path, self._head.decode())
        self._whole = self._read_back(first.encode())

    def __contains__(self, scan: object) -> bool:
        """Whether all rows of a scan are there; the reason for a failure is none."""
        return _plain(str(scan)) in self._done

    def content(self, scan: str) -> str:
        """Return the hash of the content that a scan's rows were made from."""
        return self._done[_plain(scan)]

    def begin(self, again: Iterable[str]) -> None:
        """Drop what is half written, and the reasons for scans that are tried again."""
        os.truncate(self.path, self._whole)
        dropped = self._failed.intersection(map(_plain, again))
        if dropped:
            write_atomic(self.path, lambda temporary: self._copy(temporary, dropped))
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND)

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Write rows, and wait until the disk has them."""
        assert self._file is not None
        content = "".join(map(_line, rows)).encode("utf-8", "surrogateescape")
        while content:
            content = content[os.write(self._file, content) :]
        os.fsync(self._file)

    def row(self, scan: str, prediction: Prediction, content: str) -> list[Any]:
        """Return the row of a slice of a scan with a hash of its content."""
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
            content,
            "",
        ]

    def failure(self, scan: str, reason: str) -> list[Any]:
        """Return the row of a scan that could not be read."""
        return [scan, *[""] * (len(self._columns) - 2), reason]

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _copy(self, path: Path, dropped: set[str]) -> None:
        """Write the table without the reasons for some scans."""
        with self.path.open("rb") as file, path.open("wb") as copy:
            copy.write(file.read(len(self._head)))
            for line in file:
                row = self._row(line)
                if not row[-1] or row[0] not in dropped:
                    copy.write(line)

    def _read_back(self, first: bytes) -> int:
        """Note what is done, and return up to which byte the file is whole."""
        with self.path.open("rb") as file:
            begin = file.read(len(self._head))
            if begin != self._head and begin.startswith(first):
                raise ValueError(
                    f"{str(self.path)!r} must have the columns that this version writes; it has "
                    "others. Tables of older versions don't say from what content a row was made, "
                    "so they are not gone on with. Choose another file."
                )
            if begin != self._head:
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
        row = self._row(line)
        scan, number, of, content, reason = row[0], row[1], row[2], row[-2], row[-1]
        if number != of:
            return False
        if reason:
            self._failed.add(scan)
        else:
            self._done[scan] = content
        return True

    def _row(self, line: bytes) -> list[str]:
        (row,) = csv.reader([line.decode("utf-8", "surrogateescape")])
        if len(row) != len(self._columns):
            raise ValueError(
                f"{str(self.path)!r} must have {len(self._columns)} columns in each row; "
                f"got {len(row)}. Choose another file."
            )
        return row


def _columns(classes: Sequence[str]) -> list[str]:
    two = len(classes) == 2
    shares = ["probability"] if two else [f"probability of {name}" for name in classes]
    return [
        *("scan", "slice", "slices", "plane", *shares, "low", "high"),
        *("decision", "answer", "possible", "distance", "warnings", "content", "error"),
    ]


def _line(row: Sequence[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([_plain(str(cell)) for cell in row])
    return text.getvalue()


def _plain(cell: str) -> str:
    """Return a cell without what would end its row or make it a formula; no two become one."""
    for character, shown in _ESCAPES:
        cell = cell.replace(character, shown)
    return f"\\{cell}" if cell.startswith(_FORMULA) else cell
