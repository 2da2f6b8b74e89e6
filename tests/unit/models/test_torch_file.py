"""The reader of PyTorch files, on files made here byte by byte, without PyTorch."""

import io
import pickle
import struct
import sys
from collections import OrderedDict
from hashlib import sha256

import numpy as np
import pytest

from brainscan.models.torch_file import read_tensors

MAGIC = 0x1950A86A20F9469CFC6C


class Named:
    """Stands for a class or function of PyTorch, by its name alone."""

    def __init__(self, module, name):
        self.module, self.name = module, name


class Call:
    """Has a pickle call a function, as PyTorch has it rebuild a tensor."""

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


class Changed:
    """Has a pickle change an object that is made already."""

    def __init__(self, thing, state):
        self.thing, self.state = thing, state


class Raw:
    """Instructions of a pickle as they are."""

    def __init__(self, content):
        self.content = content


class Storage:
    def __init__(self, key, kind="FloatStorage"):
        self.key, self.kind = key, kind


class Pickler(pickle._Pickler):
    """Writes names of PyTorch without having it."""

    def persistent_id(self, obj):
        if isinstance(obj, Storage):
            return ("storage", Named("torch", obj.kind), obj.key, "cpu", 0, None)
        return None

    def save(self, obj, save_persistent_id=True):
        if isinstance(obj, Named):
            self.write(pickle.GLOBAL + f"{obj.module}\n{obj.name}\n".encode())
        elif isinstance(obj, Call):
            self.save(obj.function)
            self.save(obj.arguments)
            self.write(pickle.REDUCE)
        elif isinstance(obj, Changed):
            self.save(obj.thing)
            self.save(obj.state)
            self.write(pickle.BUILD)
        elif isinstance(obj, Raw):
            self.write(obj.content)
        else:
            super().save(obj, save_persistent_id)


REBUILD = Named("torch._utils", "_rebuild_tensor_v2")


def tensor(key, shape, strides, offset=0, kind="FloatStorage"):
    return Call(REBUILD, Storage(key, kind), offset, shape, strides, False, OrderedDict())


def write(path, places, storages):
    """Write a file as PyTorch's older format is; return its SHA-256."""
    file = io.BytesIO()
    for part in (MAGIC, 1001, {"little_endian": True}, places, list(storages)):
        Pickler(file, 2).dump(part)
    for numbers in storages.values():
        file.write(struct.pack("<q", numbers.size) + numbers.tobytes())
    path.write_bytes(file.getvalue())
    return sha256(file.getvalue()).hexdigest()


NUMBERS = {"7": np.arange(8, dtype="<f4"), "9": np.array([5], "<i8")}
SEVEN = {"7": NUMBERS["7"]}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.pth"


def test_tensors_with_their_offsets_strides_and_dtypes(path):
    places = OrderedDict(
        rows=tensor("7", (2, 3), (3, 1)),
        turned=tensor("7", (3, 2), (1, 3), offset=2),
        count=tensor("9", (), (), kind="LongStorage"),
    )
    tensors = read_tensors(path, write(path, places, NUMBERS))
    assert list(tensors) == ["rows", "turned", "count"]
    np.testing.assert_array_equal(tensors["rows"], [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(tensors["turned"], [[2, 5], [3, 6], [4, 7]])
    assert tensors["count"] == 5
    assert tensors["rows"].dtype == np.float32
    assert tensors["count"].dtype == np.int64


@pytest.mark.parametrize("change", ["truncated", "tampered"])
def test_another_file_than_the_pinned_one_is_refused_unread(path, change, monkeypatch):
    digest = write(path, OrderedDict(rows=tensor("7", (2, 3), (3, 1))), NUMBERS)
    content = bytearray(path.read_bytes())
    if change == "tampered":
        content[-1] ^= 1
    path.write_bytes(content[:-1] if change == "truncated" else content)
    monkeypatch.setattr("brainscan.models.torch_file._read", pytest.fail)
    with pytest.raises(ValueError, match=f"'net.pth' must have the SHA-256 {digest}; got .* anew"):
        read_tensors(path, digest)


@pytest.mark.parametrize(
    "function",
    [("os", "system"), ("builtins", "eval"), ("torch", "load"), ("torch", "HalfStorage")],
    ids=".".join,
)
def test_a_pickle_that_calls_something_else_is_refused(path, function):
    digest = write(path, OrderedDict(bad=Call(Named(*function), "1")), NUMBERS)
    with pytest.raises(ValueError, match=f"it asks for {'.'.join(function)}, which is no tensor"):
        read_tensors(path, digest)


def test_code_in_a_pickle_does_not_run(path, tmp_path):
    """The same file does run its code in Python's own unpickler, so it is a real attack."""
    proof = tmp_path / "it_ran"
    attack = Call(Named("builtins", "exec"), f"open({str(proof)!r}, 'w').close()")
    digest = write(path, OrderedDict(bad=attack), NUMBERS)
    with pytest.raises(ValueError, match="it asks for builtins.exec"):
        read_tensors(path, digest)
    assert not proof.exists()
    file = io.BytesIO(path.read_bytes())
    for _ in range(4):
        pickle.load(file)  # noqa: S301  to show that it would run
    assert proof.exists()


@pytest.mark.parametrize(
    "place",
    [
        tensor("7", (3, 3), (3, 1)),
        tensor("7", (2, 3), (3, 1), offset=-1),
        tensor("7", (2,), (-1,)),
        tensor("7", (2,), (1, 1)),
        tensor("absent", (2,), (1,)),
        Call(REBUILD, "no storage", 0, (2,), (1,)),
        "no tensor",
    ],
    ids=["too long", "before", "backwards", "rank", "no such storage", "no storage", "no tensor"],
)
def test_tensors_that_lie_nowhere_are_refused(path, place):
    digest = write(path, OrderedDict(bad=place), NUMBERS)
    with pytest.raises(ValueError, match="'net.pth' must be a PyTorch file of tensors alone"):
        read_tensors(path, digest)


@pytest.mark.parametrize(
    "thing",
    [
        Changed(tensor("7", (2,), (1,)), {"strides": (-1,)}),
        Changed(tensor("7", (2,), (1,)), {"offset": 10**11}),
        Changed(REBUILD, (None, {"__defaults__": (1, 2, 3, 4)})),
        Changed(Named("torch", "FloatStorage"), (3, "<", None, None, None, -1, -1, 0)),
        Changed(Named("collections", "OrderedDict"), (None, {"__doc__": "changed"})),
    ],
    ids=["a place", "far", "the function", "a dtype", "the class"],
)
def test_a_pickle_that_changes_what_is_made_is_refused(path, thing):
    content = OrderedDict(good=tensor("7", (2,), (1,)), bad=thing)
    digest = write(path, content, SEVEN)
    with pytest.raises(ValueError, match="it changes a|immutable|__dict__|mappingproxy"):
        read_tensors(path, digest)
    good = path.with_name("good.pth")
    digest = write(good, OrderedDict(good=tensor("7", (2,), (1,))), SEVEN)
    np.testing.assert_array_equal(read_tensors(good, digest)["good"], [0, 1])


@pytest.mark.parametrize(
    ("thing", "reason"),
    [
        (tensor("7", (10**12,), (0,)), "reaches over the end"),
        (tensor("7", (3, 3), (1, 1)), "reaches over the end"),
        (Raw(pickle.BINBYTES8 + struct.pack("<Q", 2**33)), "was refused"),
        (Raw(pickle.NONE + pickle.LONG_BINPUT + b"\xff\xff\xff\xff"), "notes object 4294967295"),
        (Raw(pickle.BININT + b"\1\0\0\0" + pickle.NEWOBJ), "instruction NEWOBJ"),
    ],
    ids=["repeated", "overlapping", "long bytes", "a far note", "an object"],
)
def test_a_pickle_that_asks_for_much_memory_is_refused(path, thing, reason):
    digest = write(path, OrderedDict(bad=thing), SEVEN)
    with pytest.raises(ValueError, match=reason):
        read_tensors(path, digest)


@pytest.mark.parametrize("change", ["length", "more"])
def test_storages_that_do_not_end_where_the_file_does(path, change):
    write(path, OrderedDict(rows=tensor("7", (2, 3), (3, 1))), {"7": NUMBERS["7"]})
    content = path.read_bytes()
    changed = {"length": content[:-40] + struct.pack("<q", -1), "more": content + b"0"}[change]
    path.write_bytes(changed)
    with pytest.raises(ValueError, match="a storage has -1 numbers|more behind its last storage"):
        read_tensors(path, sha256(changed).hexdigest())


def test_an_ordered_dictionary_may_have_attributes_as_those_of_pytorch_have(path):
    metadata = {"_metadata": OrderedDict(version=1)}
    places = Changed(OrderedDict(rows=tensor("7", (2,), (1,))), metadata)
    np.testing.assert_array_equal(read_tensors(path, write(path, places, SEVEN))["rows"], [0, 1])


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a zip", pickle.dumps(1) * 5])
def test_no_file_of_the_older_format(path, content):
    path.write_bytes(content)
    with pytest.raises(ValueError, match="'net.pth' must be a PyTorch file of tensors alone"):
        read_tensors(path, sha256(content).hexdigest())


def test_a_storage_cut_short_with_its_digest_made_anew(path):
    write(path, OrderedDict(rows=tensor("7", (2, 3), (3, 1))), NUMBERS)
    content = path.read_bytes()[:-20]
    path.write_bytes(content)
    with pytest.raises(ValueError, match="must be a PyTorch file of tensors alone"):
        read_tensors(path, sha256(content).hexdigest())


def test_torch_is_not_needed():
    assert "torch" not in sys.modules
