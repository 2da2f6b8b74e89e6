"""Predict a folder of any size: streamed, in bounded memory, gone on with after a kill."""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar

import numpy as np

from brainscan._core.progress import JobProgress
from brainscan._core.threads import THREADS
from brainscan.predict.content import HashedFile, content_of
from brainscan.predict.predictor import Cropped, Predictor
from brainscan.predict.reading import Slice, read_slices, scans_in
from brainscan.predict.table import Table
from brainscan.scans.limits import DEFAULT_LIMITS

_BLOCK = 64  # slices that are scored and written at once
_THREADS = min(4, THREADS)
_AHEAD = 4 * _THREADS  # scans that are read before they are asked for
_NO_IMAGE = np.zeros((1, 1), np.uint8)

_T = TypeVar("_T")


class _Scan(NamedTuple):
    """The cropped slices of a scan, and the hash of the bytes they were read from."""

    slices: list[Cropped]
    content: str


_Read = _Scan | str
_Block = list[tuple[str, _Read]]


@dataclass(frozen=True)
class FolderResult:
    """What became of a folder.

    Attributes:
        path: the table.
        scans: how many files were asked for.
        read_back: how many of them had their answer in the table already.
        failed: the reason, by scan, for those that could not be read.
    """

    path: Path
    scans: int
    read_back: int
    failed: dict[str, str]


def predict_folder(
    predictor: Predictor,
    folder: str | Path | Sequence[str | Path],
    out: str | Path,
    progress: bool = True,
) -> FolderResult:
    """Write a prediction for each slice of each scan of a folder to a CSV file, as it goes.

    The table has a row a slice, in the order of the scans' names. A scan that can't be read whole
    has one row with the reason, and the others go on. Rows are on the disk before the next ones are
    made. The same call again, also after a kill, skips the answers that are there, if the files
    still hold what they were made from; failures are tried again, and come last then.

    Args:
        predictor: of a bundle that was loaded from a file.
        folder: its images, also in folders below, but for hidden ones; or the paths of scans.
        out: the CSV file. Its first line names the bundle and says what the answers are for
            (``pandas.read_csv(out, comment="#")`` skips it).
        progress: whether to show how far it is, on standard error.

    Returns:
        How many there were, and which failed.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: it holds no scan, the bundle was not saved yet, ``out`` holds other content, or
            the answer for another file of the same name; it is left as it is then.
    """
    out, digest = Path(out), predictor.bundle.digest
    if digest is None:
        raise ValueError("the predictor's bundle must be loaded from a file, which names it.")
    paths = _scans(folder)
    table = Table(out, digest, predictor.bundle.classes)
    waiting = {name: path for name, path in paths.items() if name not in table}
    try:
        with JobProgress(len(paths), shown=progress) as shown:
            done = {name: path for name, path in paths.items() if name in table}
            failed = _check(table, done, shown)
            unread = len(failed)
            for name, reason in failed.items():
                shown.note(f"no answer for {name}: {reason}")
            table.begin(waiting)
            for block in _prefetched(_blocks(predictor, waiting)):
                table.add(_rows(predictor, table, block))
                for name, read in block:
                    if isinstance(read, str):
                        failed[name] = read
                        shown.note(f"no answer for {name}: {read}")
                shown.advance(f"{shown.completed + len(block)} of {len(paths)} scans", len(block))
    finally:
        table.close()
    return FolderResult(out, len(paths), len(done) - unread, failed)


def _check(table: Table, paths: dict[str, Path], shown: JobProgress) -> dict[str, str]:
    """Raise ValueError where a row is of another file; return why others can't be compared."""
    changed: list[str] = []
    failed: dict[str, str] = {}
    with ThreadPoolExecutor(_THREADS) as pool:
        for name, found in _in_order(pool, _content_now, paths):
            if isinstance(found, OSError):
                failed[name] = f"its row can't be compared with it: {found.strerror}"
            elif found != table.content(name):
                changed.append(name)
            shown.advance_to(shown.completed + 1)
    if changed:
        raise ValueError(
            f"{str(table.path)!r} must be of the files that are predicted; it has rows of other "
            f"content by the names of {len(changed)}, such as {changed[0]!r}. Choose another file "
            "for the table; or, where a scan was replaced, delete its rows for a new answer."
        )
    return failed


def _content_now(path: Path) -> str | OSError:
    try:
        return content_of(path)
    except OSError as error:
        return error


def _scans(folder: str | Path | Sequence[str | Path]) -> dict[str, Path]:
    """Return the paths of the scans by the names that the table gives them."""
    if not isinstance(folder, str | Path):
        return {str(path): Path(path).expanduser() for path in folder}
    return {path.relative_to(folder).as_posix(): path for path in scans_in(folder)}


def _blocks(predictor: Predictor, paths: dict[str, Path]) -> Generator[_Block, None, None]:
    """Read and crop scans in threads, a few ahead, and hand them out by the block."""
    block: _Block = []
    slices = 0
    with ThreadPoolExecutor(_THREADS) as pool:
        for name, read in _in_order(pool, partial(_read, predictor), paths):
            block.append((name, read))
            slices += 1 if isinstance(read, str) else len(read.slices)
            if slices >= _BLOCK:
                yield block
                block, slices = [], 0
    if block:
        yield block


def _prefetched(blocks: Generator[_Block, None, None]) -> Iterator[_Block]:
    """Make the next block in a thread while the device works on the last."""
    with closing(blocks), ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, blocks, None)
        while (block := coming.result()) is not None:
            coming = pool.submit(next, blocks, None)
            yield block


def _in_order(
    pool: ThreadPoolExecutor, work: Callable[[Path], _T], paths: dict[str, Path]
) -> Iterator[tuple[str, _T]]:
    ahead: deque[tuple[str, Future[_T]]] = deque()
    try:
        for name, path in paths.items():
            ahead.append((name, pool.submit(work, path)))
            if len(ahead) > _AHEAD:
                first, future = ahead.popleft()
                yield first, future.result()
        while ahead:
            first, future = ahead.popleft()
            yield first, future.result()
    finally:
        for _, future in ahead:
            future.cancel()


def _read(predictor: Predictor, path: Path) -> _Read:
    """Return the cropped slices of a scan, or why it can't be read."""
    try:
        return _read_whole(predictor, path)
    except (ValueError, OSError, ImportError) as error:
        return " ".join(str(error).split()) or type(error).__name__
    except Exception as error:  # noqa: BLE001  a decoder may raise anything; the others go on
        return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _read_whole(predictor: Predictor, path: Path) -> _Scan:
    """Read a scan and hash just the bytes that are decoded."""
    if path.is_file() and path.stat().st_size <= DEFAULT_LIMITS.file_bytes:
        with _open(path) as file:
            hashed = HashedFile(file)
            return _Scan(_crops(predictor, read_slices(hashed, path.name)), hashed.content)
    before = content_of(path) if path.is_dir() else ""
    slices = _crops(predictor, read_slices(path))
    if content_of(path) != before:
        raise ValueError(f"{path.name} must stay as it is while it is read; it changed. Try again.")
    return _Scan(slices, before)


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise ValueError(
            f"{path.name} must be a file that can be read; the system says {error.strerror}."
        ) from error


def _crops(predictor: Predictor, slices: Iterator[Slice]) -> list[Cropped]:
    # A row needs no image: the crops alone are held until their block is full.
    cropped = [predictor.crop(part) for part in slices]
    return [replace(one, source=replace(one.source, image=_NO_IMAGE)) for one in cropped]


def _rows(predictor: Predictor, table: Table, block: _Block) -> list[list[Any]]:
    cropped = [one for _, read in block if not isinstance(read, str) for one in read.slices]
    predictions = iter(predictor.predict(cropped))
    rows: list[list[Any]] = []
    for name, read in block:
        if isinstance(read, str):
            rows.append(table.failure(name, read))
        else:
            rows += [table.row(name, next(predictions), read.content) for _ in read.slices]
    return rows
