"""Tell whether a user's own code has changed since a run was started."""

import inspect
import re
import types
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import partial
from hashlib import sha256
from typing import Any

import numpy as np

_PLAIN = (type(None), bool, int, float, complex, str, bytes, type(...))
_SHARED = (*_PLAIN, tuple, types.CodeType)  # one object or equal ones: Python's choice, no matter


def code_digest(thing: Any) -> str:
    """Return a digest of a function, class or object, by what it does and holds, not by its place.

    It covers the instructions, default values and closed-over values of functions, what they name
    in their own package or script, the settings of objects, arrays, and the weights of Keras
    models. Code of other packages counts by its name. The same code has the same digest in every
    process of one version of Python.
    """
    content = sha256()
    thing = inspect.unwrap(thing) if callable(thing) else thing
    home = _package(thing.func if isinstance(thing, partial) else thing) or _package(type(thing))
    todo, seen = [thing], {}
    while todo:
        one = todo.pop()
        if not isinstance(one, _SHARED):
            if id(one) in seen:
                continue
            seen[id(one)] = one  # kept, so that no other takes its place in memory
        text, parts = _look(one, home)
        content.update(f"{type(one).__qualname__} {len(text)} ".encode() + text)
        todo += reversed(parts)
    return content.hexdigest()


def is_own(thing: Any) -> bool:
    """Return whether a function or object is all brainscan's, which has a version."""
    if isinstance(thing, partial):
        return is_own(thing.func)
    cells = getattr(inspect.unwrap(thing) if callable(thing) else thing, "__closure__", None) or ()
    holds_a_model = any(_is_model(cell.cell_contents) for cell in cells)
    return (_package(thing) or _package(type(thing))) == _package(is_own) and not holds_a_model


def _look(thing: Any, home: str | None) -> tuple[bytes, list[Any]]:
    """Return what a thing is, and what it is made of."""
    if isinstance(thing, _PLAIN):
        return repr(thing).encode(), []
    if isinstance(thing, types.ModuleType):
        return thing.__name__.encode(), []
    if isinstance(thing, types.CodeType):
        return thing.co_code, [thing.co_names, thing.co_consts, thing.co_varnames]
    if isinstance(thing, types.FunctionType | type):
        name = thing.__qualname__.encode()
        if _package(thing) != home:
            return name, []
        return name, list(_of_class(thing) if isinstance(thing, type) else _of_function(thing))
    if isinstance(thing, types.MethodType):
        return b"", [thing.__func__, thing.__self__]
    if isinstance(thing, partial):
        return b"", [thing.func, thing.args, thing.keywords]
    return _held(thing)


def _held(thing: Any) -> tuple[bytes, list[Any]]:
    """Return the same of a container, an array, a Keras model, or any other object."""
    if isinstance(thing, Mapping):
        return b"", [part for item in thing.items() for part in item]
    if isinstance(thing, Set):
        return repr(sorted(map(repr, thing))).encode(), []
    if isinstance(thing, Sequence):
        return f"{len(thing)}".encode(), list(thing)
    if _is_model(thing):
        # Without the numbers by which Keras tells a second layer of a kind from the first.
        return re.sub(r"_\d+(?=')", "", repr(thing.get_config())).encode(), [thing.get_weights()]
    if hasattr(thing, "__array__"):
        array = np.asarray(thing)
        return f"{array.dtype} {array.shape} ".encode() + array.tobytes(), []
    return b"", [type(thing), getattr(thing, "__dict__", {})]


def _of_function(function: types.FunctionType) -> Iterator[Any]:
    yield from (function.__code__, function.__defaults__, function.__kwdefaults__)
    for cell in function.__closure__ or ():
        yield cell.cell_contents
    for name in _names(function.__code__):
        if name in function.__globals__:
            yield function.__globals__[name]


def _names(code: types.CodeType) -> list[str]:
    inner = [const for const in code.co_consts if isinstance(const, types.CodeType)]
    return [*code.co_names, *(name for one in inner for name in _names(one))]


def _of_class(kind: type) -> Iterator[Any]:
    yield from kind.__bases__
    for member in vars(kind).values():
        inside = getattr(member, "fget", None) or getattr(member, "__func__", member)
        if isinstance(inside, (types.FunctionType, *_PLAIN)):
            yield inside


def _is_model(thing: Any) -> bool:
    """Whether it is a Keras model or layer."""
    return hasattr(thing, "get_weights") and hasattr(thing, "get_config")


def _package(thing: Any) -> str | None:
    module = getattr(thing, "__module__", None)
    return module.partition(".")[0] if isinstance(module, str) else None
