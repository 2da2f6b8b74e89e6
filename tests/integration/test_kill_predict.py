"""A batch prediction and the writing of a bundle, killed at random moments."""

import os
from dataclasses import replace

import pytest

from bundles import make_bundle
from scripts import load_script

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="forks processes, which this system cannot"),
]


@pytest.fixture(scope="module")
def tool():
    return load_script("tools/kill_predict.py")


@pytest.fixture(scope="module")
def server(tool):
    server = tool.Server()
    yield server
    server.close()


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles")
    one = make_bundle()
    one.save(folder / "one.brainscan")
    replace(one, threshold=0.4).save(folder / "other.brainscan")
    return folder / "one.brainscan", folder / "other.brainscan"


def test_a_table_loses_no_row(tool, server, bundles, tmp_path):
    tool.write_scans(tmp_path / "scans", 400)
    (tmp_path / "tables").mkdir()
    found = tool.kill_tables(server, bundles[0], tmp_path / "scans", tmp_path / "tables", kills=3)
    assert found["kills"] == 3


def test_a_bundle_is_there_whole_or_not(tool, server, bundles, tmp_path):
    assert tool.kill_bundles(server, *bundles, tmp_path, kills=3)["kills"] == 3
