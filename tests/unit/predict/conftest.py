import zipfile

import pytest

from brainscan.predict import Predictor
from bundles import make_bundle


@pytest.fixture(scope="session")
def bundle():
    return make_bundle()


@pytest.fixture(scope="module")
def saved(bundle, tmp_path_factory):
    path = tmp_path_factory.mktemp("bundle") / "model.brainscan"
    bundle.save(path)
    return path


@pytest.fixture(scope="module")
def predictor(saved):
    return Predictor.load(saved)


@pytest.fixture
def files(saved):
    """Return what a bundle is made of, but for the manifest, to write it with a change."""
    with zipfile.ZipFile(saved) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    del files["manifest.json"]
    return files
