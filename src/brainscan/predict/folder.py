"""Predict a folder of any size: streamed, in bounded memory, gone on with after a kill."""

import os
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from brainscan._core.progress import JobProgress
from brainscan.predict.predictor import Cropped, Predictor
from brainscan.predict.reading import read_slices, scans_in
from brainscan.predict.table import Table

_BLOCK = 64  # slices that are scored and written at once
_THREADS = min(4, os.cpu_count() or 1)
_AHEAD = 4 * _THREADS  # scans that are read before they are asked for
_NO_IMAGE = np.zeros((1, 1), np.uint8)

_Read = list[Cropped] | str
_Block = list[tuple[str, _Read]]


@dataclass(frozen=True)
class FolderResult:
    """What became of a folder.

    Attributes:
        path: the table.
        scans: how many files were asked for.
        read_back: how many of them were in the table already.
        failed: the reason, by scan, for those without an answer, now or earlier.
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
    made; the same call after a kill skips what is there.

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
        ValueError: it holds no scan, the bundle was not saved yet, or ``out`` holds other content.
    """
    out, digest = Path(out), predictor.bundle.digest
    if digest is None:
        raise ValueError("the predictor's bundle must be loaded from a file, which names it.")
    paths = _scans(folder)
    table = Table(out, digest, predictor.bundle.classes)
    waiting = [name for name in paths if name not in table]
    try:
        with JobProgress(len(paths), shown=progress) as shown:
            shown.advance_to(len(paths) - len(waiting))
            blocks = _blocks(predictor, {name: paths[name] for name in waiting})
            for block in _prefetched(blocks):
                table.add(_rows(predictor, table, block))
                for name, read in block:
                    if isinstance(read, str):
                        table.failed[name] = read
                        shown.note(f"no answer for {name}: {read}")
                shown.advance(f"{shown.completed + len(block)} of {len(paths)} scans", len(block))
    finally:
        table.close()
    return FolderResult(out, len(paths), len(paths) - len(waiting), table.failed)


def _scans(folder: str | Path | Sequence[str | Path]) -> dict[str, Path]:
    """Return the paths of the scans by the names that the table gives them."""
    if not isinstance(folder, str | Path):
        return {str(path): Path(path) for path in folder}
    return {path.relative_to(folder).as_posix(): path for path in scans_in(folder)}


def _blocks(predictor: Predictor, paths: dict[str, Path]) -> Generator[_Block, None, None]:
    """Read and crop scans in threads, a few ahead, and hand them out by the block."""
    block: _Block = []
    slices = 0
    with ThreadPoolExecutor(_THREADS) as pool:
        for name, read in _in_order(pool, predictor, paths):
            block.append((name, read))
            slices += 1 if isinstance(read, str) else len(read)
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
    pool: ThreadPoolExecutor, predictor: Predictor, paths: dict[str, Path]
) -> Iterator[tuple[str, _Read]]:
    ahead: deque[tuple[str, Future[_Read]]] = deque()
    try:
        for name, path in paths.items():
            ahead.append((name, pool.submit(_read, predictor, path)))
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
        cropped = [predictor.crop(part) for part in read_slices(path)]
    except (ValueError, OSError, ImportError) as error:
        return " ".join(str(error).split())
    except Exception as error:  # noqa: BLE001  a decoder may raise anything; the others go on
        return f"{type(error).__name__}: {' '.join(str(error).split())}"
    # A row needs no image: the crops alone are held until their block is full.
    return [replace(one, source=replace(one.source, image=_NO_IMAGE)) for one in cropped]


def _rows(predictor: Predictor, table: Table, block: _Block) -> list[list[Any]]:
    cropped = [one for _, read in block if not isinstance(read, str) for one in read]
    predictions = iter(predictor.predict(cropped))
    rows: list[list[Any]] = []
    for name, read in block:
        if isinstance(read, str):
            rows.append(table.failure(name, read))
        else:
            rows += [table.row(name, next(predictions)) for _ in read]
    return rows
