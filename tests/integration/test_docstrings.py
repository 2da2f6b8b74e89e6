"""The examples in docstrings and in the docs' console blocks give what they say."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import numpy as np
import pytest

import brainscan
from brainscan._core.registry import Registry

MODULES = [found.name for found in pkgutil.walk_packages(brainscan.__path__, "brainscan.")]
PAGES = sorted((Path(__file__).parents[2] / "docs").rglob("*.md"))
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.fixture(autouse=True)
def registries_are_left_as_they_were(monkeypatch):
    add = Registry.add
    added = []

    def remember(self, name, entry):
        added.append((self, name))
        return add(self, name, entry)

    monkeypatch.setattr(Registry, "add", remember)
    yield
    for registry, name in added:
        del registry._entries[name]


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name):
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, extraglobs={"np": np}, optionflags=FLAGS)
    assert failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages(page):
    failed, _ = doctest.testfile(str(page), module_relative=False, optionflags=FLAGS)
    assert failed == 0
