"""Read the tensors of a PyTorch file without PyTorch, and without running anything it holds.

PyTorch's older format is a row of pickles (a magic number, a protocol, the byte order, the tensors'
places, the storages' names), then the storages, each behind its length. A pickle may name any
function and have it called; the reader below knows four names, and the instructions that such
files are made of, and refuses every other.
"""

import io
import math
import pickle
import pickletools
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MAGIC = 0x1950A86A20F9469CFC6C
# What Python's unpickler raises on bytes that are no pickle, or none of tensors.
_BROKEN = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OverflowError,
    TypeError,
    ValueError,
)
_DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}
_NAMES = """
APPEND APPENDS BINGET BININT BININT1 BININT2 BINPERSID BINPUT BINUNICODE BUILD EMPTY_DICT
EMPTY_LIST EMPTY_TUPLE GLOBAL LONG1 LONG_BINGET LONG_BINPUT MARK NEWFALSE NEWTRUE NONE PROTO
REDUCE SETITEM SETITEMS STOP TUPLE TUPLE1 TUPLE2 TUPLE3
"""
_OPERATIONS = frozenset(_NAMES.split())


def read_tensors(path: Path, digest: str) -> dict[str, NDArray[Any]]:
    """Return the tensors of a state dictionary.

    Args:
        path: a file in PyTorch's older format, one pickle after the other; not the zip format.
        digest: the SHA-256 that the file must have, as hexadecimal digits.

    Returns:
        Arrays by name, float32 or int64, in the file's order.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is another than the digest's, or holds anything but tensors.
    """
    content = path.read_bytes()
    found = sha256(content).hexdigest()
    if found != digest:
        raise ValueError(
            f"{path.name!r} must have the SHA-256 {digest}; got {found}. "
            "It is cut short or was changed: install the package that brought it anew."
        )
    try:
        return _read(io.BytesIO(content))
    except _BROKEN as error:
        raise ValueError(
            f"{path.name!r} must be a PyTorch file of tensors alone; it was refused: {error}"
        ) from error


class _Sealed:
    """Cannot be changed by a pickle, once it is made."""

    def __setstate__(self, state: Any) -> None:
        raise pickle.UnpicklingError(f"it changes a {type(self).__name__[1:].lower()}")


@dataclass(frozen=True)
class _Kind(_Sealed):
    """What the numbers of a storage are."""

    dtype: np.dtype[Any]


@dataclass(frozen=True)
class _Storage(_Sealed):
    """A row of numbers, by its name in the file; the numbers come after the pickles."""

    dtype: np.dtype[Any]
    name: str


@dataclass(frozen=True)
class _Place(_Sealed):
    """Where in a storage a tensor lies."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _Rebuild(_Sealed):
    """Stands for PyTorch's function that makes a tensor."""

    def __call__(self, storage: Any, offset: int, shape: Any, strides: Any, *_: Any) -> _Place:
        numbers = [offset, *shape, *strides]
        whole = all(isinstance(number, int) and number >= 0 for number in numbers)
        if not isinstance(storage, _Storage) or not whole or len(shape) != len(strides):
            raise pickle.UnpicklingError(f"a tensor lies at {offset} with {shape} and {strides}")
        return _Place(storage, offset, tuple(shape), tuple(strides))


class _Unpickler(pickle.Unpickler):
    """Knows an ordered dictionary, where a tensor lies, and two kinds of storage."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Rebuild()
        if module == "torch" and name in _DTYPES:
            return _Kind(_DTYPES[name])
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is no tensor")

    def persistent_load(self, pid: Any) -> _Storage:
        kind, what, name, *_ = pid
        if kind != "storage" or not isinstance(what, _Kind):
            raise pickle.UnpicklingError(f"it refers to {pid!r}, which is no storage")
        return _Storage(what.dtype, str(name))


def _load(file: io.BytesIO) -> Any:
    """Return what one pickle holds, whose instructions are all looked at first."""
    start = file.tell()
    for operation, argument, _ in pickletools.genops(file):
        name = operation.name
        if name not in _OPERATIONS:
            raise pickle.UnpicklingError(f"it has the instruction {name}, which no tensor needs")
        if name == "LONG_BINPUT" and int(argument or 0) > len(file.getbuffer()):
            raise pickle.UnpicklingError(f"it notes object {argument}, more than it can hold")
    file.seek(start)
    return _Unpickler(file).load()


def _read(file: io.BytesIO) -> dict[str, NDArray[Any]]:
    magic, _, system, places, names = (_load(file) for _ in range(5))
    if magic != _MAGIC or not system["little_endian"]:
        raise ValueError("its first bytes are not those of a little-endian PyTorch file")
    if not all(isinstance(place, _Place) for place in places.values()):
        raise ValueError("it holds something else beside tensors")
    dtypes = {place.storage.name: place.storage.dtype for place in places.values()}
    numbers: dict[str, NDArray[Any]] = {}
    for name in names:
        length = int(np.frombuffer(file.read(8), "<i8")[0])
        if length < 0:
            raise ValueError(f"a storage has {length} numbers")
        data = file.read(length * dtypes[name].itemsize)
        numbers[name] = np.frombuffer(data, dtypes[name], length)
    if file.read(1):
        raise ValueError("there is more behind its last storage")
    return {name: _take(numbers, place) for name, place in places.items()}


def _take(numbers: dict[str, NDArray[Any]], place: _Place) -> NDArray[Any]:
    stored = numbers[place.storage.name][place.offset :]
    steps = zip(place.shape, place.strides, strict=True)
    last = sum((length - 1) * stride for length, stride in steps)
    if 0 in place.shape or last >= len(stored) or math.prod(place.shape) > len(stored):
        raise ValueError(f"a tensor of shape {place.shape} reaches over the end of its storage")
    strides = [stride * stored.itemsize for stride in place.strides]
    return np.lib.stride_tricks.as_strided(stored, place.shape, strides).copy()
